"""Score vectors: what text and frames say of many videos, in Parquet files.

They lie beside results, so that decisions can be made anew without the videos. A
vector holds calibrated probabilities, before parents are raised and before thresholds,
as float32.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from vidcat.inference.export.repeated_videos import rows_that_count
from vidcat.inference.export.score_columns import (
    METADATA,
    heads_of,
    require_pyarrow,
    schema_of,
    vectors_of,
)
from vidcat.inference.export.score_vector_writer import ROWS_AT_ONCE
from vidcat.inference.export.scored_by import ScoredBy
from vidcat.inference.results import ResultHead
from vidcat.taxonomy.labels import LabelSet


class InvalidScoreVectors(ValueError):
    """A file holds no score vectors, or damaged ones; the text names it."""


@dataclass(frozen=True, kw_only=True, eq=False)
class ScoreVectors:
    """Scores of N videos, with all of their results that decisions do not change."""

    scored_by: ScoredBy
    """What made them."""
    heads: tuple[ResultHead, ...]
    """The results without categories: id, key, parts, reason, and the status that they
    have where no category is given."""
    text: NDArray[np.float32] | None
    """Calibrated, of shape `(N, labels of the text)`; not a number in the rows where
    text is silent. `None` without a text model."""
    visual: NDArray[np.float32] | None
    """Those of the frames, likewise."""
    duration_seconds: tuple[float | None, ...]
    """Duration of each video; `None` where it is not known."""
    languages: tuple[str | None, ...]
    """Primary subtag of each video's language; `None` where it is not known."""

    def __len__(self) -> int:
        return len(self.heads)


@dataclass(frozen=True, kw_only=True, eq=False)
class StoredScores:
    """Score vectors in one or more files; `len` counts the videos."""

    files: tuple[Path, ...]
    """The files, in the order in which they are read."""
    scored_by: ScoredBy
    """What made all of them."""
    rows: int
    """Rows of all files that count."""
    counting: tuple[NDArray[np.bool_], ...] | None = None
    """Which rows of each file do, where a video is in several; `None` for all."""

    def __len__(self) -> int:
        return self.rows

    def batches(self, rows: int = ROWS_AT_ONCE) -> Iterator[ScoreVectors]:
        """Reads the scores, some videos at a time.

        Args:
            rows: Most videos at a time. Defaults to `ROWS_AT_ONCE`.

        Raises:
            InvalidScoreVectors: If a file turns out to be damaged, or a value is no
                probability.
        """
        counting = self.counting or (None,) * len(self.files)
        for path, counts in zip(self.files, counting, strict=True):
            yield from _batches(path, self.scored_by, rows, counts)


def read_score_vectors(*paths: Path | str) -> StoredScores:
    """Opens files of score vectors that one bundle made.

    Args:
        *paths: Parquet files, or folders of them.

    Returns:
        What is in them; the vectors are read as they are needed. Of a video that is
        in several files the last one counts; files of a folder come in the order of
        their names.

    Raises:
        InvalidScoreVectors: If there is no file, or one that holds no score vectors,
            is damaged, or was made by another bundle than the first.
        FileNotFoundError: If a path does not exist.
        PyarrowMissing: If pyarrow is not installed.
    """
    require_pyarrow()
    files = [file for path in paths for file in _files(Path(path))]
    if not files:
        raise InvalidScoreVectors("Score vectors must be given. Received: no file")
    opened = [_header(path) for path in files]
    (first, _), *_ = opened
    for path, (scored_by, _) in zip(files, opened, strict=True):
        if scored_by != first:
            raise InvalidScoreVectors(
                f"{path}: score vectors must be of one bundle, {first.bundle} as in "
                f"{files[0]}. Received: {scored_by.bundle}. Give the files of each "
                "bundle by themselves."
            )
    rows = sum(rows for _, rows in opened)
    counting = None
    if len(files) > 1:
        counting = rows_that_count([_ids(path) for path in files])
        rows = int(sum(map(np.count_nonzero, counting)))
    return StoredScores(
        files=tuple(files), scored_by=first, rows=rows, counting=counting
    )


