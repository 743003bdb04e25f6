"""By what townships are compared: each criterion, its default weight and how it is measured."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
import polars as pl
from numpy.typing import NDArray

from app.hotspots.significance import NOT_TESTED, SIGNIFICANT_LEVEL
from app.hotspots.tables import RunTables


@dataclass(frozen=True)
class Criterion:
    """One criterion; more of it always speaks for governing the township.

    Attributes
    ----------
    weight : float
        Share of the score (系统默认: ours, no policy gives one).
    unit_zh, unit_en : str
        Of its value.
    """

    key: str
    zh: str
    en: str
    weight: float
    unit_zh: str
    unit_en: str
    note_zh: str
    note_en: str


CRITERIA = (
    Criterion(
        "volume", "诉求量", "Volume", 0.20, "件", "cases",
        "全期诉求件数，含仅知街乡镇的诉求",
        "cases of the whole span, those that only name the township included",
    ),
    Criterion(
        "rate", "万人诉求比", "Rate per 10,000", 0.25, "件/万人", "per 10,000",
        "全期诉求除以人口，经验贝叶斯收缩",
        "cases over residents, shrunk by empirical Bayes",
    ),
    Criterion(
        "hot_share", "聚集区占比", "Hot-cell share", 0.20, "%", "%",
        "参与检验的六边形单元中显著聚集（q<0.05）的比例",
        "share of tested cells that are hot at q < .05",
    ),
    Criterion(
        "growth", "增幅", "Growth", 0.10, "%", "%",
        "后一半时间与前一半时间的日均诉求之比减一",
        "cases per day of the later half over those of the earlier half, minus one",
    ),
    Criterion(
        "points", "高频点位数", "High-frequency points", 0.10, "个", "points",
        "位于本街乡镇的高频点位数",
        "number of high-frequency points in the township",
    ),
    Criterion(
        "unresolved", "未解决率", "Unresolved share", 0.15, "%", "%",
        "有回访结论的诉求中未解决的比例",
        "share of cases with a callback answer that are not resolved",
    ),
)  # fmt: skip

DEFAULT_WEIGHTS = {criterion.key: criterion.weight for criterion in CRITERIA}


def measure(tables: RunTables) -> dict[str, NDArray[np.float64]]:
    """Return each criterion's value for each township, NaN where it cannot be measured.

    Shares and growth are in per cent. Order as in ``tables.boundaries.codes``.
    """
    return {
        "volume": tables.townships.count[:, 0].astype(float),
        "rate": tables.townships.rate[:, 0],
        "hot_share": _hot_share(tables),
        "growth": _growth(tables),
        "points": _points(tables),
        "unresolved": _unresolved(tables),
    }


def _hot_share(tables: RunTables) -> NDArray[np.float64]:
    level = tables.cells.level[:, 0]
    tested = (tables.cells.township >= 0) & (level != NOT_TESTED)
    hot = tested & (level >= SIGNIFICANT_LEVEL)
    n = len(tables.boundaries)
    all_tested = np.bincount(tables.cells.township[tested], minlength=n)
    all_hot = np.bincount(tables.cells.township[hot], minlength=n)
    return _ratio(100.0 * all_hot, all_tested)


def _growth(tables: RunTables) -> NDArray[np.float64]:
    """Compare halves per day, since months and halves differ in length."""
    days = np.array([step.days for step in tables.steps], dtype=float)
    half = len(days) // 2
    if half == 0:
        return np.full(len(tables.boundaries), np.nan)
    steps = tables.townships.count[:, 1:].astype(float)
    # With an odd number of steps the middle one belongs to neither half.
    earlier = steps[:, :half].sum(axis=1) / float(days[:half].sum())
    later = steps[:, -half:].sum(axis=1) / float(days[-half:].sum())
    return 100.0 * (_ratio(later, earlier) - 1.0)


def _points(tables: RunTables) -> NDArray[np.float64]:
    high = tables.points.filter(pl.col("rules").list.len() > 0)
    index = high["township_index"].to_numpy()
    return np.bincount(index[index >= 0], minlength=len(tables.boundaries)).astype(float)


def _unresolved(tables: RunTables) -> NDArray[np.float64]:
    answered = tables.cases.filter(
        pl.col("resolved").is_not_null(), pl.col("valid").fill_null(value=True)
    )
    found = answered.group_by("township").agg(n=pl.len(), unresolved=(~pl.col("resolved")).sum())
    by_code = {code: (unresolved, n) for code, n, unresolved in found.iter_rows()}
    pairs = [by_code.get(str(code), (0, 0)) for code in tables.boundaries.codes]
    counts = np.array(pairs, dtype=float).reshape(-1, 2)
    return _ratio(100.0 * counts[:, 0], counts[:, 1])


def _ratio(top: NDArray[Any], bottom: NDArray[Any]) -> NDArray[np.float64]:
    """Divide; nothing over nothing, and something over nothing, cannot be measured."""
    with np.errstate(divide="ignore", invalid="ignore"):
        return np.where(bottom > 0, top / bottom, np.nan)
