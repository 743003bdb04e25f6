"""Columns of numbers with leading zeros, written digit by digit."""

from __future__ import annotations

import numpy as np
import pyarrow as pa

from geodata.sample.demand import Integers

_AT_ONCE = 4
_GROUPS = np.array([list(b"%04d" % number) for number in range(10**_AT_ONCE)], dtype=np.uint8)
"""Every group of four digits: dividing is dearer than looking up."""


def numbered(numbers: Integers, digits: int, prefix: str) -> pa.Array:
    """Write a prefix and a zero-padded number in each row.

    Parameters
    ----------
    numbers : ndarray of int64, shape (n,)
        0 ≤ number < 10^digits.
    digits : int
    prefix : str
        ASCII.

    Returns
    -------
    pyarrow.Array of string, length n

    Examples
    --------
    >>> numbered(np.array([7, 120]), 4, "AH").to_pylist()
    ['AH0007', 'AH0120']
    >>> numbered(np.array([123456789]), 9, "1").to_pylist()
    ['1123456789']
    """
    width = len(prefix) + digits
    written = np.empty((len(numbers), width), dtype=np.uint8)
    written[:, : len(prefix)] = np.frombuffer(prefix.encode("ascii"), dtype=np.uint8)
    rest = numbers
    for end in range(width, len(prefix), -_AT_ONCE):
        rest, group = np.divmod(rest, 10**_AT_ONCE)
        start = max(end - _AT_ONCE, len(prefix))
        written[:, start:end] = _GROUPS[group, _AT_ONCE - (end - start) :]
    offsets = np.arange(len(numbers) + 1, dtype=np.int32) * width
    return pa.StringArray.from_buffers(
        len(numbers), pa.py_buffer(offsets), pa.py_buffer(written.ravel())
    )
