"""Writes the evidence of results as files that people look at."""

from pathlib import Path

from vidcat.inference.export.file_names import file_stem
from vidcat.inference.export.thumbnails import thumbnails_at
from vidcat.inference.export.webvtt import webvtt
from vidcat.inference.files.whole_files import replace_text, replacing
from vidcat.inference.frames import VideoError
from vidcat.inference.results import Categorization
from vidcat.inference.sampling import Sampling


def write_evidence(
    result: Categorization, folder: Path, path: str | None, sampling: Sampling
) -> str | None:
    """Writes captions and thumbnails of one result.

    `STEM.vtt` holds all spans, `STEM-CATEGORY.jpg` the best frame of a category's
    weightiest span; STEM is `file_stem` of the id. Without evidence there are
    captions without cues.

    Args:
        result: What was said of a video.
        folder: Where to write; must be there.
        path: The video's file; `None` for captions alone.
        sampling: How its frames were chosen.

    Returns:
        Why there are no thumbnails although the file was given; `None` otherwise.

    Raises:
        FfmpegMissing: If there is no ffmpeg.
    """
    stem = file_stem(result.id)
    replace_text(folder / f"{stem}.vtt", webvtt(result))
    best = {
        category.id: category.evidence[0].best_seconds
        for category in result.categories
        if category.evidence
    }
    if path is None or not best:
        return None
    try:
        pictures = thumbnails_at(path, set(best.values()), sampling)
    except VideoError as error:
        return str(error)
    for category_id, time in best.items():
        with replacing(folder / f"{stem}-{category_id}.jpg") as file:
            file.write(pictures[time])
    return None
