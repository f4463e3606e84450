"""The columns of a file of score vectors."""

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any, Final

import numpy as np
from numpy.typing import NDArray

from vidcat.inference.export.scored_by import ScoredBy
from vidcat.inference.results import ResultHead, ResultKey

if TYPE_CHECKING:
    from vidcat.inference.scored import Scored

METADATA: Final = b"vidcat.score_vectors"
"""Where the schema of a file keeps its `ScoredBy`."""
FEW_VALUES: Final = ("status", "text_state", "visual_state", "language")
"""The columns whose values repeat."""


class PyarrowMissing(ImportError):
    """Parquet files need pyarrow, which is not installed."""


def require_pyarrow() -> None:
    """Refuses to go on without pyarrow.

    Raises:
        PyarrowMissing: If it is not installed; says how to get it.
    """
    try:
        import pyarrow.parquet  # noqa: F401
    except ImportError:
        raise PyarrowMissing(
            "Score vectors are kept in Parquet files, which need pyarrow. "
            "Run `pip install pyarrow`."
        ) from None


def schema_of(scored_by: ScoredBy) -> Any:
    """The schema of a file of scores, a `pyarrow.Schema`.

    Args:
        scored_by: What makes the scores; kept in the schema's metadata.
    """
    import pyarrow as pa

    text = pa.string()
    columns = [
        pa.field("id", text, nullable=False),
        pa.field("source_version", text),
        pa.field("content_sha256", text),
        pa.field("status", text, nullable=False),
        pa.field("text_state", text, nullable=False),
        pa.field("visual_state", text, nullable=False),
        pa.field("reason", text),
        pa.field("duration_seconds", pa.float64()),
        pa.field("language", text),
    ]
    for name, labels in (("text", scored_by.text), ("visual", scored_by.visual)):
        if labels is not None:
            # Not a list of fixed size: pyarrow 25 cannot read those with nulls.
            columns.append(pa.field(name, pa.list_(pa.float32())))
    return pa.schema(columns, metadata={METADATA: scored_by.to_json()})


def table_of(scored: "Sequence[Scored]", schema: Any) -> Any:
    """Scores of videos as a `pyarrow.Table`.

    Args:
        scored: What text and frames say of N videos.
        schema: What `schema_of` gave.
    """
    import pyarrow as pa

    heads = [one.head for one in scored]
    columns: dict[str, Any] = {
        "id": [one.id for one in heads],
        "source_version": [one.key.source_version for one in heads],
        "content_sha256": [one.key.content_sha256 for one in heads],
        "status": [one.status for one in heads],
        "text_state": [one.parts["text"] for one in heads],
        "visual_state": [one.parts["visual"] for one in heads],
        "reason": [one.reason for one in heads],
        "duration_seconds": [one.row.duration_seconds for one in scored],
        "language": [one.language for one in scored],
        "text": [one.text.probabilities for one in scored],
        "visual": [one.visual.probabilities for one in scored],
    }
    return pa.table(
        [
            _vectors(columns[column.name])
            if column.name in {"text", "visual"}
            else pa.array(columns[column.name], column.type)
            for column in schema
        ],
        schema=schema,
    )


def heads_of(batch: Any, bundle: str) -> tuple[ResultHead, ...]:
    """The results without categories that a `pyarrow.RecordBatch` holds.

    Args:
        batch: Rows of a file.
        bundle: Content hash of what made the scores.
    """
    names = (
        *("id", "source_version", "content_sha256", "status"),
        *("text_state", "visual_state", "reason"),
    )
    return tuple(
        ResultHead(
            id=video_id,
            key=ResultKey(source_version=version, content_sha256=sha256, bundle=bundle),
            status=status,
            parts={"text": text, "visual": visual},
            reason=reason,
        )
        for video_id, version, sha256, status, text, visual, reason in zip(
            *(batch.column(name).to_pylist() for name in names), strict=True
        )
    )


def vectors_of(batch: Any, name: str, labels: int) -> NDArray[np.float32]:
    """A column of vectors, of shape `(N, labels)`; not a number where it is silent.

    Args:
        batch: A `pyarrow.RecordBatch`.
        name: The column.
        labels: Length of its vectors.

    Raises:
        ValueError: If a vector has another length.
    """
    column = batch.column(name)
    lengths = column.drop_null().value_lengths().to_numpy(zero_copy_only=False)
    if (lengths != labels).any():
        raise ValueError(
            f"`{name}` must have {labels} values a row. Received: "
            f"{sorted(set(lengths.tolist()))}"
        )
    speaks = column.is_valid().to_numpy(zero_copy_only=False)
    vectors = np.full((len(column), labels), np.nan, np.float32)
    said = column.drop_null().flatten().to_numpy(zero_copy_only=False)
    vectors[speaks] = said.reshape(-1, labels)
    return vectors


def _vectors(rows: Sequence[NDArray[np.float32] | None]) -> Any:
    import pyarrow as pa

    said = [np.empty(0, np.float32) if one is None else one for one in rows]
    ends = np.cumsum([0, *map(len, said)], dtype=np.int32)
    return pa.ListArray.from_arrays(
        pa.array(ends),
        pa.array(np.concatenate(said)),
        mask=pa.array([one is None for one in rows]),
    )
