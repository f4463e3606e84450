"""Writes captions and thumbnails beside results, for the verbs that can."""

from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from vidcat.inference.results import Categorization
    from vidcat.inference.sampling import Sampling


def with_evidence_files(
    results: "Iterable[Categorization]",
    folder: Path,
    paths: Iterable[str | None],
    sampling: "Sampling",
) -> "Iterator[Categorization]":
    """Passes results on, and writes the evidence of each.

    Args:
        results: The results.
        folder: Is made where it is missing.
        paths: The file of each video; `None` for captions alone.
        sampling: How the frames were chosen.
    """
    from vidcat.commands.printing.console import say
    from vidcat.inference.export.evidence_files import write_evidence

    folder.mkdir(parents=True, exist_ok=True)
    for result, path in zip(results, paths, strict=True):
        trouble = write_evidence(result, folder, path, sampling)
        if trouble is not None:
            say(f"No thumbnails: {trouble}")
        yield result
