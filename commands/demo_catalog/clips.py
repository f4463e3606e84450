"""The demo's catalog: short made-up clips as real MP4 files, with their metadata."""

import json
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor, as_completed
from pathlib import Path

import numpy as np
from numpy.random import Generator

from vidcat.commands.demo_catalog.plan import (
    CATEGORIES,
    MOST_OWNERS,
    Row,
    make_owners,
    plan_rows,
)

NEW_CLIPS = "new_clips"
"""Folder, beside the catalog, of the clips that are set aside for categorizing."""

FRAMES_PER_SECOND = 12


def make_demo_catalog(
    folder: str | Path,
    *,
    seed: int = 0,
    clips: int = 240,
    workers: int = 2,
    on_clip: Callable[[int, int], None] | None = None,
) -> Path:
    """Films the demo's clips and writes their catalog.

    The catalog is written last: where it stands, the clips are whole. Beside the
    `clips` good ones it lists three broken files. The folder `new_clips` holds ten
    more, of owners who are not in the catalog, with a catalog of their own.

    Args:
        folder: Where to write; made if missing. Files of an earlier run are replaced.
        seed: The same seed gives the same catalog. Defaults to `0`.
        clips: How many good clips; seven owners post them, or three tenths as many
            as there are clips, up to ninety. Defaults to `240`.
        workers: Threads that film at the same time. Defaults to `2`.
        on_clip: Called after each clip with how many are done and how many there
            will be.

    Returns:
        The path of `catalog.jsonl` in the folder.

    Raises:
        ValueError: If `clips` or `workers` is not positive.
        OSError: If the folder cannot be written, or OpenCV cannot write MP4 files.
    """
    if min(clips, workers) <= 0:
        raise ValueError(
            "`clips` and `workers` must be positive. Received: "
            f"clips={clips}, workers={workers}"
        )
    folder = Path(folder)
    catalog = folder / "catalog.jsonl"
    (folder / "clips").mkdir(parents=True, exist_ok=True)
    (folder / NEW_CLIPS).mkdir(exist_ok=True)
    catalog.unlink(missing_ok=True)
    rng = np.random.default_rng(seed)
    rows, new_rows = _plan(rng, clips)
    jobs = [(folder, row) for row in rows] + [(folder / NEW_CLIPS, r) for r in new_rows]
    _film_all(jobs, seed, workers, on_clip)
    broken = _break_files(folder, rng, rows)
    _write_rows(folder / NEW_CLIPS / "catalog.jsonl", new_rows)
    _write_rows(catalog, rows + broken)
    return catalog


def _plan(rng: Generator, clips: int) -> tuple[list[Row], list[Row]]:
    # Seven owners are the fewest with somebody in each part of the split.
    count = min(clips, max(7, clips * 3 // 10), MOST_OWNERS - len(CATEGORIES))
    everybody = make_owners(rng, count + len(CATEGORIES))
    owners, newcomers = everybody[:count], everybody[count:]
    rows = [
        {"id": f"clip-{number:04d}", "path": f"clips/clip-{number:04d}.mp4", **row}
        for number, row in enumerate(plan_rows(rng, owners, clips))
    ]
    new_rows = [
        {"id": f"new-{number:02d}", "path": f"new-{number:02d}.mp4", **row}
        for number, row in enumerate(plan_rows(rng, newcomers, len(newcomers)))
    ]
    return rows, new_rows


def _film_all(
    jobs: list[tuple[Path, Row]],
    seed: int,
    workers: int,
    on_clip: Callable[[int, int], None] | None,
) -> None:
    import cv2

    # Threads do: OpenCV draws and encodes without Python's lock. Its own threads
    # would only be in their way, pictures being small.
    threads = cv2.getNumThreads()
    cv2.setNumThreads(1)
    with ThreadPoolExecutor(workers) as pool:
        films = [
            pool.submit(_film, folder, row, np.random.default_rng([seed, number]))
            for number, (folder, row) in enumerate(jobs)
        ]
        try:
            for done, film in enumerate(as_completed(films), start=1):
                film.result()
                if on_clip is not None:
                    on_clip(done, len(jobs))
        finally:
            pool.shutdown(cancel_futures=True)
            cv2.setNumThreads(threads)


def _film(folder: Path, row: Row, rng: Generator) -> None:
    """Writes the row's file and notes its duration in the row."""
    from vidcat.commands.demo_catalog.scenes import film_clip, write_mp4

    frames = round(rng.uniform(3, 4.5) * FRAMES_PER_SECOND)
    pictures = film_clip(rng, row["labels"], frames, FRAMES_PER_SECOND)
    write_mp4(folder / row["path"], pictures, FRAMES_PER_SECOND)
    row["duration_seconds"] = round(frames / FRAMES_PER_SECOND, 3)


def _break_files(folder: Path, rng: Generator, rows: list[Row]) -> list[Row]:
    """Writes a text, an empty and a torn file; returns their rows."""
    whole = (folder / rows[0]["path"]).read_bytes()
    contents = {
        "broken-text": b"This is no video.\n",
        "broken-empty": b"",
        "broken-torn": whole[: len(whole) // 2],
    }
    broken = []
    for name, content in contents.items():
        path = f"clips/{name}.mp4"
        (folder / path).write_bytes(content)
        like = rows[int(rng.integers(len(rows)))]
        broken.append({**like, "id": name, "path": path, "duration_seconds": None})
    return broken


def _write_rows(path: Path, rows: list[Row]) -> None:
    lines = [json.dumps(row, ensure_ascii=False) for row in rows]
    path.write_text("\n".join(lines) + "\n", encoding="utf-8")
