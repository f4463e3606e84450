"""A catalog row's metadata as numbers."""

from collections.abc import Sequence
from dataclasses import asdict, dataclass
from datetime import datetime
from functools import cached_property
from hashlib import blake2b
from typing import TYPE_CHECKING, Any

import numpy as np
import numpy.typing as npt

from vidcat.inference.video import Video

if TYPE_CHECKING:
    from vidcat.models.metadata import MetadataShape

_SECONDS_PER_DAY = 86_400.0


def owner_digest(owner: str) -> str:
    """Stable hash of an owner, as a bundle keeps it in place of the name."""
    return blake2b(owner.encode(), digest_size=8).hexdigest()


def folded_category(upload_category: str) -> str:
    """An upload category without regard to case and blanks."""
    return " ".join(upload_category.casefold().split())


def folded_language(language: str) -> str:
    """The language of a code, without region or script: `en` for `en-GB`."""
    return language.strip().casefold().replace("_", "-").split("-")[0]


def age_days(video: Video, as_of: datetime) -> float | None:
    """Days from the upload to `as_of`; 0 for later uploads, `None` without date."""
    if video.uploaded_at is None:
        return None
    age_seconds = (as_of - video.uploaded_at).total_seconds()
    return max(0.0, age_seconds / _SECONDS_PER_DAY)


@dataclass(frozen=True, kw_only=True)
class LogScale:
    """Standardises `log(1 + x)` by the mean and deviation of training."""

    mean: float
    """Mean of `log(1 + x)`."""
    deviation: float
    """Standard deviation of `log(1 + x)`, positive."""

    def apply(self, value: float | None) -> tuple[float, float]:
        """The standardised value and 1, or 0 and 0 where it is missing."""
        if value is None:
            return 0.0, 0.0
        return (float(np.log1p(value)) - self.mean) / self.deviation, 1.0


@dataclass(frozen=True, kw_only=True)
class MetadataEncoder:
    """Turns metadata into numbers with the values that training fitted.

    Whatever training has not seen often enough is 0, *unknown*, as is what is
    missing. Owners are known by their hash: no name is kept.
    """

    owners: tuple[str, ...]
    """`owner_digest` of the known owners."""
    upload_categories: tuple[str, ...]
    """Known upload categories, folded."""
    languages: tuple[str, ...]
    """Known languages, folded."""
    duration: LogScale
    """Scale of durations in seconds."""
    age: LogScale
    """Scale of ages in days."""

    @property
    def shape(self) -> "MetadataShape":
        """Number of values each field can take, *unknown* included."""
        # Keras comes with it, which reading metadata does not need.
        from vidcat.models.metadata import MetadataShape

        return MetadataShape(
            owners=len(self.owners) + 1,
            upload_categories=len(self.upload_categories) + 1,
            languages=len(self.languages) + 1,
        )

    def encode(
        self, videos: Sequence[Video], *, as_of: datetime
    ) -> dict[str, npt.NDArray[Any]]:
        """Encodes the metadata of N videos.

        Args:
            videos: Rows of a catalog.
            as_of: The time, with zone, at which the age of a video is taken.

        Returns:
            `owner`, `upload_category` and `language`, int32 of shape `(N,)`, 0 for
            unknown; `numbers`, float32 of shape `(N, 4)`: standardised duration,
            whether it is present, standardised age, whether it is present.

        Raises:
            ValueError: If `as_of` has no time zone.
        """
        if as_of.tzinfo is None:
            raise ValueError(
                f"`as_of` must have a time zone. Received: as_of={as_of.isoformat()}"
            )
        owner, category, language = self._positions
        return {
            "owner": _looked_up(
                owner, [v.owner and owner_digest(v.owner) for v in videos]
            ),
            "upload_category": _looked_up(
                category,
                [
                    v.upload_category and folded_category(v.upload_category)
                    for v in videos
                ],
            ),
            "language": _looked_up(
                language, [v.language and folded_language(v.language) for v in videos]
            ),
            "numbers": np.array(
                [
                    self.duration.apply(v.duration_seconds)
                    + self.age.apply(age_days(v, as_of))
                    for v in videos
                ],
                np.float32,
            ).reshape(len(videos), 4),
        }

    @cached_property
    def _positions(self) -> tuple[dict[str, int], ...]:
        return tuple(
            {name: place for place, name in enumerate(names, start=1)}
            for names in (self.owners, self.upload_categories, self.languages)
        )

    def to_json(self) -> dict[str, Any]:
        """The fitted values as a JSON object."""
        return asdict(self)

    @classmethod
    def from_json(cls, values: dict[str, Any]) -> "MetadataEncoder":
        """Reads what `to_json` gave."""
        return cls(
            owners=tuple(values["owners"]),
            upload_categories=tuple(values["upload_categories"]),
            languages=tuple(values["languages"]),
            duration=LogScale(**values["duration"]),
            age=LogScale(**values["age"]),
        )


def _looked_up(
    positions: dict[str, int], names: Sequence[str | None]
) -> npt.NDArray[np.int32]:
    return np.array(
        [0 if name is None else positions.get(name, 0) for name in names], np.int32
    )
