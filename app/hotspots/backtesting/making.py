"""Make a forecast check: count cells by day, compare the methods, write what came out."""

from __future__ import annotations

import json
from collections.abc import Callable
from datetime import date, timedelta
from typing import Any

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

from app.errors import NothingToAnalyse
from app.hotspots.backtesting.counting import DailyCounts, count_daily, window_of
from app.hotspots.backtesting.forms import BacktestArguments
from app.hotspots.backtesting.stored import (
    StoredBacktest,
    is_stored,
    load_backtest,
    write_backtest,
)
from app.hotspots.inputs import boundaries_and_version
from app.hotspots.provenance import code_version, library_versions, run_id
from geodata.home import Home
from spatial.backtesting.backtest import (
    HORIZON_DAYS,
    SHARES,
    WARM_UP,
    Backtest,
    MethodAccuracy,
    backtest,
)
from spatial.backtesting.bootstrap import Estimate
from spatial.backtesting.forecasts import YEAR_DAYS
from spatial.backtesting.rolling_origin import origins_of
from spatial.grid import cell_areas_km2
from spatial.weights import hex_weights

Progress = Callable[[int, int], None]

RESAMPLES = 2000
LEVEL = 0.95

FIGURES = ("hit_rate", "pai", "pei", "rri", "gain")


def make_backtest(
    home: Home,
    arguments: BacktestArguments,
    progress: Progress | None = None,
    *,
    case_version: int | None = None,
) -> StoredBacktest:
    """Make a forecast check, or return it if it was made before: same inputs, same bytes.

    Parameters
    ----------
    home : Home
        Where cases and boundaries are, and the check goes.
    arguments : BacktestArguments
    progress : callable, optional
        Called with windows done and windows in all.
    case_version : int, optional
        Version of the case store; the newest when not given.

    Raises
    ------
    NothingToAnalyse
        Boundaries or cases are missing, or the window is too short or has no located case.
    InvalidParameter
        The window is empty or too long.
    """
    boundaries, version = boundaries_and_version(home, case_version)
    start, end = window_of(home, arguments, version)
    parameters = {
        "from": start.isoformat(),
        "to": end.isoformat(),
        "classes": sorted(set(arguments.classes)),
        "resolution": arguments.resolution,
        "horizon_days": HORIZON_DAYS,
        "shares": list(SHARES),
        "warm_up": WARM_UP,
        "resamples": RESAMPLES,
        "level": LEVEL,
    }
    determinants = {
        "kind": "backtest",
        "case_store_version": version,
        "boundary_versions": {"township": boundaries.version},
        "parameters": parameters,
        "seed": arguments.seed,
        "code_version": code_version(),
        "library_versions": library_versions(),
    }
    name = run_id(determinants)
    if is_stored(home, name):
        return load_backtest(home, name)
    counted = count_daily(home, boundaries, start, end, arguments, version)
    areas = cell_areas_km2(counted.cells)
    found = _compare(counted, areas, arguments.seed, progress)
    record = {
        "id": name,
        **determinants,
        "counts": counted.cases,
        "cells": len(counted.cells),
        "area_km2": round(float(areas.sum()), 3),
        **make_record(found, start),
    }
    return write_backtest(home, record, hits_table(found, start))


def make_record(found: Backtest, start: date) -> dict[str, Any]:
    """Return what came out, as ``backtest.json`` keeps it. No clock.

    Figures of a method are lists by share of the area; each figure is ``value, low, high``, None
    where there are too few windows for an interval.
    """
    last = start + timedelta(days=int(found.origins[-1]) + found.horizon)
    return {
        "baseline": found.baseline,
        "left_out": found.left_out,
        "short_history": int(found.origins[0]) - found.warm_up * found.horizon < YEAR_DAYS,
        "cases_in_windows": int(found.cases.sum()),
        "windows": [
            {**_days(start, int(origin), found.horizon), "cases": int(cases), "picked": picked}
            for origin, cases, picked in zip(
                found.origins, found.cases, found.picked.chosen, strict=True
            )
        ],
        "next": {
            "method": found.next_method,
            "parameters": dict(found.next_parameters),
            "from": last.isoformat(),
            "to": (last + timedelta(days=found.horizon)).isoformat(),
        },
        "picked": _figures(found.picked),
        "order": list(found.methods),
        "methods": {name: _figures(method) for name, method in found.methods.items()},
    }


def hits_table(found: Backtest, start: date) -> pa.Table:
    """Return hits and the most possible by method, window and share of the area."""
    rows = [
        {
            "method": method.name,
            "chosen": method.chosen[window],
            "parameters": json.dumps(dict(method.parameters[window]), sort_keys=True),
            **_days(start, int(origin), found.horizon),
            "cases": int(found.cases[window]),
            "share": share,
            "hits": float(method.hits[window, i]),
            "possible": float(found.possible[window, i]),
        }
        for method in (*found.methods.values(), found.picked)
        for window, origin in enumerate(found.origins)
        for i, share in enumerate(found.shares)
    ]
    return pa.Table.from_pylist(rows)


def _compare(
    counted: DailyCounts, areas: NDArray[np.float64], seed: int, progress: Progress | None
) -> Backtest:
    origins = origins_of(counted.counts.shape[1], HORIZON_DAYS, None, WARM_UP)
    if not counted.counts[:, origins[WARM_UP] :].sum():
        raise NothingToAnalyse(
            "no located case in the windows to score", "用来检验的窗口里没有已定位的诉求"
        )
    return backtest(
        counted.counts,
        areas,
        hex_weights(counted.cells),
        rng=np.random.default_rng(seed),
        shares=SHARES,
        horizon=HORIZON_DAYS,
        warm_up=WARM_UP,
        n_resamples=RESAMPLES,
        level=LEVEL,
        progress=progress,
    )


def _figures(method: MethodAccuracy) -> dict[str, Any]:
    figures = {name: _listed(getattr(method, name)) for name in FIGURES}
    return {**figures, "hits": [round(each, 6) for each in method.hits.sum(axis=0).tolist()]}


def _listed(estimate: Estimate) -> list[dict[str, float | None]]:
    return [
        {"value": _number(value), "low": _number(low), "high": _number(high)}
        for value, low, high in zip(estimate.value, estimate.low, estimate.high, strict=True)
    ]


def _number(value: float) -> float | None:
    return None if np.isnan(value) else float(value)


def _days(start: date, origin: int, horizon: int) -> dict[str, str]:
    """Return a window's first day and the day after its last."""
    first = start + timedelta(days=origin)
    return {"from": first.isoformat(), "to": (first + timedelta(days=horizon)).isoformat()}
