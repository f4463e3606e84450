"""What the verbs share that keep scores beside results."""

from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

import typer

if TYPE_CHECKING:
    from vidcat.inference.merges.decider import Decides
    from vidcat.inference.scored import Keep


def require_place(path: Path | None, option: str) -> None:
    """Refuses a file that could not be written, before there is work to be lost.

    Args:
        path: The file; `None` where none was asked for.
        option: What names it.
    """
    if path is not None and (path.is_dir() or not path.parent.is_dir()):
        raise typer.BadParameter(
            f"{option} must be a file in a folder that exists. Received: {path}"
        )


def require_apart(path: Path, option: str, read: Iterable[Path]) -> None:
    """Refuses a file that would take the place of one that is read.

    Args:
        path: The file to write.
        option: What names it.
        read: The files that are read.
    """
    if any(path.exists() and one.exists() and path.samefile(one) for one in read):
        raise typer.BadParameter(
            f"{option} must be another file than those that are read. "
            f"Received: {path}. Give another name."
        )


def require_scores_place(path: Path | None) -> None:
    """Refuses scores that could not be written, or would replace something else."""
    from vidcat.inference.export.score_columns import require_pyarrow

    require_place(path, "--scores")
    if path is None:
        return
    require_pyarrow()
    from vidcat.inference.export.score_vectors import (
        InvalidScoreVectors,
        read_score_vectors,
    )

    try:
        if path.exists():
            read_score_vectors(path)
    except InvalidScoreVectors:
        raise typer.BadParameter(
            f"--scores must not replace what is no file of scores. Received: {path}. "
            "Give another name, or move it away."
        ) from None


@contextmanager
def keeping_scores(path: Path | None, model: "Decides") -> "Iterator[Keep | None]":
    """Keeps scores in a file.

    Args:
        path: The file; `None` keeps none.
        model: What makes the scores.

    Yields:
        What to give the scores to; `None` if they are not to be kept.
    """
    if path is None:
        yield None
        return
    from vidcat.commands.printing.console import say
    from vidcat.inference.export.score_vector_writer import ScoreVectorWriter
    from vidcat.inference.export.scored_by import ScoredBy

    with ScoreVectorWriter(path, ScoredBy.of(model)) as writer:
        yield writer.add
    say(f"Scores: {path}.")
