"""Numbers keep the place in which they first came, however many there are."""

from __future__ import annotations

import numpy as np
import pyarrow as pa
from hypothesis import given
from hypothesis import strategies as st

from geodata.caller_numbers import NumberPlaces, mobile_numbers


@given(st.lists(st.lists(st.integers(1, 40)), max_size=8))
def test_places_are_those_of_a_dictionary(batches: list[list[int]]) -> None:
    places, known = NumberPlaces(), {}
    for batch in batches:
        expected = [known.setdefault(number, len(known)) for number in batch]
        place, _ = places.find_or_add(np.array(batch, dtype=np.int64))
        assert place.tolist() == expected
        assert places.count == len(known)


def test_many_numbers() -> None:
    rng = np.random.default_rng(1)
    places, met = NumberPlaces(), {}
    for _ in range(5):
        numbers = rng.integers(13_000_000_000, 13_000_300_000, 100_000)
        place, new = places.find_or_add(numbers)
        for number in new.tolist():
            met[number] = len(met)
        assert place.tolist() == [met[number] for number in numbers.tolist()]


def test_only_plain_mobile_numbers_are_numbers() -> None:
    texts = pa.array(
        ["19900000001", "12900000001", "1990000000", "1990000000a", "", None, "１９９"]
    )
    assert mobile_numbers(texts).tolist() == [19900000001, 0, 0, 0, 0, 0, 0]
    assert mobile_numbers(texts[1:]).tolist() == [0] * 6
