"""The rows that wait for their results, and where they come from."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path

from vidcat.inference.merges.said import NO_MODEL, Said
from vidcat.inference.video import Video


class ComingRows(Iterator[Video]):
    """The rows to come; knows whether it was they that failed.

    Args:
        videos: Catalog rows, or paths of video files; taken as they are needed.
    """

    def __init__(self, videos: Iterable[Video | Path | str]) -> None:
        self._rows = map(_as_video, videos)
        self.failed = False
        self.exhausted = False

    def __next__(self) -> Video:
        try:
            return next(self._rows)
        except StopIteration:
            self.exhausted = True
            raise
        except BaseException:
            self.failed = True
            raise


@dataclass(kw_only=True, eq=False)
class Waiting:
    """A row whose result has not been given yet."""

    row: Video
    unseen: Said | None
    """What is said for its frames if it is not decoded; `None` if it is."""
    version: str | None
    """Version of its file when its turn came; `None` where it is not known."""
    text: Said = NO_MODEL
    """What its text says; `NO_MODEL` until it is scored."""


def _as_video(video: Video | Path | str) -> Video:
    if isinstance(video, Video):
        return video
    return Video(id=str(video), path=str(video))
