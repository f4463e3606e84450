"""`VideoOrigins`: what catalogs know about the videos of results."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from vidcat.inference.texts.language_codes import language_code
from vidcat.inference.video import Video


@dataclass(frozen=True, kw_only=True)
class VideoOrigins:
    """Owner and language of videos, by id."""

    owner: Mapping[str, str | None]
    """`None` where there is none."""
    language: Mapping[str, str | None]
    """Primary subtag of each; `None` where it is not known."""

    @classmethod
    def of(cls, videos: Iterable[Video]) -> "VideoOrigins":
        """What rows of catalogs say; of an id that comes twice, the last one."""
        rows = list(videos)
        return cls(
            owner={row.id: row.owner for row in rows},
            language={row.id: _language(row) for row in rows},
        )


def _language(row: Video) -> str | None:
    # `pt` and `pt-BR` are one language, as they are in the slices of a report.
    return None if row.language is None else language_code(row.language)
