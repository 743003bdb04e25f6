"""Callers become keyed hashes: the same caller the same one, and nobody can be called back.

References
----------
.. [1] RFC 7693, The BLAKE2 Cryptographic Hash and Message Authentication Code.
"""

from __future__ import annotations

import hashlib
import threading
from collections.abc import Callable

import numpy as np
import polars as pl
import pyarrow as pa
from numpy.typing import NDArray

from geodata.caller_numbers import HASH_BYTES, NumberHashes, hexadecimal, mobile_numbers

HASH_DIGITS = 2 * HASH_BYTES
"""The same in hexadecimal, as the store has it."""

REMEMBERED_CALLERS = 1 << 21
"""Numbers whose hash is kept at hand while a file is read: 200 MB, 300 while their table grows."""

_SHORTEST_NUMBER = 7  # digits of a local telephone number in a small city

_NOBODY = (
    r"^(?:匿名.{0,4}|不详|未知|保密|无|市民|群众|居民|热心市民|anonymous|unknown|0*"
    r"|.{0,2}(?:先生|女士|小姐|同志))$"
)
_NUMBER = r"^[0-9+\-().]+$"
_PLAIN_MOBILE = r"^1[3-9][0-9]{9}$"
_MOBILE = r"^(?:0{0,2}86|0)?(1[3-9][0-9]{9})$"


def normalise_callers(values: pl.Series) -> pl.Series:
    """Reduce callers' numbers, accounts or names to what identifies them.

    Numbers lose punctuation, the country code 86 and a trunk 0 before a mobile number; anything
    else is folded in width and case. Words that name nobody (匿名, 张先生) become null: hashing
    them would make one busy caller of many.

    Examples
    --------
    >>> normalise_callers(pl.Series(["+86 138-0000-0000", "张先生"])).to_list()
    ['13800000000', None]
    """
    rest = (~values.str.contains(_PLAIN_MOBILE)).arg_true()
    return values if rest.is_empty() else values.scatter(rest, _normalise(values.gather(rest)))


def _normalise(values: pl.Series) -> pl.Series:
    text = values.str.normalize("NFKC").str.to_lowercase().str.replace_all(r"\s+", "")
    digits = text.str.replace_all("[^0-9]", "")
    numeric = text.str.contains(_NUMBER) & (digits.str.len_bytes() >= _SHORTEST_NUMBER)
    number = digits.str.extract(_MOBILE).fill_null(digits)
    return number.zip_with(numeric, text).set(text.str.contains(_NOBODY), None)


def caller_hash(key: bytes, value: str) -> str | None:
    """Keyed pseudonym of a caller: keyed BLAKE2s of 128 bits, in hexadecimal.

    Parameters
    ----------
    key : bytes
        The home's secret key, 1–32 bytes; without it a hash cannot be traced to a number by
        trial.
    value : str
        Telephone number, account or name as the file has it.

    Returns
    -------
    str or None
        None where the value names nobody.

    Examples
    --------
    >>> caller_hash(b"k" * 32, "138 0000 0000") == caller_hash(b"k" * 32, "+8613800000000")
    True
    """
    pseudonym: str | None = hash_callers(key, pl.Series([value]))[0]
    return pseudonym


def hash_callers(key: bytes, values: pl.Series) -> pl.Series:
    """Hash a column of callers, each distinct one once; nulls stay null."""
    return CallerHasher(key).hash(values)


def _hasher(key: bytes) -> Callable[[bytes], bytes]:
    # Taking in the key once and copying that is quicker than doing it for every caller.
    keyed = hashlib.blake2s(key=key, digest_size=HASH_BYTES)

    def hash_one(caller: bytes) -> bytes:
        taken = keyed.copy()
        taken.update(caller)
        return taken.digest()

    return hash_one


class CallerHasher:
    """Hash columns of callers, remembering the mobile numbers that came before.

    The same caller calls again, in the next rows or in the next batch. What is remembered lives as
    long as this object. May be used by several threads.

    Parameters
    ----------
    key : bytes
        The home's secret key.

    Examples
    --------
    >>> hasher = CallerHasher(b"k" * 32)
    >>> twice = hasher.hash(pl.Series(["13800000000", None, "138-0000-0000"]))
    >>> twice[0] == twice[2] == caller_hash(b"k" * 32, "13800000000"), twice[1] is None
    (True, True)
    """

    def __init__(self, key: bytes) -> None:
        self._key = key
        self._hash_one = _hasher(key)
        self._lock = threading.Lock()
        self._numbers = NumberHashes(key)

    def hash(self, values: pl.Series) -> pl.Series:
        """Return the hash of each caller, in hexadecimal; null where there is none."""
        return pl.Series(values.name, self.hash_column(values.to_arrow()), dtype=pl.String)

    def hash_column(self, values: pa.Array) -> pa.StringArray:
        """As `hash`, of and as an array of Arrow's."""
        values = values.cast(pa.string())
        numbers = mobile_numbers(values)
        if numbers.all():
            return self._hash_numbers(numbers)
        rest = np.flatnonzero(numbers == 0)
        callers = normalise_callers(pl.Series(values.take(pa.array(rest)), dtype=pl.String))
        texts = callers.to_arrow().cast(pa.string())
        numbers[rest] = mobile_numbers(texts)
        known = self._hash_numbers(numbers[numbers != 0])
        others = self._hash_texts(callers.set(pl.Series(numbers[rest] != 0), None)).to_arrow()
        row = np.cumsum(numbers != 0) - 1
        row[rest] = np.where(numbers[rest] != 0, row[rest], len(known) + np.arange(len(rest)))
        return pa.concat_arrays([known, others.cast(pa.string())]).take(pa.array(row))

    def _hash_texts(self, callers: pl.Series) -> pl.Series:
        callers = callers.alias("caller")
        distinct = callers.drop_nulls().unique()
        digests = list(map(self._hash_one, distinct.cast(pl.Binary).to_list()))
        hashes = pl.Series("hash", digests, dtype=pl.Binary).bin.encode("hex")
        known = pl.DataFrame([distinct, hashes])
        joined = callers.to_frame().join(known, on="caller", how="left", maintain_order="left")
        return joined["hash"]

    def _hash_numbers(self, numbers: NDArray[np.int64]) -> pa.StringArray:
        with self._lock:
            if self._numbers.count > REMEMBERED_CALLERS:
                self._numbers = NumberHashes(self._key)
            digests = self._numbers.digests(numbers)
        return hexadecimal(digests)
