"""The page that shows a reviewer what the rows of an audit are about."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from vidcat.inference.files.whole_files import replace_text
from vidcat.inference.frames import VideoError
from vidcat.inference.video import Video
from vidcat.training.audits.rows import AuditRow
from vidcat.training.pages import clock, in_base64, render_page
from vidcat.training.thumbnails import FRAME_PIXELS, FRAMES, thumbnails

_TEMPLATE: Final = Path(__file__).with_name("templates") / "audit.html"
_GAP_PIXELS: Final = 4
_FIRST_ROW: Final = 2
"""In a spreadsheet the first row holds the names of the columns."""


@dataclass(frozen=True, kw_only=True)
class _Question:
    row: int
    category_path: str


@dataclass(frozen=True, kw_only=True)
class _Card:
    """What the page shows of a video."""

    video: Video
    frames: tuple[str, ...]
    trouble: str | None
    duration: str | None
    questions: tuple[_Question, ...]


def write_audit_page(
    rows: Sequence[AuditRow],
    videos: Mapping[str, Video],
    path: Path,
    *,
    table: str,
    progress: Callable[[int], None] | None = None,
) -> None:
    """Writes one HTML file with frames, text and questions for each video.

    It is self-contained, runs no script and loads nothing. It does not show what
    the models think, so that a reviewer is not led. A video that cannot be read
    shows the reason instead of frames.

    Args:
        rows: The rows of the audit, in the order of their table.
        videos: The videos they are about, by id.
        path: The file; one that is there is replaced.
        table: Name of the table, for the reader.
        progress: Told how many videos are done.

    Raises:
        FfmpegMissing: If there is no ffmpeg.
        OSError: If the file cannot be written.
    """
    questions: dict[str, list[_Question]] = {}
    for number, row in enumerate(rows, start=_FIRST_ROW):
        question = _Question(row=number, category_path=row.category_path)
        questions.setdefault(row.id, []).append(question)
    cards: list[_Card] = []
    for video_id, asked in questions.items():
        cards.append(_card(videos[video_id], tuple(asked)))
        if progress is not None:
            progress(len(cards))
    page = render_page(
        _TEMPLATE,
        cards=cards,
        questions=len(rows),
        table=table,
        size=FRAME_PIXELS,
        frames_wide=FRAMES * FRAME_PIXELS + (FRAMES - 1) * _GAP_PIXELS,
    )
    replace_text(path, page)


def _card(video: Video, questions: tuple[_Question, ...]) -> _Card:
    frames: tuple[bytes, ...] = ()
    trouble = "No video file is given; only text is known."
    if video.path is not None:
        try:
            frames = thumbnails(video.path)
        except VideoError as error:
            trouble = f"No frame can be shown of {video.path}: {error.detail}."
    seconds = video.duration_seconds
    return _Card(
        video=video,
        frames=tuple(map(in_base64, frames)),
        trouble=None if frames else trouble,
        duration=None if seconds is None else clock(seconds),
        questions=questions,
    )
