"""Why a township, on one page: what speaks for it, what against, and how sure that is."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
import polars as pl
from numpy.typing import NDArray

from app.cases.disclosure import SHARE_STEP, SUPPRESSION_THRESHOLD
from app.hotspots.details import run_cases
from app.hotspots.runs import RunSummary
from app.townships.choosing.measuring import PER_CENT
from app.townships.choosing.ranking import Board
from app.townships.choosing.telling import told_value
from app.translation import _
from geodata.home import Home

STRONG, WEAK = 0.75, 0.5
"""A criterion speaks for a township from the upper quarter on, against it in the lower half."""

FEW_CASES = 30
"""A share of fewer cases than this is uncertain by 18 percentage points or more at 95 %."""

FEW_CALLERS, LARGE_SHARE = 10, 0.1
"""Ten callers with a tenth of the cases are named as what speaks against."""

READ_OUT = 4
"""Criteria that the text to read out names."""


@dataclass(frozen=True)
class Standing:
    """One criterion of one township, beside the city's; values in words."""

    criterion: Mapping[str, Any]
    told: str
    median: str
    standing: float | None
    points: float
    whole: float | None

    @property
    def above(self) -> int:
        """Townships out of a hundred that it stands above, never the hundred: it is one of them."""
        return math.floor(PER_CENT * (self.standing or 0.0) + 1e-9)


@dataclass(frozen=True)
class Why:
    """What is said of a township.

    Attributes
    ----------
    row : dict
        Its row of the board.
    speaks_for, speaks_against, between : tuple of Standing
        The strongest first, and the weakest first.
    cautions : tuple of str
        What is not sure, in words.
    """

    row: Mapping[str, Any]
    speaks_for: tuple[Standing, ...]
    between: tuple[Standing, ...]
    speaks_against: tuple[Standing, ...]
    cautions: tuple[str, ...]


def why(board: Board, row: Mapping[str, Any], few_callers: float | None) -> Why:
    """Sort the criteria of a township into what speaks for it and what against.

    Parameters
    ----------
    board : Board
    row : dict
        One of the board's.
    few_callers : float or None
        Share of its cases that ten callers made: see `share_of_few_callers`.
    """
    known = [each for each in _standings(board, row) if each.standing is not None]
    weighed = [each for each in known if each.criterion["weight"] > 0]
    strong = [each for each in weighed if (each.standing or 0.0) >= STRONG]
    weak = [each for each in weighed if (each.standing or 0.0) <= WEAK]
    return Why(
        row,
        tuple(sorted(strong, key=lambda each: -each.points)),
        tuple(each for each in weighed if each not in strong and each not in weak),
        tuple(sorted(weak, key=lambda each: each.standing or 0.0)),
        tuple(_cautions(board, row, known, few_callers)),
    )


def share_of_few_callers(
    home: Home, run: RunSummary, code: str, *, exact: bool = True
) -> float | None:
    """Return the share of a township's cases that its ten most frequent callers made.

    None where callers are not known, or too few to tell somebody who sees no small counts.
    """
    found = (
        run_cases(home, run, None)
        .filter(pl.col("township") == code, pl.col("caller").is_not_null())
        .group_by("caller")
        .agg(n=pl.len())
        .collect()["n"]
        .sort(descending=True)
    )
    if not found.len() or (not exact and found.len() < FEW_CALLERS + SUPPRESSION_THRESHOLD):
        return None
    share = float(found.head(FEW_CALLERS).sum()) / float(found.sum())
    return share if exact else round(share / SHARE_STEP) * SHARE_STEP


def read_out(board: Board, told: Why) -> str:
    """Return the reasons as a text that somebody can read out."""
    row, n = told.row, len(board.candidates)
    parts = [
        _(
            "%(name)s综合得分 %(score)s，列全市 %(n)s 个街乡镇第 %(rank)s 名。",
            name=row["name"], score=f"{row['score']:.1f}", n=n, rank=row["rank"],
        )
    ]  # fmt: skip
    if row["rank_low"] is not None and board.sure is not None:
        parts.append(
            _(
                "考虑权重和数据的不确定性，名次九成在第 %(low)s 至第 %(high)s 名之间，"
                "%(share)s%% 的试算在前 %(first)s 名。",
                low=row["rank_low"], high=row["rank_high"],
                share=f"{PER_CENT * row['first_share']:.0f}", first=board.n_first,
            )
        )  # fmt: skip
    for heading, chosen in (
        (_("主要理由："), told.speaks_for[:READ_OUT]),
        (_("不支持的方面："), told.speaks_against[:READ_OUT]),
    ):
        if chosen:
            parts.append(heading + _("；").join(_clause(each) for each in chosen) + _("。"))
    if told.cautions:
        parts.append(_("需要注意：") + "".join(told.cautions))
    return "".join(parts) if _("。") == "。" else " ".join(parts)


def _clause(each: Standing) -> str:
    return _(
        "%(label)s %(value)s（全市中位数 %(median)s，按应优先程度高于 %(above)s%% 的街乡镇）",
        label=each.criterion["label"], value=each.told, median=each.median, above=each.above,
    )  # fmt: skip


def _standings(board: Board, row: Mapping[str, Any]) -> list[Standing]:
    found = []
    for criterion in board.criteria:
        key = criterion["key"]
        column = np.array([each["values"][key] for each in board.candidates], dtype=float)
        known = column[~np.isnan(column)]
        found.append(
            Standing(
                criterion,
                str(row["told"][key]),
                str(told_value(criterion, _median(known), exact=board.exact)),
                row["standing"][key],
                row["contributions"][key],
                row["parts"].get(key, (None, None))[1],
            )
        )
    return found


def _median(known: NDArray[np.float64]) -> float | None:
    return float(np.median(known)) if known.size else None


def _cautions(
    board: Board, row: Mapping[str, Any], known: list[Standing], few_callers: float | None
) -> list[str]:
    labels = {each["key"]: each["label"] for each in board.criteria}
    found = []
    if row["missing"]:
        names = _("、").join(labels[key] for key in row["missing"])
        found.append(_("缺少数据：%(names)s，其权重由其余指标分担。", names=names))
    small = [
        each.criterion["label"]
        for each in known
        if each.whole is not None and each.whole < FEW_CASES
    ]
    if small:
        names = _("、").join(small)
        found.append(_("%(names)s所依据的数量不足 %(n)s，比例不稳定。", names=names, n=FEW_CASES))
    low, high, share = row["rank_low"], row["rank_high"], row["first_share"]
    if low is not None and high - low >= board.n_first:
        found.append(_("名次区间宽，为第 %(low)s 至第 %(high)s 名。", low=low, high=high))
    if share is not None and row["rank"] <= board.n_first and share < WEAK:
        found.append(_("不到一半的试算在前 %(n)s 名。", n=board.n_first))
    if few_callers is not None and few_callers >= LARGE_SHARE:
        told = f"{PER_CENT * few_callers:.0f}"
        found.append(_("来电最多的 10 人占诉求的 %(share)s%%。", share=told))
    return found
