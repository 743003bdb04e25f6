"""Which townships the known rows around a point belong to."""

from __future__ import annotations

import numpy as np

from geodata.geocoding.index import Floats, Ints, NameIndex
from geodata.geocoding.pairs import FEATURE, Pairs

NEIGHBOURS = 14
SOFTENING = 60.0
"""Metres added to distances, so that one row very near does not outvote all others."""

LEAST_SHARE = 0.02
"""Added to shares before their logarithm is taken."""


def put_around(index: NameIndex, pairs: Pairs, east: Floats, north: Floats, group: Ints) -> None:
    """Put into the pairs how many of the rows around the address's likely point share the township.

    Parameters
    ----------
    east, north : ndarray of float, shape (n,)
        Likely point of each address; NaN where there is none.
    group : ndarray of int64, shape (n,)
        What is left out of the index for each.
    """
    n_rows = len(index.addresses)
    pointed = np.flatnonzero(~np.isnan(east))
    if index.tree is None or not len(pointed):
        return
    k = min(NEIGHBOURS, n_rows)
    off, row = index.tree.query(np.column_stack([east[pointed], north[pointed]]), k=k)
    off, row = np.reshape(off, (-1, k)), np.reshape(row, (-1, k))
    weight = (index.group[row] != group[pointed][:, None]) / (off + SOFTENING)
    weight /= np.maximum(weight.sum(axis=1, keepdims=True), 1e-12)
    place = np.full(len(east), -1)
    place[pointed] = np.arange(len(pointed))
    at = np.flatnonzero(place[pairs.query] >= 0)
    which = place[pairs.query[at]]
    same = index.area[row[which]] == index.area[pairs.row[at]][:, None]
    share = (weight[which] * same).sum(axis=1)
    pairs.values[at, FEATURE["around"]] = np.log(share + LEAST_SHARE)
