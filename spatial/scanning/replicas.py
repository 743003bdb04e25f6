"""What counts look like where nothing clusters: replicas of the same number of cases."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from spatial._compiled import chunks
from spatial.scanning.problem import Problem

# Replicas that share a generator. Fixed, so that neither memory nor cores change what is drawn.
REPLICAS_OF_A_STREAM = 64


def null_counts(
    problem: Problem, n: int, streams: Sequence[np.random.Generator]
) -> NDArray[np.int32]:
    """Draw replicas under the model's null, given the number of cases.

    Poisson: each case falls where expected cases say; with scatter, relative rates are drawn
    first (gamma laws with mean 1, one for each area and one for each of its steps). Bernoulli:
    cases are drawn from all individuals without replacement. Space-time permutation: cases keep
    their places and exchange their times.

    Parameters
    ----------
    problem : Problem
    n : int
    streams : sequence of numpy Generator
        One for each `REPLICAS_OF_A_STREAM` replicas, the last perhaps for fewer.

    Returns
    -------
    ndarray of int32, shape (areas, steps + 1, n)
        Running sums over the steps, with a leading zero.
    """
    areas, steps = problem.counts.shape
    drawn = np.zeros((areas, steps + 1, n), dtype=np.int32)
    draw = _Draw(problem)
    parts = chunks(n, REPLICAS_OF_A_STREAM)
    for (first, last), rng in zip(parts, streams, strict=True):
        for replica in range(first, last):
            drawn[:, 1:, replica] = np.cumsum(draw.once(rng).reshape(areas, steps), axis=1)
    return drawn


class _Draw:
    """One replica after the other; what they share is computed once."""

    def __init__(self, problem: Problem) -> None:
        self._model, self._cases = problem.model, problem.cases
        self._scatter, self._measure = problem.scatter, problem.measure
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

    def once(self, rng: np.random.Generator) -> NDArray[np.int64]:
        """Return the counts of one replica, shape (areas × steps,)."""
        if self._model == "bernoulli":
            drawn: NDArray[np.int64] = rng.multivariate_hypergeometric(
                self._individuals, self._cases, method="marginals"
            )
            return drawn
        if self._model == "space_time_permutation":
            bins = self._first_bin + rng.permutation(self._step)
            return np.bincount(bins, minlength=self._bins)
        if any(self._scatter):
            scattered = self._measure * self._rates(rng)
            return rng.multinomial(self._cases, (scattered / scattered.sum()).ravel())
        if self._cases > self._bins:
            return rng.multinomial(self._cases, self._share)
        # Few cases in many places: placing each is less work than asking every place. Running
        # sums of exponential gaps are uniform numbers already in order, which are found fast.
        gaps = rng.standard_exponential(self._cases + 1).cumsum()
        bins = np.searchsorted(self._upper, gaps[:-1] / gaps[-1], side="right")
        return np.bincount(np.minimum(bins, self._bins - 1), minlength=self._bins)

    def _rates(self, rng: np.random.Generator) -> NDArray[np.float64]:
        """Return relative rates of areas and steps with mean 1."""
        rates = np.ones_like(self._measure)
        for dispersion, shape in zip(self._scatter, ((len(rates), 1), rates.shape), strict=True):
            if dispersion > 0:
                rates *= rng.gamma(1 / dispersion, dispersion, shape)
        # Under a huge dispersion all rates may be too small for a number.
        return rates if (rates * self._measure).any() else np.ones_like(rates)
