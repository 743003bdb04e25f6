"""The two small models behind a score: which row is meant, and how sure one may be of it."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy.optimize import minimize

from geodata.geocoding.index import Floats, Ints

RIDGE = 1.0
"""Pull of the weights towards their prior values, in units of one row's information."""


STEPS = {"maxiter": 40}
"""Steps of the search for weights: it begins near its end, and more change no third digit."""


NEWTON_STEPS = 60
LONGEST_STEP = 2.0
SETTLED = 1e-9

DIGITS = 6
"""Digits of fitted weights that are kept: the rest differs between machines."""


def linear(values: Floats, weights: Floats) -> Floats:
    """Return the weighted sum of each row's features.

    Column by column: a matrix product rounds differently with the number of rows, and an address
    must score the same alone and among others.
    """
    total = np.zeros(len(values))
    for column, weight in enumerate(weights):
        total += values[:, column] * weight
    return total


def shares(logits: Floats, query: Ints, n: int) -> Floats:
    """Return the softmax of the logits among the pairs of each query."""
    top = np.full(n, -np.inf)
    np.maximum.at(top, query, logits)
    weight = np.exp(logits - top[query])
    return np.asarray(weight / np.bincount(query, weight, minlength=n)[query])


def fit_choice(
    values: Floats, query: Ints, right: NDArray[np.bool_], n: int, prior: Floats
) -> Floats:
    """Fit a conditional logit: the weights under which the right rows get most of the mass.

    Parameters
    ----------
    values : ndarray, shape (m, k)
        Features of the pairs.
    query : ndarray of int64, shape (m,)
        Sorted; which choice each pair belongs to.
    right : ndarray of bool, shape (m,)
        Whether the pair's row is right. Queries without a right row say nothing.
    n : int
        Number of queries.
    prior : ndarray, shape (k,)
        Weights to which few data fall back.
    """
    answerable = np.zeros(n, dtype=bool)
    answerable[query[right]] = True
    keep = answerable[query]
    values, query, right = values[keep], query[keep], right[keep]
    if not len(query):
        return prior

    query = np.unique(query, return_inverse=True)[1]
    starts = np.searchsorted(query, np.arange(query[-1] + 1))

    def loss(weights: Floats) -> tuple[float, Floats]:
        logits = values @ weights
        share = np.exp(logits - np.maximum.reduceat(logits, starts)[query])
        share /= np.add.reduceat(share, starts)[query]
        mass = np.add.reduceat(share * right, starts)
        among_right = np.where(right, share / np.maximum(mass[query], 1e-300), 0.0)
        gradient = values.T @ (share - among_right)
        off = weights - prior
        value = -np.log(np.maximum(mass, 1e-300)).sum() + RIDGE * (off**2).sum() / 2
        return float(value), gradient + RIDGE * off

    found = minimize(loss, prior, jac=True, method="L-BFGS-B", options=STEPS)  # type: ignore[call-overload]
    return np.asarray(np.round(found.x, DIGITS))


@dataclass(frozen=True, eq=False)
class Logistic:
    """A probability from features: intercept first."""

    weights: Floats

    def predict(self, values: Floats) -> Floats:
        """Return the probability for each row."""
        return np.asarray(1 / (1 + np.exp(-linear(with_one(values), self.weights))))


def fit_logistic(values: Floats, right: NDArray[np.bool_], prior: Floats) -> Logistic:
    """Fit a logistic regression that falls back to prior weights where data are few."""
    values = with_one(values)
    weights = prior.copy()
    for _ in range(NEWTON_STEPS):
        likely = 1 / (1 + np.exp(-np.clip(values @ weights, -30, 30)))
        gradient = values.T @ (likely - right) + RIDGE * (weights - prior)
        curvature = (values * (likely * (1 - likely))[:, None]).T @ values
        curvature[np.diag_indices_from(curvature)] += RIDGE
        step = np.linalg.solve(curvature, gradient)
        # Never a leap: far from the answer a Newton step may overshoot.
        weights = weights - step / max(1.0, float(np.abs(step).max()) / LONGEST_STEP)
        if np.abs(step).max() < SETTLED:
            break
    return Logistic(np.round(weights, DIGITS))


def with_one(values: Floats) -> Floats:
    """Return features with a leading column of ones."""
    return np.column_stack([np.ones(len(values)), values])
