"""Two candidate sets side by side: other weights, or another run."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from app.errors import InvalidParameter
from app.hotspots.forms import parse_run
from app.hotspots.runs import RunSummary, chosen_run
from app.townships.choosing.ranking import Board, board
from app.townships.choosing.weights import PREFIX, Weights, parse_weights
from geodata.home import Home


@dataclass(frozen=True)
class Side:
    """One of the two sets."""

    run: RunSummary
    weights: Weights | None
    board: Board


@dataclass(frozen=True)
class Pair:
    """A township in both; None where a set does not have it."""

    code: str
    name: str
    district: str | None
    a: dict[str, Any] | None
    b: dict[str, Any] | None
    crossing: str

    @property
    def change(self) -> int | None:
        """Places gained from a to b."""
        return None if self.a is None or self.b is None else self.a["rank"] - self.b["rank"]


def read_side(home: Home, text: str, language: str, n_first: int, *, exact: bool = True) -> Side:
    """Read a set as an address names it: a run, and after a colon weights that differ.

    ``0123456789abcdef:volume=20,rate=10``; without a run the newest.

    Raises
    ------
    Missing
        There is no such run.
    InvalidParameter
        A part cannot be read.
    """
    name, _colon, told = text.partition(":")
    run = chosen_run(home, parse_run({"run": name}))
    if run is None:
        raise InvalidParameter("there is no run yet", "还没有分析结果，请先新建分析")
    pairs = [each.partition("=") for each in told.split(",") if each]
    broken = next((key for key, equals, _value in pairs if not equals), None)
    if broken is not None:
        raise InvalidParameter(
            f"weights: expected name=number, found {broken[:40]!r}",
            f"权重应写作“指标=数值”，现为“{broken[:40]}”",
        )
    given = {f"{PREFIX}{key}": value for key, _equals, value in pairs}
    weights = parse_weights(given, run.record["criteria"])
    return Side(run, weights, board(home, run, language, weights, n_first, exact=exact))


def side_text(run: RunSummary, weights: Weights | None) -> str:
    """Return a set as `read_side` reads it."""
    if weights is None:
        return run.id
    return f"{run.id}:" + ",".join(f"{key}={100 * share:.12g}" for key, share in weights.items())


def compare(a: Side, b: Side, n_first: int) -> tuple[Pair, ...]:
    """Return the townships of both sets by their rank in b, then those that only a has."""
    of_a = {row["code"]: row for row in a.board.candidates}
    of_b = {row["code"]: row for row in b.board.candidates}
    codes = [*of_b, *(code for code in of_a if code not in of_b)]
    return tuple(_pair(code, of_a.get(code), of_b.get(code), n_first) for code in codes)


def _pair(code: str, a: dict[str, Any] | None, b: dict[str, Any] | None, n_first: int) -> Pair:
    named = b or a or {}
    inside = [row is not None and row["rank"] <= n_first for row in (a, b)]
    crossing = {(False, True): "in", (True, False): "out", (True, True): "both"}
    found = crossing.get((inside[0], inside[1]), "")
    return Pair(code, named["name"], named["district"], a, b, found)
