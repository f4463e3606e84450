"""What the verbs share that write the report of an evaluation."""

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from vidcat.commands.options import SHOWN_EXAMPLES

if TYPE_CHECKING:
    from vidcat.inference.features import FeatureStore
    from vidcat.inference.texts.multilingual import Embeds
    from vidcat.inference.video import Video
    from vidcat.training.measuring.assessment import Assessment
    from vidcat.training.measuring.measured_run import MeasuredRun

REPORT_NAME = "report.html"
"""In the folder of a report."""


def write_whole_report(
    bundle: Path,
    videos: "Sequence[Video]",
    store: "FeatureStore",
    assessment: "Assessment",
    page: Path,
    *,
    folder: Path,
    beside: "Sequence[MeasuredRun]" = (),
    sentence_encoder: "Embeds | None" = None,
    examples: int = SHOWN_EXAMPLES,
) -> None:
    """Writes all there is to say of a bundle as HTML and JSON, and says where.

    Args:
        bundle: The bundle's folder.
        videos: The catalog that it was measured on.
        store: The features of its videos.
        assessment: What was measured.
        page: The HTML file.
        folder: The report's folder, where the runs of text and frames go.
        beside: Earlier runs to lay beside it.
        sentence_encoder: That of its text model, where it is not the one noted.
        examples: Right choices, and wrong ones, to show.
    """
    sources = _measure_sources(
        bundle,
        videos,
        store,
        folder,
        sentence_encoder=sentence_encoder,
        whole_catalog=assessment.whole_catalog,
    )
    write_runs_page(
        [*assessment.runs, *beside],
        page,
        known=assessment.known_runs[0] if assessment.known_runs else None,
        sources=sources,
        left_out=assessment.left_out,
        examples=examples,
    )


def write_runs_page(
    runs: "Sequence[MeasuredRun]",
    path: Path,
    *,
    known: "MeasuredRun | None" = None,
    sources: "Sequence[MeasuredRun]" = (),
    left_out: "Mapping[str, int] | None" = None,
    examples: int,
) -> None:
    """Writes the report of runs as HTML and JSON, and says where."""
    from vidcat.commands.printing.console import progress, say
    from vidcat.training.reporting.compose import compose_report
    from vidcat.training.reporting.page import write_page

    with progress("Pictures of examples", 2 * examples) as update:
        document = compose_report(
            runs,
            known=known,
            sources=sources,
            left_out=left_out,
            examples=examples,
            progress=lambda done: update(done, ""),
        )
    page, figures = write_page(document, path)
    say(f"Report: {page}; the same as JSON: {figures}.")


def _measure_sources(
    bundle: Path,
    videos: "Sequence[Video]",
    store: "FeatureStore",
    folder: Path,
    *,
    sentence_encoder: "Embeds | None",
    whole_catalog: bool,
) -> "tuple[MeasuredRun, ...]":
    """Measures text, frames and the merge that is served, and keeps their runs.

    There is none where the bundle has no text model or no row has text.
    """
    from vidcat.inference.bundle import load_merge
    from vidcat.inference.texts.text import joined_text
    from vidcat.training.measuring.stored_runs import save_runs
    from vidcat.training.merges.assessment import assess_merge

    if load_merge(bundle) is None or not any(map(joined_text, videos)):
        return ()
    assessment = assess_merge(
        bundle,
        videos,
        store,
        sentence_encoder=sentence_encoder,
        whole_catalog=whole_catalog,
        others=False,
    )
    runs = assessment.runs
    if assessment.served != "separate":
        runs = tuple(run for run in runs if run.name != "separate")
    save_runs(runs, folder)
    return runs
