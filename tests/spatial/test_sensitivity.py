"""Hot areas and their stability against a slow reading of the definition, and its properties."""

from __future__ import annotations

import dataclasses
from itertools import pairwise

import h3.api.numpy_int as h3
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.typing import NDArray

from spatial import Variant, hot_areas, pieces_across, sensitivity
from spatial.grid import parents
from spatial.sensitivity import HOT, KINDS, NOT_HOT, NOT_TESTED, VERDICTS, finer_share, judge

CENTRE = int(h3.latlng_to_cell(39.0, 83.0, 9))
DISK = np.array(sorted(int(cell) for cell in h3.grid_disk(CENTRE, 4)))
"""61 cells."""


def slow_areas(cells: list[int], hot: list[bool]) -> list[set[int]]:
    """Hot areas as sets of cells, by walking from neighbour to neighbour."""
    left = {cell for cell, is_hot in zip(cells, hot, strict=True) if is_hot}
    areas = []
    while left:
        area, edge = set(), {min(left)}
        while edge:
            area |= edge
            edge = {
                int(near) for cell in edge for near in h3.grid_disk(cell, 1) if int(near) in left
            } - area
        left -= area
        areas.append(area)
    return areas


def slow_status(
    area: set[int], pieces: list[tuple[int, int | None, float]], hot: set[int], tested: set[int],
    needed: float,
) -> int:  # fmt: skip
    """Status of one area by the words of its definition; pieces are (cell, unit, cases)."""
    own = [piece for piece in pieces if piece[0] in area]
    if sum(cases for *_, cases in own) == 0:
        own = [(cell, unit, 1.0) for cell, unit, _ in own]
    everything = sum(cases for *_, cases in own)
    in_tested = sum(cases for _, unit, cases in own if unit in tested)
    in_hot = sum(cases for _, unit, cases in own if unit in hot & tested)
    if not own or in_tested == 0 or in_tested < 0.5 * everything:
        return NOT_TESTED
    return HOT if in_hot / in_tested >= needed else NOT_HOT


def same_cells(name: str, hot: NDArray[np.bool_], cases: NDArray[np.float64]) -> Variant:
    here = np.arange(hot.size)
    return Variant(name, "measure", hot, np.ones(hot.size, bool), here, here, cases)


hot_sets = st.lists(st.booleans(), min_size=DISK.size, max_size=DISK.size).map(np.array)


@settings(max_examples=60, deadline=None)
@given(hot_sets)
def test_areas_are_what_walking_finds(hot: NDArray[np.bool_]) -> None:
    label = hot_areas(DISK, hot)
    expected = slow_areas(DISK.tolist(), hot.tolist())
    assert [set(DISK[label == i].tolist()) for i in range(len(expected))] == expected
    assert ((label == -1) == ~hot).all()


@pytest.mark.parametrize("size", [0, 5])
def test_no_hot_cell_no_area(size: int) -> None:
    cells, hot = DISK[:size], np.zeros(size, dtype=bool)
    assert (hot_areas(cells, hot) == -1).all()
    found = sensitivity(cells, hot, [same_cells("callers", hot, np.ones(size))])
    assert found.status.shape == (0, 1)
    assert found.verdict.shape == (0,)


