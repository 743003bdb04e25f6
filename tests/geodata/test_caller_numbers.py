"""Numbers have the hashes of the standard library, however many there are."""

from __future__ import annotations

import hashlib

import numpy as np
import pyarrow as pa
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from geodata.caller_numbers import (
    HASH_BYTES,
    NumberHashes,
    hexadecimal,
    mobile_numbers,
    state_after_key,
)

mobiles = st.integers(13_000_000_000, 19_999_999_999)


def by_the_standard_library(key: bytes, number: int) -> str:
    return hashlib.blake2s(b"%d" % number, key=key, digest_size=HASH_BYTES).hexdigest()


@settings(deadline=None)
@given(st.binary(min_size=1, max_size=32), st.lists(st.lists(mobiles), max_size=4))
def test_hashes_are_those_of_the_standard_library(key: bytes, batches: list[list[int]]) -> None:
    hashes = NumberHashes(key)
    for batch in batches:
        found = hexadecimal(hashes.digests(np.array(batch, dtype=np.int64)))
        assert found.to_pylist() == [by_the_standard_library(key, number) for number in batch]
    assert hashes.count == len({number for batch in batches for number in batch})


def test_many_numbers() -> None:
    key, rng = b"k" * 32, np.random.default_rng(1)
    hashes, met = NumberHashes(key), {}
    for _ in range(5):
        numbers = rng.integers(13_000_000_000, 13_000_300_000, 100_000)
        for number in np.unique(numbers).tolist():
            if number not in met:
                met[number] = by_the_standard_library(key, number)
        found = hexadecimal(hashes.digests(numbers)).to_pylist()
        assert found == [met[number] for number in numbers.tolist()]
        assert hashes.count == len(met)


@pytest.mark.parametrize("key", [b"", b"k" * 33])
def test_a_key_of_no_use_is_refused(key: bytes) -> None:
    with pytest.raises(ValueError, match=f"a key of {len(key)} bytes"):
        state_after_key(key, HASH_BYTES)


def test_only_plain_mobile_numbers_are_numbers() -> None:
    texts = pa.array(
        ["19900000001", "12900000001", "1990000000", "1990000000a", "", None, "１９９"]
    )
    assert mobile_numbers(texts).tolist() == [19900000001, 0, 0, 0, 0, 0, 0]
    assert mobile_numbers(texts[1:]).tolist() == [0] * 6
