"""Which rows of several files of scores count: those of the last file of a video."""

from collections.abc import Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray


def rows_that_count(ids: Sequence[Any]) -> tuple[NDArray[np.bool_], ...]:
    """Marks the rows whose videos are in no later file.

    Files that several processes wrote may have a video twice, if it was done again.

    Args:
        ids: The ids in each file, `pyarrow.ChunkedArray`s of text; at least one.

    Returns:
        For each file an array of shape `(rows,)`.
    """
    import pyarrow as pa

    # Offsets of all ids together may not fit into 32 bits.
    tables = [pa.table({"id": one.cast(pa.large_string())}) for one in ids]
    together = pa.concat_tables(tables).column("id").combine_chunks()
    encoded = together.dictionary_encode()
    codes = encoded.indices.to_numpy(zero_copy_only=False)
    lengths = [len(one) for one in ids]
    file_of_row = np.repeat(np.arange(len(ids)), lengths)
    last_file = np.zeros(len(encoded.dictionary), np.int64)
    # Of several values for one place the last is kept, and files come in order.
    last_file[codes] = file_of_row
    counts = last_file[codes] == file_of_row
    return tuple(np.split(counts, np.cumsum(lengths)[:-1]))
