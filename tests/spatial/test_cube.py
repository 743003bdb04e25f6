from __future__ import annotations

from collections import Counter
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from numpy.testing import assert_array_equal

from spatial import build_cube

case = st.tuples(
    st.sampled_from([-1, 3, 5, 8, 2**62]), st.integers(0, 3), st.sampled_from([-1, 0, 1])
)


@given(st.lists(case, max_size=40))
def test_counts_are_those_of_a_plain_tally(cases: list[tuple[int, int, int]]) -> None:
    cells, steps, callers = (
        (list(column) for column in zip(*cases, strict=True)) if cases else ([], [], [])
    )
    given_cells = [8, 3, 4]
    cube = build_cube(cells, steps, 4, all_cells=given_cells)
    tally = Counter((cell, step) for cell, step, _ in cases)
    assert cube.cells.tolist() == [3, 4, 8]
    assert cube.counts.tolist() == [[tally[cell, step] for step in range(4)] for cell in (3, 4, 8)]
    assert cube.outside == sum(cell not in given_cells for cell, _, _ in cases)
    distinct = Counter((cell, step) for cell, step, caller in set(cases) if caller != -1)
    distinct.update((cell, step) for cell, step, caller in cases if caller == -1)
    by_caller = build_cube(cells, steps, 4, measure=callers)
    for cell, row in zip(by_caller.cells, by_caller.counts, strict=True):
        assert row.tolist() == [distinct[cell, step] for step in range(4)]


def test_without_a_list_the_cells_with_cases_make_the_cube() -> None:
    cube = build_cube([9, -1, 4], [0, 0, 1], 2)
    assert cube.cells.tolist() == [4, 9]
    assert cube.counts.sum() == 2
    assert cube.outside == 1


def test_wrong_input_is_refused() -> None:
    with pytest.raises(ValueError, match="steps: every step must lie in 0 to 1, found 2"):
        build_cube([1], [2], 2)
    with pytest.raises(ValueError, match="steps: expected as many entries as cells"):
        build_cube([1, 2], [0], 2)
    with pytest.raises(ValueError, match="measure: expected as many entries"):
        build_cube([1, 2], [0, 1], 2, measure=[1])
    with pytest.raises(ValueError, match="n_steps: expected 1 or more"):
        build_cube([1], [0], 0)
    with pytest.raises(ValueError, match="all_cells: every cell may be given only once"):
        build_cube([1], [0], 1, all_cells=[1, 1])


def test_an_empty_city_has_an_empty_cube() -> None:
    cube = build_cube([], [], 3, all_cells=np.array([5, 7]))
    assert cube.counts.tolist() == [[0, 0, 0], [0, 0, 0]]


def test_counted_before_is_as_counted_here() -> None:
    rng = np.random.default_rng(8)
    cells, steps = rng.integers(1, 9, 500), rng.integers(0, 3, 500)
    groups, times = np.unique(np.stack([cells, steps]), axis=1, return_counts=True)
    counted = build_cube(groups[0], groups[1], 3, counts=times)
    assert_array_equal(counted.counts, build_cube(cells, steps, 3).counts)
    with pytest.raises(ValueError, match="counts: no value may be negative, found -1"):
        build_cube([1], [0], 1, counts=[-1])
    with pytest.raises(ValueError, match="counts: entries counted before"):
        build_cube([1], [0], 1, counts=[2], measure=[5])


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"cells": [5.0, np.nan]}, "cells: every value must be finite, found nan"),
        ({"steps": [0, 0.9]}, "steps: codes must be whole numbers, found 0.9"),
        ({"measure": [1, -5]}, r"measure: codes must be -1 \(unknown\) or more, found -5"),
        ({"cells": ["5", "5"]}, "cells: expected numbers, found"),
        ({"n_steps": 1.5}, "n_steps: expected a whole number, found 1.5"),
    ],
)
def test_values_are_never_rounded_to_fit(change: dict[str, Any], message: str) -> None:
    arguments: dict[str, Any] = {"cells": [5, 5], "steps": [0, 1], "n_steps": 2} | change
    with pytest.raises(ValueError, match=message):
        build_cube(**arguments)
