"""`vidcat taxonomy diff` and `map`: from one version of the taxonomy to another."""

from pathlib import Path
from typing import Annotated, Literal

import typer

from vidcat.commands.printing.taxonomy_versions import (
    print_diff,
    print_diff_json,
    print_mapping,
    print_mapping_json,
    print_mappings_table,
)
from vidcat.taxonomy.crosswalk import crosswalk
from vidcat.taxonomy.diff import diff as changes_between
from vidcat.taxonomy.labels import LabelSet
from vidcat.taxonomy.mapped_scores import round_trip

# typer refuses other values as wrong usage and lists these in the help.
Version = Literal["1.0", "2.0", "2.1", "2.2", "3.0", "3.1"]


def diff(
    old: Annotated[Version, typer.Argument(help="Version to start from.")],
    new: Annotated[Version, typer.Argument(help="Version to compare with it.")],
    bundle: Annotated[
        Path | None,
        typer.Option(help="Bundle of either version: which labels are touched."),
    ] = None,
    as_json: Annotated[
        bool, typer.Option("--json", help="Print one JSON object.")
    ] = False,
) -> None:
    """Lists the ids that were removed, added, renamed or moved between two versions.

    Of what was removed it says where that goes, as `vidcat taxonomy map` does.

    For example:

      vidcat taxonomy diff 2.2 3.0

      vidcat taxonomy diff 3.0 3.1 --bundle bundle --json
    """
    changes = changes_between(old, new)
    labels = {} if bundle is None else _bundle_labels(bundle, (old, new))
    (print_diff_json if as_json else print_diff)(changes, labels)


def map_categories(
    source: Annotated[Version, typer.Argument(help="Version of the ids.")],
    target: Annotated[Version, typer.Argument(help="Version that is wanted.")],
    ids: Annotated[
        list[str] | None, typer.Argument(help="Ids of the first version; else all.")
    ] = None,
    as_json: Annotated[
        bool, typer.Option("--json", help="Print one JSON object a line.")
    ] = False,
    as_table: Annotated[
        bool, typer.Option("--tsv", help="Print a table with tabs between cells.")
    ] = False,
) -> None:
    """Says where categories go in another version, step by step and why.

    Also says as what they come back.

    For example:

      vidcat taxonomy map 2.2 3.1 329 382

      vidcat taxonomy map 1.0 3.1 --tsv > 1.0_to_3.1.tsv
    """
    if as_json and as_table:
        raise typer.BadParameter("only one of --json and --tsv can be given.")
    way = crosswalk(source, target)
    mappings = list(way) if not ids else [way[one] for one in ids]
    trip = round_trip(way, crosswalk(target, source))
    if as_table:
        print_mappings_table(mappings, way, trip)
        return
    for mapping in mappings:
        (print_mapping_json if as_json else print_mapping)(mapping, way, trip)


def _bundle_labels(folder: Path, versions: tuple[str, str]) -> dict[str, LabelSet]:
    """The labels of a bundle's models, by what the model reads."""
    if not (folder / "bundle.json").is_file():
        raise typer.BadParameter(
            f"must be a folder made by `vidcat train`. Received: {folder}",
            param_hint="--bundle",
        )
    tables = {"frames": folder / "labels.tsv", "text": folder / "text" / "labels.tsv"}
    labels = {
        kind: LabelSet.read(path) for kind, path in tables.items() if path.is_file()
    }
    for label_set in labels.values():
        if label_set.taxonomy_version not in versions:
            raise typer.BadParameter(
                f"must have labels of {' or '.join(versions)}. Received: {folder}, "
                f"with labels of {label_set.taxonomy_version}",
                param_hint="--bundle",
            )
    return labels
