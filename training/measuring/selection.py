"""Which rows of a catalog a visual model is trained and measured on."""

from collections import Counter
from collections.abc import Callable, Container, Iterable, Mapping
from dataclasses import dataclass

from vidcat.inference.scope import Scope
from vidcat.inference.video import Truth, Video

WEAKEST_FIRST: tuple[Truth, ...] = ("pseudo", "audited", "gold")


class NothingUsable(ValueError):
    """No row of the catalog can be used; the text counts the reasons."""


@dataclass(frozen=True, kw_only=True)
class Selection:
    """The rows that can be used, and how many could not and why."""

    videos: tuple[Video, ...]
    """Rows that have features, labels and a duration in scope."""
    left_out: Mapping[str, int]
    """Number of rows left out, by reason."""


def select_videos(
    videos: Iterable[Video],
    duration_seconds: Callable[[str], float | None],
    described: Callable[[str], bool],
    scope: Scope,
) -> Selection:
    """Takes the rows that have features, labels, and a duration in scope.

    Args:
        videos: Rows of the catalog.
        duration_seconds: Answers the duration that was found in a described video,
            in seconds; asked where the catalog has none.
        described: Answers whether an id has features.
        scope: The durations to take.

    Returns:
        The selection. Rows get the duration that was found where they had none.

    Raises:
        NothingUsable: If no row is left.
    """
    left_out: Counter[str] = Counter()
    kept: list[Video] = []
    for video in videos:
        if not described(video.id):
            left_out["no features"] += 1
            continue
        if video.labels is None:
            left_out["no labels"] += 1
            continue
        lasting = video.lasting(duration_seconds(video.id))
        if scope.reason_against(lasting.duration_seconds) is not None:
            left_out["out of scope"] += 1
            continue
        kept.append(lasting)
    if not kept:
        counts = ", ".join(f"{reason}: {count}" for reason, count in left_out.items())
        raise NothingUsable(
            f"No row can be used ({counts or 'there is none'}). Features come from "
            "`vidcat describe`; the scope is "
            f"{scope.min_seconds:g} to {scope.max_seconds:g} s, which `vidcat train` "
            "sets by --min-seconds and --max-seconds."
        )
    return Selection(videos=tuple(kept), left_out=left_out)


def counts_as_failed(video: Video, failed: Container[str], scope: Scope) -> bool:
    """Whether a labelled video in scope could not be described, and is not covered.

    Args:
        video: A row of the catalog.
        failed: Ids of the videos that could not be described.
        scope: The durations that are measured on.
    """
    return (
        video.labels is not None
        and video.id in failed
        and scope.reason_against(video.duration_seconds) is None
    )


def weakest_truth(videos: Iterable[Video]) -> Truth:
    """The weakest kind of truth among rows: no figure of theirs is better than that.

    Args:
        videos: At least one row with labels; one without a mark counts as `gold`.
    """
    found = set(map(truth_of, videos))
    return next(kind for kind in WEAKEST_FIRST if kind in found)


def truth_of(video: Video) -> Truth:
    """How good a row's labels are; those without a mark count as `gold`."""
    # What models write says `pseudo`; labels without a mark are a platform's own.
    return "gold" if video.truth is None else video.truth