def _ids(path: Path) -> Any:
    from pyarrow import parquet

    try:
        return parquet.read_table(path, columns=["id"]).column("id")
    except (ValueError, OSError) as error:
        raise _damaged(path, error) from None


def _files(path: Path) -> list[Path]:
    if not path.is_dir():
        return [path]
    found = sorted(path.glob("*.parquet"))
    if not found:
        raise InvalidScoreVectors(f"{path}: no Parquet file is in this folder.")
    return found


def _header(path: Path) -> tuple[ScoredBy, int]:
    """What made the scores of a file, and how many rows it has."""
    from pyarrow.parquet import ParquetFile

    try:
        with ParquetFile(path) as file:
            schema, rows = file.schema_arrow, file.metadata.num_rows
    except FileNotFoundError:
        raise
    # A damaged end is an error of reading, a damaged name one of decoding; what
    # pyarrow raises of its own are values.
    except (ValueError, OSError) as error:
        raise _damaged(path, error) from None
    kept = (schema.metadata or {}).get(METADATA)
    if kept is None:
        raise InvalidScoreVectors(
            f"{path}: a file of score vectors must say what made them. Received: "
            "another Parquet file. Give the one that `--scores` named."
        )
    try:
        scored_by = ScoredBy.from_json(kept)
    except (ValueError, TypeError, KeyError) as error:
        raise InvalidScoreVectors(f"{path}: {error}.") from None
    if not schema.equals(schema_of(scored_by)):
        raise InvalidScoreVectors(
            f"{path}: columns must be {schema_of(scored_by).names} in the types "
            f"that `--scores` writes. Received: {schema.names}"
        )
    return scored_by, rows


def _batches(
    path: Path, scored_by: ScoredBy, rows: int, counts: NDArray[np.bool_] | None
) -> Iterator[ScoreVectors]:
    import pyarrow as pa
    from pyarrow.parquet import ParquetFile

    begun = 0
    with ParquetFile(path, page_checksum_verification=True) as file:
        coming = file.iter_batches(rows)
        while True:
            try:
                batch = next(coming, None)
                if batch is not None and counts is not None:
                    begun, first = begun + len(batch), begun
                    batch = batch.filter(pa.array(counts[first:begun]))
                vectors = None if batch is None else _vectors(path, batch, scored_by)
            except InvalidScoreVectors:
                raise
            # A damaged page is an error of reading, or of decoding.
            except (ValueError, OSError) as error:
                raise _damaged(path, error) from None
            if vectors is None:
                return
            if len(vectors):
                yield vectors


def _vectors(path: Path, batch: Any, scored_by: ScoredBy) -> ScoreVectors:
    heads = heads_of(batch, scored_by.bundle)
    return ScoreVectors(
        scored_by=scored_by,
        heads=heads,
        text=_said(path, batch, heads, "text", scored_by.text),
        visual=_said(path, batch, heads, "visual", scored_by.visual),
        duration_seconds=tuple(batch.column("duration_seconds").to_pylist()),
        languages=tuple(batch.column("language").to_pylist()),
    )


def _said(
    path: Path,
    batch: Any,
    heads: tuple[ResultHead, ...],
    name: str,
    labels: LabelSet | None,
) -> NDArray[np.float32] | None:
    """What a source says; refuses what `classify` never writes."""
    if labels is None:
        return None
    vectors = vectors_of(batch, name, len(labels))
    bad = ~((vectors >= 0) & (vectors <= 1)).all(axis=1)
    bad &= batch.column(name).is_valid().to_numpy(zero_copy_only=False)
    if bad.any():
        raise InvalidScoreVectors(
            f"{path}: probabilities must be from 0 to 1. Received: other values of "
            f"the video {heads[int(bad.argmax())].id!r}. Copy the file anew."
        )
    return vectors


def _damaged(path: Path, error: Exception) -> InvalidScoreVectors:
    return InvalidScoreVectors(
        f"{path}: not a whole Parquet file ({str(error).splitlines()[0]}). "
        "Copy it anew, or make the scores again."
    )
