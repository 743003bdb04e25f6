from __future__ import annotations

import numpy as np
import pytest
from shapely.geometry import box

from spatial import hex_weights
from spatial.grid import cells_of_polygon

CELLS = cells_of_polygon(box(83.0, 39.0, 83.1, 39.06), 8)


@pytest.mark.parametrize(("k", "most"), [(1, 7), (2, 19), (3, 37)])
def test_rings_have_the_hexagonal_numbers(k: int, most: int) -> None:
    big = cells_of_polygon(box(83.0, 39.0, 83.2, 39.15), 8)
    assert hex_weights(big, k).sum(axis=1).max() == most
    assert hex_weights(big, k, include_self=False).sum(axis=1).max() == most - 1


def test_weights_are_binary_symmetric_and_in_the_callers_order() -> None:
    order = np.random.default_rng(1).permutation(CELLS.size)
    plain, shuffled = hex_weights(CELLS).toarray(), hex_weights(CELLS[order]).toarray()
    assert (plain == plain.T).all()
    assert set(np.unique(plain)) == {0.0, 1.0}
    assert (shuffled == plain[np.ix_(order, order)]).all()


def test_a_cell_alone_has_no_neighbours() -> None:
    alone = hex_weights(CELLS[[0, -1]], include_self=False)
    assert alone.nnz == 0
    assert alone.shape == (2, 2)


def test_a_negative_reach_is_refused() -> None:
    with pytest.raises(ValueError, match="k: expected 0 or more"):
        hex_weights(CELLS, -1)
    with pytest.raises(ValueError, match=r"k: expected a whole number, found 1\.5"):
        hex_weights(CELLS, 1.5)  # type: ignore[arg-type]
    with pytest.raises(ValueError, match="cells: every value must be finite, found nan"):
        hex_weights([np.nan])
