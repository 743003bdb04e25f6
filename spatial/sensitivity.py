"""How stable hot areas are when the same cases are counted otherwise.

A hot area is a connected set of hot cells. A variant of the analysis has units of its own (the same
cells with another measure, coarser or finer cells, townships), some of them hot. Base cells and
units meet in *pieces*: a piece lies in one cell and in one unit and holds some cases. A hot area is
hot in the variant when enough of its cases lie in units that are hot there.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike, NDArray

from spatial._checks import check_choice, check_not_negative, check_same_length
from spatial.hot_areas import NO_AREA, NO_UNIT, hot_areas

MEASURE, SCALE, TOWNSHIP = KINDS = ("measure", "scale", "township")
"""What a variant changes: what is counted, the size of the cells, or cells into townships."""

HOT, NOT_HOT, NOT_TESTED = 1, 0, -1

NEEDED_SHARE = 0.5
"""Share of an area's cases in hot units from which it counts as hot, and in tested units from which
it counts as tested: the half."""

STABLE, LOCAL, BY_MEASURE, BY_SCALE, BY_BOTH, UNTESTED = VERDICTS = (
    "stable",
    "local",
    "measure",
    "scale",
    "both",
    "untested",
)


@dataclass(frozen=True)
class Variant:
    """One way of counting the same cases again.

    Attributes
    ----------
    name : str
    kind : str
        ``measure``, ``scale`` or ``township``.
    hot, tested : ndarray of bool, shape (units,)
    piece_cell, piece_unit : ndarray of int64, shape (pieces,)
        Position of each piece's base cell and of its unit, unit -1 where it lies in none.
    cases : ndarray of float, shape (pieces,)
        Cases of each piece, in the base result's measure.
    needed : float
        Share of cases in hot units that makes an area hot. Units whose neighbourhoods cover less
        land than the base's can light no more of an area than that; see `finer_share`.
    """

    name: str
    kind: str
    hot: NDArray[np.bool_]
    tested: NDArray[np.bool_]
    piece_cell: NDArray[np.int64]
    piece_unit: NDArray[np.int64]
    cases: NDArray[np.float64]
    needed: float = NEEDED_SHARE


@dataclass(frozen=True)
class Sensitivity:
    """Hot areas and what became of them in each variant.

    Attributes
    ----------
    area : ndarray of int64, shape (cells,)
        Hot area of each base cell, -1 for cells that are not hot. Areas are numbered by their
        smallest cell.
    names, kinds : tuple of str
        Of the variants, in the order of the columns.
    status : ndarray of int8, shape (areas, variants)
        1 hot, 0 not hot, -1 not tested.
    share : ndarray of float, shape (areas, variants)
        Share of the area's tested cases that lie in hot units; NaN where nothing was tested.
    elsewhere : ndarray of int64, shape (variants,)
        Hot units of the variant that meet no hot area: what only that variant sees.
    verdict : ndarray of str, shape (areas,)
        ``stable``, ``local``, ``measure``, ``scale``, ``both`` or ``untested``; see `judge`.
    """

    area: NDArray[np.int64]
    names: tuple[str, ...]
    kinds: tuple[str, ...]
    status: NDArray[np.int8]
    share: NDArray[np.float64]
    elsewhere: NDArray[np.int64]
    verdict: NDArray[np.str_]


def sensitivity(cells: ArrayLike, hot: ArrayLike, variants: Sequence[Variant]) -> Sensitivity:
    """Say for each hot area of a result how stable it is under variants of the analysis.

    Parameters
    ----------
    cells : array_like of int64, shape (n,)
        Distinct H3 cells of the base result.
    hot : array_like of bool, shape (n,)
    variants : sequence of Variant

    Returns
    -------
    Sensitivity

    Raises
    ------
    ValueError
        If lengths differ, a piece names a cell or unit that is not there, cases are negative, a
        kind is unknown, a needed share is not in (0, 1], or two variants have one name.

    Notes
    -----
    Status of an area ``A`` in a variant, sums over the pieces of its cells, ``c`` their cases (one
    each where the area has none)::

        tested = Σ c·[unit tested] / Σ c        share = Σ c·[unit hot] / Σ c·[unit tested]
        not tested if tested < 1/2, else hot if share ≥ needed, else not hot

    References
    ----------
    .. [1] Openshaw, S. (1984), The modifiable areal unit problem. Geo Books, Norwich.

    Examples
    --------
    >>> from spatial.grid import cells_of_points
    >>> cells = cells_of_points([39.0, 39.003, 39.1], [83.0, 83.0, 83.0], 9)
    >>> here = np.arange(3)
    >>> callers = Variant("callers", "measure", np.array([False, True, False]),
    ...                   np.ones(3, bool), here, here, np.array([2.0, 6.0, 5.0]))
    >>> found = sensitivity(cells, [True, True, True], [callers])
    >>> found.area, found.share[:, 0], found.verdict
    (array([0, 0, 1]), array([0.75, 0.  ]), array(['stable', 'measure'], dtype='<U8'))
    """
    own = np.asarray(cells, dtype=np.int64)
    area = hot_areas(own, hot)
    n_areas = int(area.max(initial=NO_AREA)) + 1
    names = tuple(variant.name for variant in variants)
    if len(set(names)) != len(names):
        raise ValueError(f"variants: every name may be given only once, found {names}")
    status = np.full((n_areas, len(names)), NOT_TESTED, dtype=np.int8)
    share = np.full((n_areas, len(names)), np.nan)
    elsewhere = np.zeros(len(names), dtype=np.int64)
    for column, variant in enumerate(variants):
        checked = _check_variant(variant, own.size)
        status[:, column], share[:, column] = _persistence(area, n_areas, checked)
        elsewhere[column] = _hot_elsewhere(area, checked)
    kinds = tuple(variant.kind for variant in variants)
    return Sensitivity(area, names, kinds, status, share, elsewhere, judge(status, kinds))


def finer_share(steps: int = 1) -> float:
    """Return the share of cases that cells `steps` resolutions finer need to show an area hot.

    A single source lights its neighbourhood, seven cells; of that land the neighbourhood of a
    finer cell covers one seventh. Half of it is asked for, as everywhere.

    Examples
    --------
    >>> round(finer_share(), 4)
    0.0714
    """
    return float(NEEDED_SHARE / 7**steps)


def judge(status: ArrayLike, kinds: Sequence[str]) -> NDArray[np.str_]:
    """Put into a word what became of each area.

    Parameters
    ----------
    status : array_like of int, shape (areas, variants)
        1 hot, 0 not hot, -1 not tested; what was not tested decides nothing.
    kinds : sequence of str, length variants

    Returns
    -------
    ndarray of str, shape (areas,)
        ``stable``: hot in every variant tested. ``local``: hot by every measure and size of cell,
        but not where townships are units. ``measure``: not hot by some measure; ``scale``: not hot
        at some size of cell; ``both``. ``untested``: no variant could be tested.

    Examples
    --------
    >>> judge([[1, 1, 1], [1, 1, 0], [0, 1, 1], [-1, 0, 0]], ["measure", "scale", "township"])
    array(['stable', 'local', 'measure', 'scale'], dtype='<U8')
    """
    for kind in kinds:
        check_choice("kinds", kind, KINDS)
    found = np.asarray(status, dtype=np.int64)
    found = found.reshape(len(found), len(kinds))
    lost = {
        kind: (found[:, [each == kind for each in kinds]] == NOT_HOT).any(axis=1) for kind in KINDS
    }
    verdict = np.full(len(found), STABLE, dtype=f"<U{max(map(len, VERDICTS))}")
    verdict[lost[TOWNSHIP]] = LOCAL
    verdict[lost[MEASURE]] = BY_MEASURE
    verdict[lost[SCALE]] = BY_SCALE
    verdict[lost[MEASURE] & lost[SCALE]] = BY_BOTH
    verdict[(found == NOT_TESTED).all(axis=1)] = UNTESTED
    return verdict


def _persistence(
    area: NDArray[np.int64], n_areas: int, variant: Variant
) -> tuple[NDArray[np.int8], NDArray[np.float64]]:
    """Return status and share of each area in a variant."""
    within = area[variant.piece_cell]
    kept = within != NO_AREA
    within, unit, cases = within[kept], variant.piece_unit[kept], variant.cases[kept]
    # An area may be hot by its neighbours' cases alone: then its land decides.
    empty = np.bincount(within, weights=cases, minlength=n_areas) == 0
    cases = np.where(empty[within], 1.0, cases)
    tested = (unit != NO_UNIT) & _at(variant.tested, unit)
    sums = [
        np.bincount(within, weights=cases * chosen, minlength=n_areas)
        for chosen in (np.ones(unit.size), tested, tested & _at(variant.hot, unit))
    ]
    total, of_tested, of_hot = sums
    share = np.divide(of_hot, of_tested, out=np.full(n_areas, np.nan), where=of_tested > 0)
    status = np.where(share >= variant.needed, HOT, NOT_HOT).astype(np.int8)
    status[(of_tested < NEEDED_SHARE * total) | (of_tested == 0)] = NOT_TESTED
    return status, share


def _hot_elsewhere(area: NDArray[np.int64], variant: Variant) -> int:
    """Count the variant's hot units that hold no piece of a hot area."""
    touched = np.zeros(variant.hot.size, dtype=bool)
    meets = (area[variant.piece_cell] != NO_AREA) & (variant.piece_unit != NO_UNIT)
    touched[variant.piece_unit[meets]] = True
    return int((variant.hot & variant.tested & ~touched).sum())


def _check_variant(variant: Variant, n_cells: int) -> Variant:
    check_choice("kind", variant.kind, KINDS)
    check_same_length(hot=np.asarray(variant.hot), tested=np.asarray(variant.tested))
    check_same_length(
        piece_cell=np.asarray(variant.piece_cell),
        piece_unit=np.asarray(variant.piece_unit),
        cases=np.asarray(variant.cases),
    )
    check_not_negative("cases", variant.cases)
    for name, values, lowest, size in (
        ("piece_cell", variant.piece_cell, 0, n_cells),
        ("piece_unit", variant.piece_unit, NO_UNIT, len(variant.hot)),
    ):
        positions = np.asarray(values)
        wrong = (positions < lowest) | (positions >= size)
        if wrong.any():
            raise ValueError(
                f"{name}: expected {lowest} to {size - 1}, found {positions[wrong][0]}"
            )
    if not 0 < variant.needed <= 1:
        raise ValueError(f"needed: expected a share above 0 and up to 1, found {variant.needed}")
    return variant


def _at(values: NDArray[np.bool_], unit: NDArray[np.int64]) -> NDArray[np.bool_]:
    """Return the units' values, false for the unit -1."""
    return np.append(np.asarray(values, dtype=bool), False)[unit]
