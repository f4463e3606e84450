"""A few choices of a run to look at: right ones and wrong ones."""

from collections.abc import Callable
from dataclasses import dataclass, replace

import numpy as np

from vidcat.inference.decisions import implied_pairs, raised
from vidcat.inference.ffmpeg.program import FfmpegMissing
from vidcat.inference.frames import VideoError
from vidcat.training.measuring.measured_run import MeasuredRun, VideoFacts
from vidcat.training.pages import in_base64
from vidcat.training.thumbnails import thumbnails


@dataclass(frozen=True, kw_only=True)
class Example:
    """One category that was chosen for one video."""

    video: VideoFacts
    """The video."""
    category_id: str
    category_path: str
    """What was chosen."""
    right: bool
    """Whether it is true."""
    score: float
    """Its calibrated probability."""
    true_paths: tuple[str, ...]
    """What is true of the video, the most specific categories alone."""
    pictures: tuple[str, ...] = ()
    """JPEG files in base 64."""
    without_pictures: str | None = None
    """Why there is none."""


def pick_examples(run: MeasuredRun, count: int, seed: int = 0) -> tuple[Example, ...]:
    """Draws right and wrong choices, of as many categories as there are.

    Categories take turns in random order, each with a random video of its own; a video
    comes once among the right ones and once among the wrong ones.

    Args:
        run: The run.
        count: How many to draw of either kind, as far as there are any.
        seed: Of the draws.

    Returns:
        The right ones, then the wrong ones; without pictures.
    """
    random = np.random.default_rng(seed)
    return tuple(
        _example(run, row, column, right)
        for right in (True, False)
        for row, column in _pairs(run, right, count, random)
    )


def with_pictures(
    examples: tuple[Example, ...], progress: Callable[[int], None] | None = None
) -> tuple[Example, ...]:
    """Decodes small pictures of the examples' videos.

    Args:
        examples: The examples.
        progress: Told how many are done.

    Returns:
        The examples; where a file cannot be shown they say why.
    """
    found = []
    for example in examples:
        found.append(_with_pictures(example))
        if progress is not None:
            progress(len(found))
    return tuple(found)


def _pairs(
    run: MeasuredRun, right: bool, count: int, random: np.random.Generator
) -> list[tuple[int, int]]:
    rows, columns = np.nonzero(run.chosen & (run.sayable_truth == int(right)))
    order = random.permutation(len(rows))
    waiting: dict[int, list[int]] = {}
    for at in order.tolist():
        waiting.setdefault(int(columns[at]), []).append(int(rows[at]))
    turns = list(waiting)
    taken: set[int] = set()
    pairs: list[tuple[int, int]] = []
    while turns and len(pairs) < count:
        column = turns.pop(0)
        row = waiting[column].pop()
        if row not in taken:
            taken.add(row)
            pairs.append((row, column))
        if waiting[column]:
            turns.append(column)
    return pairs


def _example(run: MeasuredRun, row: int, column: int, right: bool) -> Example:
    ids, taxonomy = run.category_ids, run.taxonomy
    scores = raised(run.probabilities[row : row + 1], run.label_set, taxonomy)
    true = run.sayable_truth[row] == 1
    specific = true.copy()
    for above, below in implied_pairs(ids, taxonomy):
        specific[above] &= not true[below]
    return Example(
        video=run.videos[row],
        category_id=ids[column],
        category_path=taxonomy[ids[column]].path_text,
        right=right,
        score=float(scores[0, column]),
        true_paths=tuple(
            taxonomy[ids[at]].path_text for at in np.flatnonzero(specific)
        ),
    )


def _with_pictures(example: Example) -> Example:
    path = example.video.path
    if path is None:
        return replace(example, without_pictures="The catalog names no file.")
    try:
        frames = thumbnails(path)
    except (VideoError, FfmpegMissing) as error:
        reason = error.detail if isinstance(error, VideoError) else str(error)
        return replace(example, without_pictures=f"No frame can be shown: {reason}.")
    coded = tuple(map(in_base64, frames))
    return replace(example, pictures=coded)
