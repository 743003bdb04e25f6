"""What Arrow's columns are made of."""

from __future__ import annotations

from typing import Any

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


def repeated(text: str, n: int, missing: NDArray[np.bool_] | None = None) -> pa.DictionaryArray:
    """Return one text in each of `n` rows but the missing ones.

    Examples
    --------
    >>> repeated("x", 2, np.array([False, True])).to_pylist()
    ['x', None]
    """
    indices = pa.array(np.zeros(n, dtype=np.int32), mask=missing)
    return pa.DictionaryArray.from_arrays(indices, pa.array([text]))


def typed(values: Any, kind: pa.DataType) -> pa.Array:
    """Return values as an array of a type; of text, as a dictionary or written out.

    Parameters
    ----------
    values : pyarrow.Array, ndarray or list
    kind : pyarrow.DataType

    Examples
    --------
    >>> coded = typed(["x", None, "x"], pa.dictionary(pa.int32(), pa.string()))
    >>> len(coded.dictionary), typed(coded, pa.string()).to_pylist()
    (1, ['x', None, 'x'])
    """
    coded = pa.types.is_dictionary(kind)
    plain = kind.value_type if coded else kind
    array = values if isinstance(values, pa.Array) else pa.array(values, plain)
    if array.type == kind:
        return array
    array = array.cast(plain)
    return array.dictionary_encode() if coded else array
