"""`vidcat classify`: categories of video files, or of a whole catalog."""

import json
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Literal

import typer

if TYPE_CHECKING:
    from vidcat.inference.results import Categorization, EvidenceSpan
    from vidcat.inference.video import Video

_CATALOGS = {".jsonl", ".csv", ".parquet"}


def classify(
    *,
    videos: Annotated[
        list[str],
        typer.Argument(help="Video files, folders of them, or catalogs."),
    ],
    bundle: Annotated[Path, typer.Option(help="Folder made by `vidcat train`.")],
    frame_weights: Annotated[
        str | None,
        typer.Option(help="Weights of the frame encoder: a file, if not cached."),
    ] = None,
    sentence_encoder: Annotated[
        str | None,
        typer.Option(
            help="That of the bundle's text model: a SavedModel folder, handle or "
            "address."
        ),
    ] = None,
    sampling: Annotated[
        Literal["uniform", "keyframes"] | None,
        typer.Option(help="[default: as in training]"),
    ] = None,
    evidence: Annotated[
        bool, typer.Option(help="Find the seconds that speak for each category.")
    ] = True,
    enforce_scope: Annotated[
        bool, typer.Option(help="No categories outside the bundle's durations.")
    ] = False,
    timeout_seconds: Annotated[
        float, typer.Option(help="How long a video may keep us waiting.", min=0.1)
    ] = 600.0,
    ignore_unknown: Annotated[
        bool, typer.Option(help="Pass over unknown columns of a catalog.")
    ] = False,
    as_json: Annotated[
        bool, typer.Option("--json", help="Print one JSON object a line.")
    ] = False,
) -> None:
    """Categorizes videos: a table for people, JSON lines for programs.

    A broken video is a result that says so, not a failure of the command.

    Examples:

      vidcat classify holiday.mp4 --bundle bundle

      vidcat classify catalog.jsonl --bundle bundle --json > categories.jsonl
    """
    from vidcat.commands.console import announce_download, import_keras, progress, say

    import_keras()
    from vidcat.commands.merge import load_sentence_encoder
    from vidcat.commands.quiet import silenced_stderr
    from vidcat.inference.accepted_sampling import sampling_by_rule
    from vidcat.inference.bundle import Bundle
    from vidcat.inference.categorizer import Categorizer

    rows = list(_rows(videos, ignore_unknown))
    loaded = Bundle.load(bundle, visual_only=True)
    if frame_weights is None:
        announce_download(loaded.encoder)
    other = None
    if sampling is not None:
        other = sampling_by_rule(bundle, loaded.sampling, sampling)
    # TensorFlow Lite greets on stderr.
    with silenced_stderr():
        categorizer = Categorizer.load(
            bundle,
            frame_weights=frame_weights,
            sampling=other,
            evidence=evidence,
            enforce_scope=enforce_scope,
            timeout_seconds=timeout_seconds,
            sentence_encoder=load_sentence_encoder(sentence_encoder),
        )
    if categorizer.encoder.untrained:
        say("The frame encoder is untrained: these categories are for trials only.")
    statuses: dict[str, int] = {}
    with progress("Categorizing", len(rows)) as update:
        for done, result in enumerate(categorizer.categorize_many(rows), start=1):
            if as_json:
                print(json.dumps(result.to_json(), ensure_ascii=False), flush=True)
            else:
                print_result(result)
            statuses[result.status] = statuses.get(result.status, 0) + 1
            update(done, result.id)
    counted = ", ".join(f"{count} {status}" for status, count in statuses.items())
    say(f"{len(rows)} videos: {counted}.")


def _rows(given: list[str], ignore_unknown: bool) -> Iterator["Video"]:
    from vidcat.inference.catalog import read_catalog
    from vidcat.inference.video import Video

    for name in given:
        path = Path(name)
        if path.is_dir() or path.suffix.lower() in _CATALOGS:
            yield from read_catalog(path, ignore_unknown=ignore_unknown)
        elif name.encode(errors="replace").decode() != name:
            # Its result could not be printed, and those behind it would be lost.
            raise typer.BadParameter(
                f"File names must be UTF-8. Received: {name!r}. Rename it."
            )
        else:
            yield Video(id=name, path=name)


def print_result(result: "Categorization") -> None:
    """Prints one result for people, as a table."""
    from rich.console import Console
    from rich.table import Table

    console = Console()
    head = f"[bold]{_escaped(result.id)}[/]"
    if result.status != "ok":
        head += f"  {result.status}"
    console.print(head, highlight=False)
    if result.reason is not None:
        console.print(f"  {_escaped(result.reason)}", highlight=False)
    if not result.categories:
        return
    # Where only one of them was asked there is nothing to tell apart.
    both = result.parts["text"] != "no_model" and result.parts["visual"] != "not_asked"
    table = Table(box=None, pad_edge=False, padding=(0, 2))
    for name in ("score", "id", "category", *(["said by"] * both), "evidence"):
        table.add_column(name, justify="right" if name == "score" else "left")
    for category in result.categories:
        spans = ", ".join(map(_seconds, category.evidence))
        mark = "" if category.confident else " (not confident)"
        path = " > ".join(category.path)
        said_by = [", ".join(category.sources)] * both
        table.add_row(
            f"{category.score:.2f}", category.id, path + mark, *said_by, spans
        )
    console.print(table)


def _seconds(span: "EvidenceSpan") -> str:
    # Whole seconds would show the short windows of a short clip as none at all.
    digits = 0 if span.end_seconds - span.start_seconds >= 1 else 1
    return f"{span.start_seconds:.{digits}f}-{span.end_seconds:.{digits}f} s"


def _escaped(text: str) -> str:
    from rich.markup import escape

    return escape(text)
