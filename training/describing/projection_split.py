"""Notes by which split a projection was fitted, so that training uses the same."""

import json
from pathlib import Path

from vidcat.inference.files.whole_files import replace_text
from vidcat.training.splits import SplitError, SplitKey

_NAME = "projection_split.json"


def note_split(folder: Path, key: SplitKey) -> None:
    """Notes, beside features, the split whose training part was fitted on."""
    replace_text(folder / _NAME, json.dumps({"split_by": key}) + "\n")


def require_split(folder: Path, key: SplitKey) -> None:
    """Refuses a split by which the projection may have seen the test part.

    Args:
        folder: The features.
        key: The split that training is asked for.

    Raises:
        SplitError: If the projection of these features was fitted by another one.
    """
    path = folder / _NAME
    if not path.exists():
        return
    fitted = json.loads(path.read_text())["split_by"]
    if fitted != key:
        raise SplitError(
            f"{folder}: its projection was fitted on the training part of a split by "
            f"{fitted!r}; by {key!r} other videos would be the test part. Use "
            f"--split-by {fitted}, or describe anew with --split-by {key}."
        )
