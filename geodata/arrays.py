"""What Arrow's columns are made of."""

from __future__ import annotations

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray


def text_buffers(column: pa.StringArray) -> tuple[NDArray[np.int32], NDArray[np.uint8]]:
    """Return where the texts of a column begin and end, shape (n + 1,), and all their bytes."""
    _, offsets, data = column.buffers()
    begin, end = column.offset, column.offset + len(column) + 1
    texts = np.empty(0, np.uint8) if data is None else np.frombuffer(data, np.uint8)
    return np.frombuffer(offsets, np.int32)[begin:end], texts


def in_one(column: pa.ChunkedArray) -> pa.Array:
    """Return a column as one array; it is copied only where it is not one already.

    Examples
    --------
    >>> in_one(pa.chunked_array([[1], [2, 3]])).to_pylist()
    [1, 2, 3]
    """
    return column.chunk(0) if column.num_chunks == 1 else column.combine_chunks()
