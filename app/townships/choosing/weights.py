"""Weights as an address carries them: ``w_volume=12``, in per cent or any other unit."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from typing import Any

from app.errors import InvalidParameter
from app.townships.choosing.uncertainty import N_FIRST

PREFIX = "w_"
PER_CENT = 100.0
LARGEST = 1_000_000.0
MOST_FIRST = 50
FIRST = "n"

Weights = dict[str, float]


def default_weights(criteria: Sequence[Mapping[str, Any]]) -> Weights:
    """Return the weights that a run was ranked by."""
    return {each["key"]: each["weight"] for each in criteria}


def parse_weights(args: Mapping[str, str], criteria: Sequence[Mapping[str, Any]]) -> Weights | None:
    """Return the weights that an address names as shares that add up to 1; None for the defaults.

    Only ratios count. A criterion that is not named keeps its default, in per cent.

    Raises
    ------
    InvalidParameter
        A weight is no number or below 0, names no criterion, or all are 0.
    """
    defaults = default_weights(criteria)
    given = {name.removeprefix(PREFIX): args[name] for name in args if name.startswith(PREFIX)}
    unknown = sorted(set(given) - set(defaults))
    if unknown:
        raise InvalidParameter(
            f"{PREFIX}{unknown[0]}: the run has no criterion {unknown[0]!r}",
            f"参数 {PREFIX}{unknown[0]}：这次分析没有指标“{unknown[0]}”",
        )
    named = {key: _number(key, text) for key, text in given.items() if text}
    weights = {key: named.get(key, PER_CENT * share) for key, share in defaults.items()}
    whole = sum(weights.values())
    if not whole > 0:
        raise InvalidParameter(
            "weights: at least one must be above 0", "权重不能全部为 0，至少一项大于 0"
        )
    shares = {key: weight / whole for key, weight in weights.items()}
    if all(math.isclose(shares[key], defaults[key], abs_tol=1e-9) for key in defaults):
        return None
    return shares


def weight_args(weights: Weights | None) -> dict[str, str]:
    """Return the part of an address that carries weights, nothing for the defaults.

    Examples
    --------
    >>> weight_args({"volume": 0.125, "rate": 0.875})
    {'w_volume': '12.5', 'w_rate': '87.5'}
    """
    if weights is None:
        return {}
    return {f"{PREFIX}{key}": f"{PER_CENT * share:.12g}" for key, share in weights.items()}


def sliders(criteria: Sequence[Mapping[str, Any]], args: Mapping[str, str]) -> Weights:
    """Return where the sliders stand: as the address says it, in per cent where it does not."""
    given = {each["key"]: args.get(f"{PREFIX}{each['key']}") for each in criteria}
    told = {
        each["key"]: float(given[each["key"]] or PER_CENT * each["default"]) for each in criteria
    }
    if max(told.values()) <= PER_CENT:
        return {key: float(f"{value:.6g}") for key, value in told.items()}
    return {each["key"]: float(f"{PER_CENT * each['weight']:.6g}") for each in criteria}


def parse_first(args: Mapping[str, str]) -> int:
    """Return how many townships an address asks for as the first.

    Raises
    ------
    InvalidParameter
        It is no whole number from 1 to `MOST_FIRST`.
    """
    text = args.get(FIRST) or str(N_FIRST)
    if text.isascii() and text.isdigit() and len(text) < 4 and 1 <= int(text) <= MOST_FIRST:
        return int(text)
    raise InvalidParameter(
        f"{FIRST}: must be a whole number from 1 to {MOST_FIRST}, found {text[:20]!r}",
        f"参数 {FIRST} 须为 1 至 {MOST_FIRST} 的整数，现为“{text[:20]}”",
    )


def _number(key: str, text: str) -> float:
    try:
        value = float(text)
    except ValueError:
        value = math.nan
    if 0 <= value <= LARGEST:
        return value
    raise InvalidParameter(
        f"{PREFIX}{key}: must be a number from 0, found {text[:20]!r}",
        f"参数 {PREFIX}{key} 须为不小于 0 的数，现为“{text[:20]}”",
    )
