"""The bytes of a column of text, for compiled loops."""

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
