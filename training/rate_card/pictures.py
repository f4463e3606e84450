"""Sample pictures of each category."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass

from vidcat.inference.frames import VideoError
from vidcat.training.rate_card.card import CardRow, RateCard
from vidcat.training.rate_card.tally import Sample
from vidcat.training.thumbnails import thumbnail_within, thumbnails


@dataclass(frozen=True, kw_only=True)
class Picture:
    """A picture of a video that a category is said of."""

    video_id: str
    seconds: float | None
    """The moment that speaks for the category; `None` where none is known."""
    jpeg: bytes


@dataclass(frozen=True, kw_only=True)
class Pictures:
    """The pictures of a card."""

    by_category: Mapping[str, tuple[Picture, ...]]
    """By id, each at most as many as were asked for."""
    unreadable: int
    """Drawn videos of which no frame could be decoded; others stand in for them."""


def take_pictures(
    card: RateCard, wanted: int, *, progress: Callable[[int], None] | None = None
) -> Pictures:
    """Decodes pictures of the videos that were drawn for each category.

    A picture is of the second that speaks most for the category, where the result
    gives one, else of the middle of the video.

    Args:
        card: Made with at least as many `samples`.
        wanted: Pictures of each category.
        progress: Told how many categories are done.

    Raises:
        FfmpegMissing: If there is no ffmpeg.
    """
    taken: dict[str, tuple[Picture, ...]] = {}
    unreadable = 0
    for done, row in enumerate(card.rows, start=1):
        pictures, broken = _pictures(row, wanted)
        taken[row.category.id] = pictures
        unreadable += broken
        if progress is not None:
            progress(done)
    return Pictures(by_category=taken, unreadable=unreadable)


def _pictures(row: CardRow, wanted: int) -> tuple[tuple[Picture, ...], int]:
    pictures: list[Picture] = []
    broken = 0
    for sample in row.samples:
        if len(pictures) == wanted:
            break
        try:
            pictures.append(_picture(sample))
        except VideoError:
            broken += 1
    return tuple(pictures), broken


def _picture(sample: Sample) -> Picture:
    span = sample.evidence
    if span is not None:
        return Picture(
            video_id=sample.id,
            seconds=span.best_seconds,
            jpeg=thumbnail_within(
                sample.path, span.start_seconds, span.end_seconds, span.best_seconds
            ),
        )
    found = thumbnails(sample.path)
    return Picture(video_id=sample.id, seconds=None, jpeg=found[len(found) // 2])
