"""Read the ranked townships of a run, under its own weights or others."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import lru_cache
from typing import Any

import numpy as np

from app.errors import Missing
from app.hotspots.forms import parse_run
from app.hotspots.runs import RunSummary, chosen_run, list_runs, load_run, read_table
from app.townships.choosing.criteria import EARLIER_GROUPS, GROUPS
from app.townships.choosing.disclosing import disclosed_rows
from app.townships.choosing.stored import Sure, intervals_of
from app.townships.choosing.telling import told_values
from app.townships.choosing.uncertainty import N_FIRST
from app.townships.choosing.weights import Weights, default_weights, parse_first, parse_weights
from geodata.home import Home
from spatial.candidates import HIGH, score_standings, standings


@dataclass(frozen=True)
class Board:
    """Townships by rank, and the criteria that ranked them.

    Attributes
    ----------
    criteria : tuple of dict
        ``key, label, weight`` (share 0–1), ``default, unit, note, direction, group``.
    groups : tuple of dict
        ``key, label, number, weight`` of those that have a criterion.
    candidates : tuple of dict
        By rank: see `ranked`; ``change``, places gained against the default weights, and
        ``told`` {key: `telling.Told`}, its values in words.
    default_weights : bool
        Whether the weights are ours 系统默认.
    n_first : int
    sure : Sure or None
        What the intervals rest on; None for a run that has none.
    exact : bool
        Whether small counts are told.
    """

    criteria: tuple[dict[str, Any], ...]
    groups: tuple[dict[str, Any], ...]
    candidates: tuple[dict[str, Any], ...]
    default_weights: bool = True
    n_first: int = N_FIRST
    sure: Sure | None = None
    exact: bool = True

    @property
    def entering(self) -> list[dict[str, Any]]:
        """Townships that only these weights bring among the first."""
        return [each for each in self.candidates if self._crosses(each, each["rank"])]

    @property
    def leaving(self) -> list[dict[str, Any]]:
        """Townships that only the default weights have among the first."""
        return [each for each in self.candidates if self._crosses(each, each["default_rank"])]

    def _crosses(self, row: Mapping[str, Any], inside: int) -> bool:
        first = [rank <= self.n_first for rank in (row["rank"], row["default_rank"])]
        return inside <= self.n_first and first.count(True) == 1


def candidates_page(
    home: Home,
    args: Mapping[str, str],
    language: str,
    *,
    exact: bool,
    required: bool = False,
) -> dict[str, Any]:
    """Return the context of pages about ranked townships: ``run, runs, weights, board``.

    Parameters
    ----------
    args : mapping
        Query of the page: ``run``, ``n``, and weights as `parse_weights` reads them.
    language : str
    exact : bool
        See `board`.
    required : bool
        Whether the page is of a run.

    Raises
    ------
    Missing
        The named run does not exist, or there is none at all and one is required.
    InvalidParameter
        A part of the query cannot be read.
    """
    run = chosen_run(home, parse_run(args))
    n_first = parse_first(args)
    if run is None and required:
        raise Missing("there is no run yet: run `suyuan analyse`", "还没有分析结果，请先新建分析")
    weights = parse_weights(args, run.record["criteria"]) if run else None
    return {
        "run": run,
        "runs": list_runs(home),
        "weights": weights,
        "board": board(home, run, language, weights, n_first, exact=exact) if run else None,
    }


def board(
    home: Home,
    run: RunSummary,
    language: str,
    weights: Weights | None = None,
    n_first: int = N_FIRST,
    *,
    exact: bool = True,
) -> Board:
    """Return the ranking of a run with its labels in the reader's language.

    Parameters
    ----------
    weights : dict, optional
        As `parse_weights` gives them; those of the run when not given.
    n_first : int
    exact : bool
        Whether the reader sees small counts. For who does not, criteria are worked out from what
        is shown of their counts, and ranks follow these: no weight then tells a small count.
    """
    criteria = _criteria(run, language, weights)
    shares = {each["key"]: each["weight"] for each in criteria}
    rows = ranked(home, run)
    if not exact:
        rows = _rescored(disclosed_rows(rows), criteria, default_weights(run.record["criteria"]))
    if weights is not None:
        rows = _rescored(rows, criteria, shares, keep_standing=True)
    sure = intervals_of(home, run.id, weights, n_first) if exact else None
    named = tuple(
        {
            **_named(row, rows_of_sure(sure), criteria),
            "told": told_values(criteria, row, exact=exact),
        }
        for row in rows
    )
    groups = _groups(criteria, language)
    return Board(criteria, groups, named, weights is None, n_first, sure, exact)


def ranked(home: Home, run: RunSummary) -> tuple[dict[str, Any], ...]:
    """Return the townships of a run by rank.

    Each has ``code, name, district, score, rank, default_rank, population, count, callers,
    incidents, rate, contributions, standing, values, missing, parts`` {key: (part, whole)},
    ``undominated`` (None in earlier runs); the contributions add up to the score.
    """
    return _ranked(home, run.id)


@lru_cache(maxsize=8)
def _ranked(home: Home, run_id: str) -> tuple[dict[str, Any], ...]:
    """Read a run, which never changes."""
    keys = [each["key"] for each in load_run(home, run_id).record["criteria"]]
    rows = read_table(home, run_id, "candidates").to_pylist()
    return tuple(_candidate(row, keys) for row in rows)


def board_data(found: Board) -> dict[str, Any]:
    """Return what the page needs to rank anew in the browser: standings as whole numbers.

    Twice the rank from below, ties in the middle: a standing is one less over twice the number of
    those that are known. They say no more than the ranks on the page.
    """
    keys = [each["key"] for each in found.criteria]
    number = {each["key"]: position for position, each in enumerate(found.groups)}
    columns = [[row["standing"][key] for row in found.candidates] for key in keys]
    return {
        "codes": [row["code"] for row in found.candidates],
        "names": [row["name"] for row in found.candidates],
        "keys": keys,
        "groups": [number[each["group"]] for each in found.criteria],
        "defaults": [each["default"] for each in found.criteria],
        "weights": [each["weight"] for each in found.criteria],
        "standings": [_doubled(column) for column in columns],
    }


def _doubled(column: list[float | None]) -> list[int | None]:
    known = sum(each is not None for each in column)
    return [None if each is None else round(2 * known * each + 1) for each in column]


def find(found: Board, code: str) -> dict[str, Any] | None:
    """Return one township's row."""
    return next((each for each in found.candidates if each["code"] == code), None)


