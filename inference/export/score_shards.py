"""The files of score vectors that many processes write, and what becomes of them."""

import re
from collections import defaultdict
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any, BinaryIO, Final

from vidcat.inference.export.score_vector_writer import ROWS_AT_ONCE, parquet_writer
from vidcat.inference.export.score_vectors import read_score_vectors
from vidcat.inference.files.whole_files import replacing

_NAME: Final = re.compile(r"scores-(.+)-([0-9a-f]+)\.parquet")
_STATES: Final = ("id", "text_state", "visual_state", "reason")


def shard_name(run: str, part: str) -> str:
    """The name of a file of scores; those of later runs come later in the alphabet.

    Args:
        run: What the run is called.
        part: Hexadecimal digits that no other file of the run has.
    """
    return f"scores-{run}-{part}.parquet"


def runs_in(folder: Path) -> set[str]:
    """The runs that have written into a folder of scores."""
    return {run for run, _ in _shards(folder)}


def settle_scores(folder: Path, ledger: Iterable[Mapping[str, Any]]) -> None:
    """Leaves the scores behind each result: one row a video, one file a run.

    May be killed, and done again, at any time.

    Args:
        folder: The files of scores.
        ledger: For each result its `id`, `run`, `parts` and `reason`.

    Raises:
        InvalidScoreVectors: If a file is damaged; the text names it.
    """
    alike: dict[tuple[Any, ...], tuple[Any, ...]] = {}
    wanted: dict[str, tuple[Any, ...]] = {}
    for row in ledger:
        parts = row["parts"]
        found = (row["run"], parts["text"], parts["visual"], row["reason"])
        wanted[row["id"]] = alike.setdefault(found, found)
    by_maker: defaultdict[tuple[str, str], list[Path]] = defaultdict(list)
    for run, path in _shards(folder):
        by_maker[run, read_score_vectors(path).scored_by.bundle].append(path)
    for (run, bundle), paths in by_maker.items():
        _settle(folder / shard_name(run, bundle[:12]), run, paths, wanted)


def _shards(folder: Path) -> list[tuple[str, Path]]:
    found = [(_NAME.fullmatch(path.name), path) for path in folder.iterdir()]
    return sorted((match[1], path) for match, path in found if match)


def _settle(
    target: Path, run: str, paths: list[Path], wanted: Mapping[str, tuple[Any, ...]]
) -> None:
    """Puts those rows of a run that count into one file, in the place of others."""
    taken: set[str] = set()
    counting = {path: _counting(path, run, wanted, taken) for path in paths}
    if paths == [target] and all(counting[target]):
        return
    if taken:
        with replacing(target) as file:
            _copy(counting, file)
    for path in paths:
        if path != target or not taken:
            path.unlink()


def _counting(
    path: Path, run: str, wanted: Mapping[str, tuple[Any, ...]], taken: set[str]
) -> list[bool]:
    """Which rows of a file count: those behind a result, each video once."""
    from pyarrow import parquet

    columns = parquet.read_table(path, columns=list(_STATES)).to_pydict()
    counting = []
    for video_id, text, visual, reason in zip(
        *(columns[name] for name in _STATES), strict=True
    ):
        counts = (
            wanted.get(video_id) == (run, text, visual, reason)
            and video_id not in taken
        )
        if counts:
            taken.add(video_id)
        counting.append(counts)
    return counting


def _copy(counting: Mapping[Path, list[bool]], file: BinaryIO) -> None:
    """Copies rows of several files, in row groups of full size."""
    import pyarrow as pa
    from pyarrow import parquet

    schema = parquet.read_schema(next(iter(counting)))
    with parquet_writer(file, schema) as writer:
        waiting = schema.empty_table()
        for path, counts in counting.items():
            rows = parquet.read_table(path, page_checksum_verification=True)
            rows = rows.filter(pa.array(counts, pa.bool_()))
            waiting = pa.concat_tables([waiting, rows])
            while len(waiting) >= ROWS_AT_ONCE:
                writer.write_table(waiting.slice(0, ROWS_AT_ONCE))
                waiting = waiting.slice(ROWS_AT_ONCE)
        if len(waiting):
            writer.write_table(waiting)
