"""The space-time cube: how many cases each cell had in each step of time."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike, NDArray

from spatial._checks import check_same_length

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

    Returns
    -------
    Cube

    Raises
    ------
    ValueError
        If lengths differ, a step does not exist, or `all_cells` repeats a cell.

    Examples
    --------
    >>> cube = build_cube([7, 7, 5, -1], [0, 0, 1, 1], 2, measure=[4, 4, 4, 4])
    >>> cube.cells, cube.counts, cube.outside
    (array([5, 7]), array([[0, 1],
           [1, 0]]), 1)
    """
    cell_of_case = np.asarray(cells, dtype=np.int64)
    step_of_case = np.asarray(steps, dtype=np.int64)
    check_same_length(cells=cell_of_case, steps=step_of_case)
    if n_steps < 1:
        raise ValueError(f"n_steps: expected 1 or more, found {n_steps}")
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
    flat = place[inside] * n_steps + step_of_case[inside]
    if measure is not None:
        codes = np.asarray(measure, dtype=np.int64)
        check_same_length(cells=cell_of_case, measure=codes)
        flat = flat[_first_of_each(flat, codes[inside])]
    counts = np.bincount(flat, minlength=cube_cells.size * n_steps)
    return Cube(
        cells=cube_cells,
        counts=counts.reshape(cube_cells.size, n_steps).astype(np.int64),
        outside=int((~inside).sum()),
    )


def _cube_cells(cell_of_case: NDArray[np.int64], all_cells: ArrayLike | None) -> NDArray[np.int64]:
    if all_cells is None:
        return np.unique(cell_of_case[cell_of_case != UNKNOWN])
    given = np.asarray(all_cells, dtype=np.int64)
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
