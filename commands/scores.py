"""What the verbs share that keep scores beside results."""

from collections.abc import Iterator
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


def require_scores_place(path: Path | None) -> None:
    """Refuses scores that could not be written, as `require_place` does."""
    from vidcat.inference.export.score_columns import require_pyarrow

    require_place(path, "--scores")
    if path is not None:
        require_pyarrow()


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
