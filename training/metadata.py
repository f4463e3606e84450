"""Fits the values with which metadata become numbers."""

from collections import Counter
from collections.abc import Callable, Iterable, Sequence
from datetime import datetime

import numpy as np

from vidcat.inference.metadata import (
    LogScale,
    MetadataEncoder,
    age_days,
    folded_category,
    folded_language,
    owner_digest,
)
from vidcat.inference.video import Video

_LEAST_DEVIATION = 1e-3
"""Below it, all values are the same, and are only centred."""


def fit_metadata_encoder(
    videos: Sequence[Video],
    *,
    as_of: datetime,
    min_count: int = 2,
    max_owners: int = 20_000,
) -> MetadataEncoder:
    """Fits a metadata encoder on the training part.

    Args:
        videos: Rows of the training part.
        as_of: The time, with zone, at which the age of a video is taken.
        min_count: Videos that an owner, upload category or language needs to be
            known. Defaults to `2`.
        max_owners: Most owners to know; those with most videos are kept. Defaults
            to `20_000`.

    Returns:
        The encoder. A number that no video has is never standardised, but marked
        missing in each.

    Raises:
        ValueError: If `min_count` or `max_owners` is not positive.
    """
    for name, value in (("min_count", min_count), ("max_owners", max_owners)):
        if value < 1:
            raise ValueError(f"`{name}` must be positive. Received: {name}={value}")
    owners = _common((video.owner for video in videos), owner_digest, min_count)
    return MetadataEncoder(
        owners=tuple(sorted(owners[:max_owners])),
        upload_categories=tuple(
            sorted(
                _common((v.upload_category for v in videos), folded_category, min_count)
            )
        ),
        languages=tuple(
            sorted(_common((v.language for v in videos), folded_language, min_count))
        ),
        duration=_log_scale(video.duration_seconds for video in videos),
        age=_log_scale(age_days(video, as_of) for video in videos),
    )


def _common(
    names: Iterable[str | None], fold: Callable[[str], str], min_count: int
) -> list[str]:
    """Folded names that come often enough, the commonest first, ties by name."""
    counts = Counter(fold(name) for name in names if name is not None)
    often = [name for name, count in counts.items() if count >= min_count]
    return sorted(often, key=lambda name: (-counts[name], name))


def _log_scale(values: Iterable[float | None]) -> LogScale:
    logs = np.log1p([value for value in values if value is not None])
    if not logs.size:
        return LogScale(mean=0.0, deviation=1.0)
    deviation = float(logs.std())
    return LogScale(
        mean=float(logs.mean()),
        deviation=deviation if deviation > _LEAST_DEVIATION else 1.0,
    )
