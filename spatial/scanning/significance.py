"""From the replicas' largest ratios to p-values and recurrence intervals."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from spatial.scanning.search import TIE


@dataclass(frozen=True)
class Replicas:
    """The largest log likelihood ratio of each replica that was run.

    Attributes
    ----------
    maxima : ndarray of float, shape (n,)
    stopped : bool
        Whether the run ended early because the most likely cluster had been reached often
        enough.
    """

    maxima: NDArray[np.float64]
    stopped: bool

    def monte_carlo(self, ratio: float) -> float:
        """Return the p-value of a ratio; NaN without replicas.

        All replicas run: ``(1 + reached) / (1 + n)``. Stopped early: ``reached / n``, which is
        as exact, because the run ended on a replica that reached the observed ratio (Besag and
        Clifford 1991).

        Examples
        --------
        >>> Replicas(np.array([1.0, 2.0, 5.0]), stopped=False).monte_carlo(4.0)
        0.5
        """
        if not self.maxima.size:
            return float("nan")
        reached = int((self.maxima >= ratio * (1 - TIE)).sum())
        if self.stopped:
            return reached / self.maxima.size
        return (1 + reached) / (1 + self.maxima.size)

    def gumbel(self, ratio: float) -> float:
        """Return the tail of the Gumbel law with the replicas' mean and variance.

        NaN for fewer than two replicas or replicas that are all the same.

        Examples
        --------
        >>> maxima = np.random.default_rng(0).gumbel(6.0, 1.0, 999)
        >>> round(Replicas(maxima, stopped=False).gumbel(6.0 + 9.21), 5)
        0.0001
        """
        spread = float(self.maxima.std(ddof=1)) if self.maxima.size > 1 else 0.0
        if spread == 0.0:
            return float("nan")
        scale = spread * np.sqrt(6) / np.pi
        location = float(self.maxima.mean()) - np.euler_gamma * scale
        return float(-np.expm1(-np.exp(-(ratio - location) / scale)))

    def p_value(self, ratio: float) -> float:
        """Return the Monte-Carlo p-value, or Gumbel's where it is beyond what they can tell.

        Examples
        --------
        >>> maxima = np.random.default_rng(0).gumbel(6.0, 1.0, 999)
        >>> found = Replicas(maxima, stopped=False)
        >>> found.p_value(7.0) == found.monte_carlo(7.0), found.p_value(30.0) < 1e-9
        (True, True)
        """
        simulated, fitted = self.monte_carlo(ratio), self.gumbel(ratio)
        beyond = not (self.maxima >= ratio * (1 - TIE)).any()
        return fitted if beyond and fitted < simulated else simulated


def stop_after(maxima: NDArray[np.float64], ratio: float, enough: int | None) -> int | None:
    """Return after how many replicas the observed ratio was reached often enough, None if never.

    Examples
    --------
    >>> stop_after(np.array([1.0, 9.0, 8.0, 1.0]), 7.0, 2)
    3
    """
    if enough is None:
        return None
    reached = np.flatnonzero(maxima >= ratio * (1 - TIE))
    return int(reached[enough - 1]) + 1 if reached.size >= enough else None
