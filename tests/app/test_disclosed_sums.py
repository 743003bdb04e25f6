"""No figure that is not told follows from the others: by trying all entries that fit."""

from __future__ import annotations

from itertools import product

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from app.cases.disclosed_sums import Sums, disclosed_sums, range_of
from app.cases.disclosure import HIDDEN, bounds, disclosed

MOST = 16
FREE = np.zeros((0, 3))


def worlds(parts: np.ndarray, shown: np.ndarray) -> np.ndarray:
    """Return the figures of all entries up to `MOST` that would be shown so."""
    entries = np.array(list(product(range(MOST), repeat=parts.shape[1])))
    figures = entries @ parts.T
    low, high = (np.array(each) for each in zip(*map(bounds, shown), strict=True))
    return figures[((figures >= low) & (figures <= high)).all(axis=1)]


@settings(max_examples=40, deadline=None)
@given(
    st.lists(st.integers(0, 6), min_size=3, max_size=3),
    st.lists(st.lists(st.booleans(), min_size=3, max_size=3), min_size=1, max_size=5),
)
def test_more_than_one_value_fits_whatever_is_not_told(
    entries: list[int], rows: list[list[bool]]
) -> None:
    parts = np.unique(np.array([row for row in rows if any(row)] or [[1, 1, 1]], float), axis=0)
    sums = Sums(np.array(entries), parts, FREE, np.zeros(len(parts), bool))
    shown = disclosed_sums(sums)
    told = shown != HIDDEN
    assert np.array_equal(shown[told], np.asarray(disclosed(sums.figures))[told])
    assert (sums.figures[~told] > 0).all()
    fitting = worlds(parts, shown)
    for figure in np.flatnonzero(shown < 0):
        assert len(set(fitting[:, figure])) > 1, (entries, parts.tolist(), shown.tolist())


def test_what_others_show_is_not_hidden_and_what_shares_with_it_is() -> None:
    """4 and 4 with 8, shown as 10, which another page shows: one of the parts is hidden."""
    parts = np.array([[1, 0, 0], [0, 1, 0], [1, 1, 0]], float)
    sums = Sums(np.array([4, 4, 0]), parts, FREE, np.array([False, False, True]))
    plain = np.asarray(disclosed(sums.figures))
    assert plain.tolist() == [-1, -1, 10]
    assert [range_of(sums, plain, at) for at in (0, 1)] == [(4, 4), (4, 4)]
    shown = disclosed_sums(sums)
    assert shown[2] == 10
    assert sorted(shown[:2].tolist()) == [HIDDEN, -1]
    assert all(low < high for low, high in (range_of(sums, shown, at) for at in (0, 1)))


def test_entries_that_fit_nothing_are_told() -> None:
    sums = Sums(np.array([1, 1, 1]), np.ones((1, 3)), FREE, np.zeros(1, bool))
    tied = Sums(sums.entries, sums.parts, np.ones((1, 3)), sums.fixed)
    with pytest.raises(RuntimeError, match="no entries fit"):
        range_of(tied, np.array([5]), 0)