@settings(max_examples=60, deadline=None)
@given(hot_sets, st.integers(0, 2**32), st.sampled_from([8, 9, 10]))
def test_status_is_the_definition(hot: NDArray[np.bool_], seed: int, resolution: int) -> None:
    rng = np.random.default_rng(seed)
    if resolution > 9:
        units = np.concatenate([h3.cell_to_children(int(cell), resolution) for cell in DISK])
        units = units.astype(np.int64)[rng.random(units.size) < 0.9]
    else:
        units = np.unique(parents(DISK, resolution))
    cell, unit = pieces_across(DISK, units)
    chosen = rng.random((2, units.size)) < [[0.3], [0.8]]
    cases = rng.poisson(0.7, cell.size).astype(float)
    needed = float(rng.choice([0.1, 0.5, 1.0]))
    variant = Variant("other", "scale", chosen[0], chosen[1], cell, unit, cases, needed)
    found = sensitivity(DISK, hot, [variant])
    of_cell = {
        (c, u): n for c, u, n in zip(cell.tolist(), unit.tolist(), cases.tolist(), strict=True)
    }
    pieces = [(int(DISK[c]), int(units[u]), n) for (c, u), n in of_cell.items()]
    for own, other, _ in pieces:
        fine, coarse = (own, other) if resolution <= 9 else (other, own)
        assert h3.cell_to_parent(fine, h3.get_resolution(coarse)) == coarse
    hot_units, tested_units = (set(units[each].tolist()) for each in chosen)
    expected = [
        slow_status(area, pieces, hot_units, tested_units, needed)
        for area in slow_areas(DISK.tolist(), hot.tolist())
    ]
    assert found.status[:, 0].tolist() == expected
    met = {other for own, other, _ in pieces if hot[DISK.tolist().index(own)]}
    assert found.elsewhere.tolist() == [len((hot_units & tested_units) - met)]


@settings(max_examples=40, deadline=None)
@given(hot_sets, st.integers(0, 2**32))
def test_a_variant_equal_to_the_base_is_stable(hot: NDArray[np.bool_], seed: int) -> None:
    cases = np.random.default_rng(seed).poisson(1.0, DISK.size).astype(float)
    found = sensitivity(DISK, hot, [same_cells("again", hot, cases)])
    assert (found.verdict == "stable").all()
    assert (found.share == 1).all()
    assert found.elsewhere.tolist() == [0]


@settings(max_examples=40, deadline=None)
@given(hot_sets, hot_sets, st.integers(0, 2**32))
def test_relabelling_cells_changes_nothing(
    hot: NDArray[np.bool_], other: NDArray[np.bool_], seed: int
) -> None:
    rng = np.random.default_rng(seed)
    cases = rng.poisson(2.0, DISK.size).astype(float)
    order, units = rng.permutation(DISK.size), rng.permutation(DISK.size)
    plain = sensitivity(DISK, hot, [same_cells("v", other, cases)])
    # Pieces in the old order point at cells and units in their new places.
    moved = dataclasses.replace(
        same_cells("v", other[units], cases),
        piece_cell=np.argsort(order),
        piece_unit=np.argsort(units),
    )
    again = sensitivity(DISK[order], hot[order], [moved])
    assert (again.area == plain.area[order]).all()
    assert (again.status == plain.status).all()
    np.testing.assert_allclose(again.share, plain.share)


@settings(max_examples=40, deadline=None)
@given(hot_sets, hot_sets)
def test_more_hot_cells_never_take_an_area_away(
    hot: NDArray[np.bool_], other: NDArray[np.bool_]
) -> None:
    cases = np.ones(DISK.size)
    variants = [same_cells("few", other & hot, cases), same_cells("many", other | hot, cases)]
    found = sensitivity(DISK, hot, variants)
    assert (found.status[:, 0] <= found.status[:, 1]).all()
    assert (found.status[:, 1] == HOT).all()


def test_one_source_is_still_hot_in_finer_cells() -> None:
    """A single source lights seven cells; seen finer, seven children are the seventh of that."""
    lit = np.array(sorted(int(cell) for cell in h3.grid_disk(CENTRE, 1)))
    children = np.concatenate([h3.cell_to_children(int(c), 10) for c in lit]).astype(np.int64)
    source = h3.cell_to_center_child(CENTRE, 10)
    hot = np.isin(children, [int(cell) for cell in h3.grid_disk(source, 1)])
    cell, unit = pieces_across(lit, children)
    every = np.ones(children.size, bool)
    finer = Variant("finer", "scale", hot, every, cell, unit, np.ones(cell.size), finer_share())
    found = sensitivity(lit, np.ones(7, bool), [finer])
    assert found.share[0, 0] == pytest.approx(1 / 7)
    assert found.verdict.tolist() == ["stable"]
    strict = dataclasses.replace(finer, needed=0.5)
    assert sensitivity(lit, np.ones(7, bool), [strict]).verdict.tolist() == ["scale"]


