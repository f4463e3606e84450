"""What the verbs share that write the report of an evaluation."""

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from vidcat.inference.features import FeatureStore
    from vidcat.inference.texts.multilingual import Embeds
    from vidcat.inference.video import Video
    from vidcat.training.measuring.assessment import Assessment
    from vidcat.training.measuring.measured_run import MeasuredRun

REPORT_NAME = "report.html"
"""In the folder of a report."""


def write_report_page(
    assessment: "Assessment",
    path: Path,
    *,
    beside: "Sequence[MeasuredRun]" = (),
    sources: "Sequence[MeasuredRun]" = (),
    examples: int,
) -> None:
    """Writes the report of an assessment as HTML and JSON, and says where.

    Args:
        assessment: What was measured.
        path: The HTML file.
        beside: Earlier runs to lay beside it.
        sources: Text, frames and both together.
        examples: Right choices, and wrong ones, to show.
    """
    write_runs_page(
        [*assessment.runs, *beside],
        path,
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
    """As `write_report_page`, from runs alone."""
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


def measure_sources(
    bundle: Path,
    videos: "Sequence[Video]",
    store: "FeatureStore",
    folder: Path,
    *,
    sentence_encoder: "Embeds | None" = None,
    whole_catalog: bool = False,
) -> "tuple[MeasuredRun, ...]":
    """Measures text, frames and the merge that is served, and keeps their runs.

    Args:
        bundle: The bundle's folder.
        videos: The catalog.
        store: The features of its videos.
        folder: The report's folder, where the runs go.
        sentence_encoder: That of the text model, where it is not the one noted.
        whole_catalog: As for `assess_merge`.

    Returns:
        The runs; none where the bundle has no text model or no row has text.
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
