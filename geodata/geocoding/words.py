"""What the words in a name say of its township, where nobody knows the name itself.

Streets of one quarter are named alike: after its old village, after one theme, after each other. Of
a name that is not known, each piece counts for the townships whose names have it (naive Bayes).
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import scipy.sparse as sp
from numpy.typing import NDArray

if TYPE_CHECKING:
    from geodata.geocoding.index import NameIndex

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]

SMOOTHING = 2.0
"""Names by which a township is taken to be like the whole city."""


class AreaWords:
    """Which pieces of names belong to which township of an index."""

    def __init__(self, index: NameIndex) -> None:
        areas = max(len(index.area_names), 1)
        area = index.area[index.post_row[index.group_post]]
        pieces = index.name_pieces.astype(bool).astype(float).tocsr()[index.group_name]
        member = sp.csr_array(
            (np.ones(len(area)), (area, np.arange(len(area)))), shape=(areas, len(area))
        )
        self._counts = (member @ pieces).T.tocsr()
        self._names = np.bincount(area, minlength=areas).astype(float)
        self._expected = SMOOTHING * np.asarray(self._counts.sum(axis=1)).ravel()
        self._expected /= max(self._names.sum(), 1.0)
        gained = self._counts.copy()
        token = np.repeat(np.arange(gained.shape[0]), np.diff(gained.indptr))
        gained.data = np.log1p(gained.data / self._expected[token])
        self._gained = gained

    def weigh(self, pieces: sp.csr_array, left_out: list[tuple[Ints, Ints] | None]) -> Floats:
        """Return log-likelihoods of each township for texts, up to a constant for each text.

        Parameters
        ----------
        pieces : sparse array, shape (n, tokens)
        left_out : list of length n
            Tokens and areas of the name that is to be treated as unknown, where there is one.
        """
        which = pieces.astype(bool).astype(float).tocsr()
        lengths = np.diff(which.indptr)[:, None]
        found = (which @ self._gained).toarray()
        found -= lengths * np.log1p(self._names / SMOOTHING)
        found += np.log1p(self._names)
        for row, own in enumerate(left_out):
            if own is not None:
                tokens, areas = own
                for area in areas.tolist():
                    found[row, area] -= self._own_share(tokens, area, int(lengths[row, 0]))
        return np.asarray(found)

    def _own_share(self, tokens: Ints, area: int, length: int) -> float:
        """Return what a name itself added to the likelihood of its own township."""
        count = np.asarray(self._counts[tokens][:, [area]].toarray()).ravel()
        expected = self._expected[tokens]
        with_it = np.log1p(count / expected).sum()
        without = np.log1p(np.maximum(count - 1, 0) / expected).sum()
        names = self._names[area]
        sizes = np.log1p(names / SMOOTHING) - np.log1p(max(names - 1, 0) / SMOOTHING)
        return float(with_it - without - length * sizes)


def own_names(index: NameIndex, name: int) -> tuple[Ints, Ints]:
    """Return the tokens of a name and the areas it lies in."""
    posts = slice(index.post_start[name], index.post_start[name + 1])
    row = index.name_pieces[[name]].tocsr()
    return row.indices.astype(np.int64), np.unique(index.area[index.post_row[posts]])
