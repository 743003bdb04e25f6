"""Counts over codes against plain loops."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from spatial.coded_counts import (
    Condition,
    Grouping,
    add_counts,
    count_distinct,
    keep_rows,
    pair_groups,
    split_rows,
)

CODES, GROUPS, PEOPLE = 5, 3, 40

COMPILING = settings(deadline=None)


@st.composite
def tables(draw):
    n = draw(st.integers(0, 60))
    rng = np.random.default_rng(draw(st.integers(0, 2**32 - 1)))
    kind = draw(st.sampled_from([np.uint8, np.uint16, np.uint32]))
    groupings = [
        Grouping(
            rng.integers(0, CODES, n).astype(kind),
            rng.integers(-1, GROUPS, CODES).astype(np.int32),
            GROUPS,
        )
        for _ in range(2)
    ]
    who = rng.integers(0, PEOPLE, n).astype(np.uint32)
    return rng.random(n) < 0.7, *groupings, who


def cases_by_pair(kept, rows, columns, who):
    found = {}
    for i in np.flatnonzero(kept):
        pair = rows.group[rows.codes[i]], columns.group[columns.codes[i]]
        if min(pair) >= 0:
            found.setdefault(pair, []).append(int(who[i]))
    return found


@given(tables())
@COMPILING
def test_counts_are_those_of_a_loop(drawn):
    kept, rows, columns, who = drawn
    counts = np.ones((GROUPS, GROUPS), dtype=np.int32)
    add_counts(counts, kept, rows, columns)
    found = cases_by_pair(kept, rows, columns, who)
    for pair, count in np.ndenumerate(counts - 1):
        assert count == len(found.get(pair, ()))


@given(tables(), st.integers(1, 50))
@COMPILING
def test_distinct_codes_of_all_ranges_add_up_to_those_of_a_loop(drawn, size):
    kept, rows, columns, who = drawn
    split = split_rows(kept, who, PEOPLE, size)
    counts = np.zeros(GROUPS * GROUPS, dtype=np.int32)
    for number in range(-(-PEOPLE // size)):
        picked, codes = split.of_range(number)
        counts += count_distinct(
            pair_groups(picked, rows, columns), codes, GROUPS * GROUPS, size + 1
        )
    found = cases_by_pair(kept, rows, columns, who)
    for pair, count in np.ndenumerate(counts.reshape(GROUPS, GROUPS)):
        mine = found.get(pair, [])
        assert count == len({code for code in mine if code}) + mine.count(0)


@given(tables())
@COMPILING
def test_rows_are_kept_that_meet_all_conditions(drawn):
    _, one, other, _ = drawn
    allowed = [table.group >= 0 for table in (one, other)]
    conditions = [Condition(one.codes, allowed[0]), Condition(other.codes, allowed[1])]
    kept = keep_rows(one.codes.size, conditions)
    expected = [
        bool(allowed[0][a] and allowed[1][b]) for a, b in zip(one.codes, other.codes, strict=True)
    ]
    assert kept.tolist() == expected


def test_columns_of_other_lengths_are_refused():
    short = np.zeros(2, dtype=np.uint8)
    with pytest.raises(ValueError, match="entries"):
        keep_rows(3, [Condition(short, np.ones(1, dtype=bool))])
