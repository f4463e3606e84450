"""`vidcat evidence-check`: whether the seconds shown are those that count."""

import json
from pathlib import Path
from typing import Annotated

import typer

from vidcat.commands.options import AllVideos, FiguresAsJson, IgnoreUnknown


def evidence_check(
    *,
    catalog: Annotated[str, typer.Argument(help="Catalog with `labels`.")],
    bundle: Annotated[Path, typer.Option(help="Folder made by `vidcat train`.")],
    features: Annotated[Path, typer.Option(help="Folder made by `vidcat describe`.")],
    videos: Annotated[
        int, typer.Option(help="Videos to measure, and plants to make.", min=1)
    ] = 200,
    out: Annotated[
        Path | None, typer.Option(help="Folder for the figures and their picture.")
    ] = None,
    all_videos: AllVideos = False,
    seed: Annotated[int, typer.Option(help="Of all that is drawn.", min=0)] = 0,
    ignore_unknown: IgnoreUnknown = False,
    as_json: FiguresAsJson = False,
) -> None:
    """Measures how faithful evidence is, on the test part of the split.

    Deletion and insertion: how fast a category's probability falls without its best
    frames, and rises with them alone, against random frames. Planted videos: ten
    seconds of another category are spliced in at a known time; where the category is
    predicted, how often the best interval lies on them.

    Examples:

      vidcat evidence-check catalog.jsonl --bundle bundle --features features
    """
    from vidcat.commands.printing.console import import_keras, progress, say

    import_keras()
    from vidcat.commands.printing.evidence_figures import print_check
    from vidcat.inference.bundle import Bundle
    from vidcat.inference.catalog import read_catalog
    from vidcat.inference.feature_store.accepted_sampling import require_sampling
    from vidcat.inference.features import FeatureStore
    from vidcat.inference.files.own_folder import check_out_folder
    from vidcat.training.faithfulness.check import check_faithfulness, write_check

    if out is not None:
        check_out_folder(out)
    rows = read_catalog(catalog, ignore_unknown=ignore_unknown)
    store = FeatureStore(features)
    loaded = Bundle.load(bundle, visual_only=True)
    loaded.space.require_same(store.space)
    require_sampling(bundle, loaded.sampling, store.sampling)
    chosen = [
        row
        for row in rows
        if row.id in store and (all_videos or loaded.parts.get(row.id) == "test")
    ]
    total = videos + min(videos, len(chosen))
    with progress("Checking", total) as update:
        check = check_faithfulness(
            loaded, chosen, store, count=videos, seed=seed, listener=update
        )
    if as_json:
        print(json.dumps(check.to_json(), indent=1, allow_nan=False))
    else:
        print_check(check)
    if out is not None:
        write_check(check, out)
        say(f"Figures and curves: {out}.")