def rows_of_sure(sure: Sure | None) -> Mapping[str, tuple[int, int, float]]:
    """Return interval and share of draws by code."""
    return {} if sure is None else sure.by_code


def _candidate(row: dict[str, Any], keys: list[str]) -> dict[str, Any]:
    plain = ("code", "name", "district", "score", "rank", "population", "count", "rate")
    return {
        **{name: row[name] for name in plain},
        "default_rank": row["rank"],
        # Earlier runs lack what was added later.
        **{name: row.get(name) for name in ("callers", "incidents", "undominated")},
        "contributions": {key: row[f"points_{key}"] for key in keys},
        "standing": {key: row[f"standing_{key}"] for key in keys},
        "values": {key: row[f"value_{key}"] for key in keys},
        "missing": [key for key in keys if row[f"missing_{key}"]],
        "parts": {
            key: (row[f"part_{key}"], row[f"whole_{key}"]) for key in keys if f"part_{key}" in row
        },
    }


def _criteria(
    run: RunSummary, language: str, weights: Weights | None
) -> tuple[dict[str, Any], ...]:
    suffix = "zh" if language.startswith("zh") else "en"
    return tuple(
        {
            "key": each["key"],
            "label": each[suffix],
            "weight": each["weight"] if weights is None else weights[each["key"]],
            "default": each["weight"],
            "unit": each[f"unit_{suffix}"],
            "note": each[f"note_{suffix}"],
            "direction": each.get("direction", HIGH),
            "group": each.get("group", EARLIER_GROUPS.get(each["key"], GROUPS[0].key)),
        }
        for each in run.record["criteria"]
    )


def _groups(criteria: tuple[dict[str, Any], ...], language: str) -> tuple[dict[str, Any], ...]:
    suffix = "zh" if language.startswith("zh") else "en"
    weight = {group.key: 0.0 for group in GROUPS}
    for each in criteria:
        weight[each["group"]] += each["weight"]
    there = {each["group"] for each in criteria}
    return tuple(
        {
            "key": group.key,
            "label": getattr(group, suffix),
            "number": number,
            "weight": weight[group.key],
            "criteria": [each["label"] for each in criteria if each["group"] == group.key],
        }
        for number, group in enumerate(GROUPS, start=1)
        if group.key in there
    )


def _rescored(
    rows: tuple[dict[str, Any], ...],
    criteria: tuple[dict[str, Any], ...],
    weights: Weights,
    *,
    keep_standing: bool = False,
) -> tuple[dict[str, Any], ...]:
    """Score rows anew; the ranks that they had stay as ``default_rank``."""
    standing = {each["key"]: _standing(rows, each, keep=keep_standing) for each in criteria}
    found = score_standings([row["code"] for row in rows], standing, weights)
    made = []
    for at in found.order.tolist():
        row = {
            **rows[at],
            "score": float(found.score[at]),
            "rank": int(found.rank[at]),
            "contributions": {key: float(each[at]) for key, each in found.contributions.items()},
            "standing": {key: _number(each[at]) for key, each in found.standing.items()},
        }
        made.append(row if keep_standing else {**row, "default_rank": row["rank"]})
    return tuple(made)


def _standing(rows: tuple[dict[str, Any], ...], criterion: dict[str, Any], *, keep: bool) -> Any:
    key, name = criterion["key"], "standing" if keep else "values"
    column = np.array([row[name][key] for row in rows], dtype=float)
    return column if keep else standings(column, criterion["direction"])


def _named(
    row: dict[str, Any],
    sure: Mapping[str, tuple[int, int, float]],
    criteria: tuple[dict[str, Any], ...],
) -> dict[str, Any]:
    """Add the interval, and the points of each group of criteria."""
    low, high, share = sure.get(row["code"], (None, None, None))
    points: dict[str, float] = {}
    for each in criteria:
        points[each["group"]] = points.get(each["group"], 0.0) + row["contributions"][each["key"]]
    return {
        **row,
        "rank_low": low,
        "rank_high": high,
        "first_share": share,
        "points": points,
        "change": row["default_rank"] - row["rank"],
    }


def _number(value: float) -> float | None:
    return None if np.isnan(value) else float(value)