def test_every_combination_has_its_word() -> None:
    words = {
        (1, 1, 1): "stable", (1, 1, 0): "local", (0, 1, 1): "measure", (1, 0, 1): "scale",
        (0, 0, 1): "both", (0, 1, 0): "measure", (1, 0, 0): "scale", (0, 0, 0): "both",
        (-1, -1, -1): "untested", (1, -1, -1): "stable", (-1, -1, 0): "local", (-1, 0, -1): "scale",
    }  # fmt: skip
    for status, word in words.items():
        assert judge([status], KINDS).tolist() == [word]
    assert set(words.values()) == set(VERDICTS)


def test_each_of_several_variants_of_a_kind_decides() -> None:
    kinds = ("measure", "measure", "scale")
    assert judge([[1, 0, 1], [1, -1, 1]], kinds).tolist() == ["measure", "stable"]


def test_inputs_stay_as_they_are() -> None:
    hot = np.arange(DISK.size) % 3 == 0
    variant = same_cells("v", hot, np.ones(DISK.size))
    arrays = [DISK, hot, *(v for v in vars(variant).values() if isinstance(v, np.ndarray))]
    before = [array.copy() for array in arrays]
    for array in arrays:
        array.setflags(write=False)
    sensitivity(DISK, hot, [variant])
    for array, copy in zip(arrays, before, strict=True):
        assert (array == copy).all()
        array.setflags(write=True)


PLAIN = same_cells("v", np.ones(DISK.size, bool), np.ones(DISK.size))


@pytest.mark.parametrize(
    ("change", "told"),
    [
        ({"kind": "colour"}, "kind: expected one of measure, scale, township, found 'colour'"),
        ({"cases": -np.ones(DISK.size)}, "cases: no value may be negative, found -1.0"),
        ({"cases": np.full(DISK.size, np.nan)}, "cases: every value must be finite, found nan"),
        ({"cases": np.ones(3)}, "cases: expected as many entries as piece_cell"),
        ({"tested": np.ones(3, bool)}, "tested: expected as many entries as hot"),
        ({"piece_unit": np.full(DISK.size, 99)}, "piece_unit: expected -1 to 60, found 99"),
        ({"piece_cell": np.full(DISK.size, -1)}, "piece_cell: expected 0 to 60, found -1"),
        ({"needed": 0.0}, "needed: expected a share above 0 and up to 1, found 0.0"),
    ],
)
def test_what_cannot_be_is_told(change: dict[str, object], told: str) -> None:
    wrong = dataclasses.replace(PLAIN, **change)  # type: ignore[arg-type]
    with pytest.raises(ValueError, match="^" + told.replace("(", r"\(")):
        sensitivity(DISK, np.ones(DISK.size, bool), [wrong])


def test_wrong_base_results_are_told() -> None:
    with pytest.raises(ValueError, match="hot: expected as many entries as cells"):
        hot_areas(DISK, [True])
    with pytest.raises(ValueError, match="hot: every value must be finite, found nan"):
        hot_areas(DISK[:2], [np.nan, 1])
    with pytest.raises(ValueError, match="hot: expected true or false, found 2"):
        hot_areas(DISK[:2], [2, 1])
    with pytest.raises(ValueError, match="only once"):
        hot_areas(np.repeat(DISK[:1], 2), [True, True])
    with pytest.raises(ValueError, match="variants: every name may be given only once"):
        sensitivity(DISK, np.zeros(DISK.size, bool), [PLAIN, PLAIN])
    with pytest.raises(ValueError, match="kinds: expected one of"):
        judge([[1]], ["other"])


def test_areas_are_numbered_by_their_smallest_cell() -> None:
    rng = np.random.default_rng(3)
    order = rng.permutation(DISK.size)
    label = hot_areas(DISK[order], rng.random(DISK.size) < 0.3)
    first = [DISK[order][label == i].min() for i in range(label.max() + 1)]
    assert all(earlier < later for earlier, later in pairwise(first))
