"""`ScoreVectorWriter`: writes score vectors beside results, as they come."""

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from io import BytesIO
from pathlib import Path
from types import TracebackType
from typing import TYPE_CHECKING, Any, BinaryIO, Final, Self

from vidcat.inference.export.score_columns import (
    FEW_VALUES,
    require_pyarrow,
    schema_of,
    table_of,
)
from vidcat.inference.export.scored_by import ScoredBy
from vidcat.inference.files.whole_files import replacing

if TYPE_CHECKING:
    from vidcat.inference.scored import Scored

ROWS_AT_ONCE: Final = 4096
"""Rows of a row group: those that are held in memory."""


def parquet_bytes(scored: "Sequence[Scored]", scored_by: ScoredBy) -> bytes:
    """A whole file of score vectors, in memory.

    Args:
        scored: What text and frames say of some videos.
        scored_by: What made all of the scores.
    """
    schema = schema_of(scored_by)
    content = BytesIO()
    with parquet_writer(content, schema) as writer:
        writer.write_table(table_of(scored, schema))
    return content.getvalue()


def parquet_writer(file: BinaryIO, schema: Any) -> Any:
    """Opens a `pyarrow.parquet.ParquetWriter` with the options of score vectors.

    Args:
        file: Where to write.
        schema: What `schema_of` gave.
    """
    from pyarrow.parquet import ParquetWriter

    # Probabilities hardly repeat: a dictionary of them would only take time.
    return ParquetWriter(
        file,
        schema,
        compression="zstd",
        use_dictionary=list(FEW_VALUES),
        write_page_checksum=True,
    )


class ScoreVectorWriter:
    """Writes a Parquet file of score vectors; a context manager.

    The file takes its name, and another's place, when it is whole. See
    `vidcat.inference.export.score_vectors` for what it holds.

    Args:
        path: The file.
        scored_by: What makes the scores.

    Raises:
        PyarrowMissing: If pyarrow is not installed.
    """

    def __init__(self, path: Path, scored_by: ScoredBy) -> None:
        require_pyarrow()
        self.path = path
        self.scored_by = scored_by
        self._schema = schema_of(scored_by)
        self._waiting: list[Scored] = []
        self._opened = self._open()

    def __enter__(self) -> Self:
        self._writer = self._opened.__enter__()
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self._opened.__exit__(kind, error, trace)

    def add(self, scored: "Scored") -> None:
        """Adds the scores of one video.

        Raises:
            ValueError: If another bundle made them.
        """
        if scored.key.bundle != self.scored_by.bundle:
            raise ValueError(
                f"Scores in one file must be of one bundle, {self.scored_by.bundle}. "
                f"Received: {scored.row.id!r} of {scored.key.bundle}"
            )
        self._waiting.append(scored)
        if len(self._waiting) == ROWS_AT_ONCE:
            self._flush()

    @contextmanager
    def _open(self) -> Iterator[Any]:
        with (
            replacing(self.path) as file,
            parquet_writer(file, self._schema) as writer,
        ):
            yield writer
            self._flush()

    def _flush(self) -> None:
        if self._waiting:
            self._writer.write_table(table_of(self._waiting, self._schema))
            self._waiting = []
