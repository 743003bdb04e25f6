"""The dispersion's likelihood when the ordinary cells' common level is fitted along with it.

Hot cells raise the total to which expected counts are scaled, so that the ordinary ones lie below
theirs. Taken for dispersion, that would hide the very cells that it comes from.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Protocol, TypeVar

import numpy as np
import scipy.sparse
from numpy.typing import NDArray
from scipy import optimize

LARGEST_DISPERSION = 1e4
# The level of the ordinary cells is sought within this factor (as logarithm) of what is expected.
FARTHEST_LEVEL = float(np.log(2.0))
ROUNDS = 12

Caps = TypeVar("Caps")


class GroupedCounts(Protocol[Caps]):
    """Counts that come grouped, such as `CountTable`, where the members are described."""

    @property
    def times(self) -> NDArray[np.int64]: ...
    @property
    def cell(self) -> NDArray[np.int64]: ...
    @property
    def pair(self) -> NDArray[np.int64]: ...

    def natural_step(self) -> float:
        """Return the dispersion that doubles the variance of the group with most to say."""

    def caps(self, dispersion: float, log_level: float = 0.0) -> Caps:
        """Return what ordinary counts of each group seldom exceed."""

    def truncated(self, caps: Caps) -> Likelihood:
        """Return the likelihood of the counts within the caps."""


class Likelihood(Protocol):
    """Log-likelihood of ordinary counts, the law conditioned on being ordinary."""

    @property
    def table(self) -> GroupedCounts[Any]: ...

    def at(self, dispersion: float, log_level: float = 0.0) -> float:
        """Return the log-likelihood of a dispersion and a common level."""

    def of_pairs(self, dispersion: float, log_level: float = 0.0) -> NDArray[np.float64]:
        """Return that of every distinct pair of group and count."""


@dataclass(frozen=True)
class DispersionProfile:
    """Likelihood of the dispersion, with the level that goes best with each.

    Attributes
    ----------
    likelihood : Likelihood
    phi, log_level : float
        Where it is largest; the level is the factor on all expected counts.
    lean : float
        How the best level's logarithm moves with the dispersion.
    """

    likelihood: Likelihood
    phi: float
    log_level: float
    lean: float

    @classmethod
    def fitted(cls, table: GroupedCounts[Any]) -> DispersionProfile:
        """Return the profile where caps and truncated likelihood agree, from Poisson up."""
        phi, log_level = 0.0, 0.0
        for _ in range(ROUNDS):
            likelihood = table.truncated(table.caps(phi, log_level))
            before = phi, log_level
            phi = _best_dispersion(likelihood, log_level, phi)
            log_level = _best_level(likelihood, phi)
            near = abs(phi - before[0]) <= 1e-3 * before[0] + 1e-9
            if near and abs(log_level - before[1]) <= 1e-3:
                break
        likelihood = table.truncated(table.caps(phi, log_level))
        return cls(likelihood, phi, log_level, _lean(likelihood, phi, log_level))

    def along(self, phi: float) -> tuple[float, float]:
        """Return a dispersion and the level that goes best with it."""
        level = self.log_level + self.lean * (phi - self.phi)
        return phi, min(max(level, -FARTHEST_LEVEL), FARTHEST_LEVEL)

    def scale(self, overlap: scipy.sparse.csr_array | None) -> float:
        """Return how much of the likelihood to believe: the scores' slope over their variance.

        Scores are summed by cell, and over neighbourhoods that overlap. The share is below 1
        where counts that belong together say the same thing more than once, and never above.
        """
        table = self.likelihood.table
        step = _step(table, self.phi)
        low, middle, high = (
            self.likelihood.of_pairs(*self.along(self.phi + i * step)) for i in range(3)
        )
        slope = -float((table.times * (high - 2 * middle + low)).sum()) / step**2
        score = ((high - low) / (2 * step))[table.pair]
        size = 0 if overlap is None else overlap.shape[0]
        by_cell = np.bincount(table.cell, score, minlength=size)
        clustered = float((by_cell**2).sum())
        if overlap is not None:
            clustered = max(clustered, float((by_cell * (overlap @ by_cell)).sum()))
        return min(slope / clustered, 1.0) if slope > 0 and clustered > 0 else 1.0

    def quantile(self, scale: float, point: float) -> float:
        """Return the dispersion at a normal quantile of the confidence distribution.

        There the signed root of the scaled likelihood ratio equals the quantile; Poisson, the
        least that there is, stands for all that would lie below it.
        """
        best = self.likelihood.at(*self.along(self.phi))

        def beyond(at: float) -> float:
            # The root is nearly straight in the dispersion, which makes it quick to invert.
            fall = max(0.0, best - self.likelihood.at(*self.along(at)))
            return float(np.sqrt(2.0 * scale * fall)) - abs(point)

        if point == 0:
            return self.phi
        if point < 0:
            below = self.phi > 0 and beyond(0.0) > 0
            return float(optimize.brentq(beyond, 0.0, self.phi, rtol=1e-4)) if below else 0.0
        top = 2 * self.phi + self.likelihood.table.natural_step()
        while beyond(top) < 0:
            top *= 2
            if top >= LARGEST_DISPERSION:
                return LARGEST_DISPERSION
        return float(optimize.brentq(beyond, self.phi, top, rtol=1e-4))


def _best_dispersion(likelihood: Likelihood, log_level: float, near: float) -> float:
    """Return where the likelihood is largest, sought around `near` first if that is above 0."""
    smallest = 1e-6 * min(likelihood.table.natural_step(), 1.0)
    widest = (np.log(smallest), np.log(LARGEST_DISPERSION))
    close = (max(widest[0], np.log(near) - 0.5), np.log(near) + 0.5) if near > 0 else widest
    # Caps move with the first guess, which need not be sharp.
    sharpness = 1e-4 if near > 0 else 1e-2
    for low, high in (close, widest):
        found = optimize.minimize_scalar(
            lambda log_phi: -likelihood.at(np.exp(log_phi), log_level),
            bounds=(low, high),
            method="bounded",
            options={"xatol": sharpness},
        )
        if low + 0.01 < found.x < high - 0.01:
            break
    better_than_poisson = found.fun < -likelihood.at(0.0, log_level)
    return float(np.exp(found.x)) if better_than_poisson else 0.0


def _best_level(likelihood: Likelihood, phi: float) -> float:
    found = optimize.minimize_scalar(
        lambda log_level: -likelihood.at(phi, log_level),
        bounds=(-FARTHEST_LEVEL, FARTHEST_LEVEL),
        method="bounded",
        options={"xatol": 1e-3},
    )
    return float(found.x)


def _lean(likelihood: Likelihood, phi: float, log_level: float) -> float:
    """Return the slope of the best level in the dispersion, from second differences."""
    step, small = _step(likelihood.table, phi), 0.01
    rows = [
        [likelihood.at(phi + i * step, log_level + j * small) for j in (-1, 0, 1)] for i in (0, 1)
    ]
    bend = (rows[0][0] - 2 * rows[0][1] + rows[0][2]) / small**2
    cross = ((rows[1][2] - rows[1][0]) - (rows[0][2] - rows[0][0])) / (2 * small * step)
    return -cross / bend if bend < 0 else 0.0


def _step(table: GroupedCounts[Any], phi: float) -> float:
    return 0.01 * max(phi, table.natural_step())
