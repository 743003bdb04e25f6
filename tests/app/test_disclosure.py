"""Nobody can reckon a suppressed count from what is shown: by trying every table that fits."""

from __future__ import annotations

from itertools import product

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra.numpy import array_shapes, arrays

from app.cases.disclosed_tables import MOST_ENTRIES, disclosed_table, feasible_range
from app.cases.disclosure import (
    HIDDEN,
    SUPPRESSED,
    SUPPRESSION_THRESHOLD,
    bounds,
    disclosed,
    disclosed_rate,
    disclosed_share,
    told,
)

SMALL = range(1, SUPPRESSION_THRESHOLD)


def fitting(row: list[int], total: int) -> list[tuple[int, ...]]:
    """List every row that would be shown as `row` with `total`, by trying all of them."""
    shown = [[n for n in range(40) if disclosed(n) == each] for each in row]
    return [values for values in product(*shown) if disclosed(sum(values)) == total]


def test_small_counts_are_not_told_and_others_are_rounded() -> None:
    counts = np.arange(14).reshape(2, 7)
    assert disclosed(counts).tolist() == [[0, -1, -1, -1, -1, 5, 5], [5, 10, 10, 10, 10, 10, 15]]
    assert [told(disclosed(n)) for n in (0, 1, 4, 5, 1003)] == ["0", "<5", "<5", "5", "1005"]
    with pytest.raises(ValueError, match="below zero"):
        disclosed(np.array([3, SUPPRESSED]))


@given(st.integers(0, 10**6))
def test_bounds_hold_every_count_shown_so_and_no_other(count: int) -> None:
    low, high = bounds(disclosed(count))
    assert low <= count <= high
    assert disclosed(int(low)) == disclosed(int(high)) == disclosed(count)
    assert disclosed(int(high) + 1) != disclosed(count)


def test_rates_and_shares_come_from_what_may_be_shown() -> None:
    assert disclosed_rate(4, 1000) is None
    assert disclosed_rate(11, 1000) == disclosed_rate(9, 1000) == 0.01
    assert disclosed_rate(0, 1000) == 0
    assert disclosed_rate(9, 0) is None
    assert disclosed_share(0.97, callers=4) is None
    assert disclosed_share(0.28, callers=5) == disclosed_share(0.32, callers=90) == 0.3


@pytest.mark.parametrize("row", [[3, 20, 40], [1, 0, 7]])
def test_suppression_without_rounding_tells(row: list[int]) -> None:
    """The reason to round at all: a true total less the others."""
    shown = [SUPPRESSED if n in SMALL else n for n in row]
    told_by_total = sum(row) - sum(n for n in shown if n != SUPPRESSED)
    assert told_by_total == row[shown.index(SUPPRESSED)]
    fits = fitting(disclosed(np.array(row)).tolist(), disclosed(sum(row)))
    assert len({values[shown.index(SUPPRESSED)] for values in fits}) > 1


@pytest.mark.parametrize("row", [[1, 1, 5], [4, 4], [1] * 7])
def test_rounding_alone_tells_in_small_rows(row: list[int]) -> None:
    """The reason to check tables: here one row only fits."""
    shown = disclosed(np.array(row)).tolist()
    assert fitting(shown, disclosed(sum(row))) == [tuple(row)]
    assert (
        feasible_range(np.array(shown), {(0,): np.asarray(disclosed(sum(row)))}, (0,))
        == (row[0],) * 2
    )
    table = disclosed_table(np.array(row))
    for i in np.flatnonzero(table.parts < 0):
        least, greatest = feasible_range(table.parts, table.totals, (int(i),))
        assert least < greatest


@settings(max_examples=60, deadline=None)
@given(st.lists(st.integers(0, 9), min_size=1, max_size=4))
def test_the_program_finds_what_trying_all_rows_finds(row: list[int]) -> None:
    shown = disclosed(np.array(row))
    total = np.asarray(disclosed(sum(row)))
    fits = fitting(shown.tolist(), int(total))
    for i in range(len(row)):
        values = [each[i] for each in fits]
        assert feasible_range(shown, {(0,): total}, (i,)) == (min(values), max(values))


def assert_shown_or_hidden(shown: np.ndarray, true: np.ndarray) -> None:
    hidden = shown == HIDDEN
    assert np.array_equal(shown[~hidden], np.asarray(disclosed(true))[~hidden])
    assert (true[hidden] > 0).all()


@settings(max_examples=60, deadline=None)
@given(
    arrays(
        np.int64,
        array_shapes(min_dims=1, max_dims=3, max_side=4),
        elements=st.one_of(st.integers(0, 5), st.integers(0, 30)),
    )
)
def test_no_suppressed_count_of_any_table_can_be_reckoned(counts: np.ndarray) -> None:
    """Cells × classes × periods with every row, column and grand total."""
    table = disclosed_table(counts)
    for axes, totals in table.totals.items():
        assert_shown_or_hidden(totals, counts.sum(axis=axes))
    assert_shown_or_hidden(table.parts, counts)
    for entry in map(tuple, np.argwhere(table.parts < 0)):
        least, greatest = feasible_range(table.parts, table.totals, entry)
        assert least < greatest, (counts.tolist(), table.parts.tolist(), entry)


def test_tables_without_small_counts_hide_nothing() -> None:
    counts = np.array([[10, 20, 0], [31, 12, 55]])
    table = disclosed_table(counts)
    assert table.parts.tolist() == [[10, 20, 0], [30, 10, 55]]
    with pytest.raises(ValueError, match="at most"):
        disclosed_table(np.zeros(MOST_ENTRIES + 1, dtype=int))
