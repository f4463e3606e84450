"""`VideoOrigins`: what catalogs know about the videos of results."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from vidcat.inference.video import Video


@dataclass(frozen=True, kw_only=True)
class VideoOrigins:
    """Owner and language of videos, by id."""

    owner: Mapping[str, str | None]
    """`None` where there is none."""
    language: Mapping[str, str | None]
    """`None` where it is not known."""

    @classmethod
    def of(cls, videos: Iterable[Video]) -> "VideoOrigins":
        """What rows of catalogs say; of an id that comes twice, the last one."""
        rows = list(videos)
        return cls(
            owner={row.id: row.owner for row in rows},
            language={row.id: row.language for row in rows},
        )
