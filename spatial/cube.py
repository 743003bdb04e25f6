"""The space-time cube: how many cases each cell had in each step of time."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike, NDArray

from spatial._checks import check_codes, check_counts, check_same_length, check_whole

UNKNOWN = -1


@dataclass(frozen=True)
class Cube:
    """Counts by cell and step.

    Attributes
    ----------
    cells : ndarray of int64, shape (m,)
        Distinct cells in ascending order.
    counts : ndarray of int64, shape (m, n_steps)
    outside : int
        Cases that are in no cell of the cube, so that nothing vanishes silently.
    """

    cells: NDArray[np.int64]
    counts: NDArray[np.int64]
    outside: int


def build_cube(
    cells: ArrayLike,
    steps: ArrayLike,
    n_steps: int,
    all_cells: ArrayLike | None = None,
    measure: ArrayLike | None = None,
    counts: ArrayLike | None = None,
) -> Cube:
    """Count cases by cell and step.

    Parameters
    ----------
    cells : array_like of int64, shape (n,)
        Cell of each case, -1 where it has none.
    steps : array_like of int, shape (n,)
        Step of each case, 0 to ``n_steps - 1``.
    n_steps : int
        Number of steps.
    all_cells : array_like of int64, optional
        Cells of the cube, those without cases among them; by default the cells that have cases.
    measure : array_like of int, shape (n,), optional
        Codes, of callers or incidents, of which every one counts once in a cell and step. Cases
        with code -1 (unknown) cannot be told apart and count one each.
    counts : array_like of int, shape (n,), optional
        How many cases each entry stands for, where they were counted before; not together with
        `measure`.

    Returns
    -------
    Cube

    Raises
    ------
    ValueError
        If lengths differ, a code is not a whole number from -1 up, a step does not exist,
        `all_cells` repeats a cell, a count is negative or not whole, or `counts` and `measure` are
        both given.

    References
    ----------
    Esri, ArcGIS Pro, "Create Space Time Cube By Aggregating Points".

    Examples
    --------
    >>> cube = build_cube([7, 7, 5, -1], [0, 0, 1, 1], 2, measure=[4, 4, 4, 4])
    >>> cube.cells, cube.counts, cube.outside
    (array([5, 7]), array([[0, 1],
           [1, 0]]), 1)
    >>> build_cube([7, 5], [0, 1], 2, counts=[3, 8]).counts.tolist()
    [[0, 8], [3, 0]]
    """
    cell_of_case, step_of_case = check_codes("cells", cells), check_codes("steps", steps)
    check_same_length(cells=cell_of_case, steps=step_of_case)
    n_steps = check_whole("n_steps", n_steps, 1)
    wrong = (step_of_case < 0) | (step_of_case >= n_steps)
    if wrong.any():
        raise ValueError(
            f"steps: every step must lie in 0 to {n_steps - 1}, found {step_of_case[wrong][0]}"
        )
    cube_cells = _cube_cells(cell_of_case, all_cells)
    place = np.searchsorted(cube_cells, cell_of_case).clip(max=max(cube_cells.size - 1, 0))
    inside = np.zeros(cell_of_case.size, dtype=bool)
    if cube_cells.size:
        inside = cube_cells[place] == cell_of_case
    stands_for = _stands_for(counts, measure, cell_of_case)
    flat = place[inside] * n_steps + step_of_case[inside]
    size = cube_cells.size * n_steps
    if measure is not None:
        codes = check_codes("measure", measure)
        check_same_length(cells=cell_of_case, measure=codes)
        totals = np.bincount(flat[_first_of_each(flat, codes[inside])], minlength=size)
    else:
        totals = np.bincount(flat, weights=stands_for[inside], minlength=size)
    return Cube(
        cells=cube_cells,
        counts=totals.reshape(cube_cells.size, n_steps).astype(np.int64),
        outside=int(stands_for[~inside].sum()),
    )


def _stands_for(
    counts: ArrayLike | None, measure: ArrayLike | None, cells: NDArray[np.int64]
) -> NDArray[np.float64]:
    """Return how many cases each entry is: whole numbers, exact as floats below 2**53."""
    if counts is None:
        return np.ones(cells.size)
    if measure is not None:
        raise ValueError("counts: entries counted before have no `measure` of their own")
    given = check_counts("counts", counts)
    check_same_length(cells=cells, counts=given)
    return given


def _cube_cells(cell_of_case: NDArray[np.int64], all_cells: ArrayLike | None) -> NDArray[np.int64]:
    if all_cells is None:
        return np.unique(cell_of_case[cell_of_case != UNKNOWN])
    given = check_codes("all_cells", all_cells)
    distinct = np.unique(given)
    if distinct.size != given.size:
        raise ValueError("all_cells: every cell may be given only once")
    return distinct


def _first_of_each(flat: NDArray[np.int64], codes: NDArray[np.int64]) -> NDArray[np.bool_]:
    """Return which cases are the first of their code in their cell and step."""
    order = np.lexsort((codes, flat))
    first = np.ones(flat.size, dtype=bool)
    same_place = flat[order][1:] == flat[order][:-1]
    same_code = codes[order][1:] == codes[order][:-1]
    first[order[1:]] = ~(same_place & same_code & (codes[order][1:] != UNKNOWN))
    return first
