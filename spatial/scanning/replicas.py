"""What counts look like where nothing clusters: replicas of the same number of cases."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from spatial.scanning.problem import Problem


def null_counts(problem: Problem, n: int, rng: np.random.Generator) -> NDArray[np.int32]:
    """Draw replicas under the model's null, given the number of cases.

    Poisson: each case falls where expected cases say. Bernoulli: cases are drawn from all
    individuals without replacement. Space-time permutation: cases keep their places and
    exchange their times.

    Parameters
    ----------
    problem : Problem
    n : int
    rng : numpy Generator

    Returns
    -------
    ndarray of int32, shape (areas, steps + 1, n)
        Running sums over the steps, with a leading zero.
    """
    areas, steps = problem.counts.shape
    drawn = np.zeros((areas, steps + 1, n), dtype=np.int32)
    draw = _Draw(problem, rng)
    for replica in range(n):
        drawn[:, 1:, replica] = np.cumsum(draw.once().reshape(areas, steps), axis=1)
    return drawn


class _Draw:
    """One replica after the other; what they share is computed once."""

    def __init__(self, problem: Problem, rng: np.random.Generator) -> None:
        self._rng, self._model, self._cases = rng, problem.model, problem.cases
        measure = problem.measure.ravel()
        self._bins = measure.size
        if problem.model == "poisson":
            self._share = measure / measure.sum()
            self._upper = np.cumsum(self._share)
            self._upper[-1] = 1.0
        elif problem.model == "bernoulli":
            self._individuals = measure.astype(np.int64)
        else:
            areas, steps = problem.counts.shape
            self._first_bin = np.repeat(np.arange(areas) * steps, problem.counts.sum(axis=1))
            self._step = np.repeat(np.arange(steps), problem.counts.sum(axis=0))

    def once(self) -> NDArray[np.int64]:
        """Return the counts of one replica, shape (areas × steps,)."""
        if self._model == "bernoulli":
            drawn: NDArray[np.int64] = self._rng.multivariate_hypergeometric(
                self._individuals, self._cases, method="marginals"
            )
            return drawn
        if self._model == "space_time_permutation":
            bins = self._first_bin + self._rng.permutation(self._step)
            return np.bincount(bins, minlength=self._bins)
        if self._cases > self._bins:
            return self._rng.multinomial(self._cases, self._share)
        # Few cases in many places: placing each is less work than asking every place.
        bins = np.searchsorted(self._upper, self._rng.random(self._cases), side="right")
        return np.bincount(bins, minlength=self._bins)
