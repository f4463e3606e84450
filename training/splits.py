"""Divides a catalog into the parts that training, fitting and testing see."""

import math
from collections import Counter, defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from hashlib import blake2b
from typing import Final, Literal, get_args

import numpy as np
import numpy.typing as npt

from vidcat.inference.video import Video

Part = Literal["train", "validation", "calibration", "test", "later"]
SplitKey = Literal["auto", "owner", "id"]

PARTS: Final[tuple[Part, ...]] = get_args(Part)
"""The parts; `later` holds the newest videos of owners that are trained on."""

_LATER_FROM: Final = 10
"""Dated videos an owner needs before some of them are held out."""
_LATER_SHARE: Final = 10
"""One in so many of an owner's dated videos is held out."""


class SplitError(ValueError):
    """A part of the split would be empty; the text counts and says what to do."""


@dataclass(frozen=True, kw_only=True)
class Fractions:
    """Shares of the four parts; they add up to 1."""

    train: float = 0.70
    validation: float = 0.10
    """For the early stop."""
    calibration: float = 0.10
    """Half for calibrators, half for thresholds."""
    test: float = 0.10

    def __post_init__(self) -> None:
        shares = self.shares()
        if min(shares.values()) <= 0 or not math.isclose(sum(shares.values()), 1):
            raise ValueError(
                f"Fractions must be positive and add up to 1. Received: {shares}"
            )

    def shares(self) -> dict[Part, float]:
        """The four shares by name, in order."""
        return {
            "train": self.train,
            "validation": self.validation,
            "calibration": self.calibration,
            "test": self.test,
        }


def assign_parts(
    videos: Sequence[Video],
    *,
    key: SplitKey = "auto",
    fractions: Fractions | None = None,
) -> dict[str, Part]:
    """Assigns each video to a part by a stable hash.

    By owner, all videos of an owner share a part, so that the test shows how well
    channels do that were never seen. Of an owner in `train` with at least ten dated
    videos, the newest tenth (one at least) goes to `later`: known channels, new
    videos. The same video always gets the same part, whatever else is in the
    catalog, except for `later`.

    Args:
        videos: Rows of a catalog.
        key: `owner`, `id`, or `auto`. By `owner` and `auto`, a row without owner
            goes by its id; `owner` insists that there is any owner. Defaults to
            `"auto"`.
        fractions: Shares of the parts. Defaults to 70, 10, 10 and 10 %.

    Returns:
        The part of each video by id, in the order given.

    Raises:
        ValueError: If `key` is none of the three.
        SplitError: If one of the four parts would be empty, or there is no owner.
    """
    parts = _hashed_parts(videos, key, fractions)
    _refuse_empty_parts(videos, parts, key)
    return parts | dict.fromkeys(_later_ids(videos, parts, key), "later")


def training_ids(videos: Sequence[Video], *, key: SplitKey = "auto") -> frozenset[str]:
    """The videos that belong to the training part, whatever the other parts hold.

    Args:
        videos: Rows of a catalog.
        key: As for `assign_parts`.

    Returns:
        Their ids.

    Raises:
        ValueError: If `key` is none of the three.
        SplitError: If there is no owner to split by.
    """
    parts = _hashed_parts(videos, key, None)
    trained = {video_id for video_id, part in parts.items() if part == "train"}
    return frozenset(trained.difference(_later_ids(videos, parts, key)))


def _hashed_parts(
    videos: Sequence[Video], key: SplitKey, fractions: Fractions | None
) -> dict[str, Part]:
    if key not in get_args(SplitKey):
        raise ValueError(
            f"`key` must be one of {list(get_args(SplitKey))}. Received: key={key!r}"
        )
    if key == "owner" and all(video.owner is None for video in videos):
        raise SplitError(
            f"No video has an owner (videos: {len(videos)}). Give the catalog an "
            "`owner` column, or split by video with key='id'."
        )
    shares = (Fractions() if fractions is None else fractions).shares()
    bounds = np.cumsum(list(shares.values()))
    names = list(shares)
    parts: dict[str, Part] = {}
    for video in videos:
        place = np.searchsorted(bounds, unit_hash(group_of(video, key)), side="right")
        # Rounding may leave the last bound a hair below 1.
        parts[video.id] = names[min(int(place), len(names) - 1)]
    return parts


def part_counts(parts: Mapping[str, str]) -> dict[str, int]:
    """Number of videos in each part, empty parts included."""
    counts = Counter(parts.values())
    return {part: counts[part] for part in PARTS}


def absent_categories(
    labels: npt.NDArray[np.int8],
    label_ids: Sequence[str],
    part_of_row: Sequence[str],
) -> dict[str, tuple[str, ...]]:
    """Names the categories without a positive example in a part.

    Args:
        labels: 1 yes, 0 no, -1 unknown, shape `(N, L)`.
        label_ids: The L category ids.
        part_of_row: The part of each of the N rows.

    Returns:
        For each part that has rows, the ids absent from it; parts that lack none
        are left out.
    """
    absent: dict[str, tuple[str, ...]] = {}
    rows_of_part = np.asarray(part_of_row)
    for part in PARTS:
        rows = rows_of_part == part
        present = (labels[rows] == 1).any(axis=0)
        missing = tuple(
            one for one, here in zip(label_ids, present, strict=True) if not here
        )
        if rows.any() and missing:
            absent[part] = missing
    return absent


def fold_of(video: Video, folds: int, *, key: SplitKey = "auto") -> int:
    """The fold of a video by a stable hash, independent of that of its part.

    Args:
        video: A row of a catalog.
        folds: Number of folds.
        key: As for `assign_parts`: videos that share a part share a fold.

    Returns:
        A number from 0 to `folds - 1`.
    """
    return int(unit_hash(f"fold {group_of(video, key)}") * folds)


def group_of(video: Video, key: SplitKey) -> str:
    """Names what a video shares its part with: its owner, or itself alone."""
    return owner_group(video.id, None if key == "id" else video.owner)


def owner_group(video_id: str, owner: str | None) -> str:
    """Names whose chance a video shares: its owner's, or nobody's without one."""
    return f"id:{video_id}" if owner is None else f"owner:{owner}"


def unit_hash(text: str) -> float:
    """A number from 0 to 1 that is always the same for a text."""
    digest = blake2b(text.encode(errors="surrogatepass"), digest_size=8).digest()
    return int.from_bytes(digest) / 2**64


def _refuse_empty_parts(
    videos: Sequence[Video], parts: Mapping[str, Part], key: SplitKey
) -> None:
    counts = part_counts(parts)
    empty = [part for part in PARTS[:4] if not counts[part]]
    if not empty:
        return
    owners = len({video.owner for video in videos if video.owner is not None})
    message = (
        f"No video falls into {', '.join(empty)} (videos: {len(videos)}, owners: "
        f"{owners}, in parts: {counts}). "
    )
    if key != "id" and owners:
        message += (
            "Give videos of more owners, or split by video with key='id' "
            "(--split-by id); figures then hold for known channels only."
        )
    else:
        message += "Give more labelled videos."
    raise SplitError(message)


def _later_ids(
    videos: Sequence[Video], parts: Mapping[str, Part], key: SplitKey
) -> list[str]:
    if key == "id":
        return []
    dated = defaultdict(list)
    for video in videos:
        if video.owner and video.uploaded_at and parts[video.id] == "train":
            dated[video.owner].append((video.uploaded_at, video.id))
    return [
        video_id
        for uploads in dated.values()
        if len(uploads) >= _LATER_FROM
        for _, video_id in sorted(uploads)[-(len(uploads) // _LATER_SHARE) :]
    ]
