"""What the year's figures must be, reckoned from the files that the hotline delivered."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import pandas as pd

from tests.e2e.year_city import CODES, NAMES, WORKS, WORKS_CLASS, WORKS_FROM, YEAR

WEIGHTS = {"responded": 10, "resolved": 50, "satisfied": 40}
BASICALLY_SATISFIED = 0.9
"""The system's defaults: no rule set is made in the story."""


@dataclass(frozen=True)
class Standing:
    """Where a township stands in a month."""

    cases: int
    valid: int
    score: float
    rank: int


def delivered(folder: Path) -> pd.DataFrame:
    """Read all that was delivered."""
    days = ["received_at", "callback_at"]
    files = sorted(folder.glob("20??*.csv"))
    return pd.concat([pd.read_csv(file, parse_dates=days) for file in files], ignore_index=True)


def during(moments: pd.Series, month: int) -> pd.Series:
    return (moments.dt.year == YEAR) & (moments.dt.month == month)


def left_out(cases: pd.DataFrame) -> pd.Series:
    """Tell which cases the exclusion of the story speaks of."""
    place = cases.reported_township == NAMES[CODES.index(WORKS)]
    return place & (cases.class_1 == WORKS_CLASS) & (cases.received_at >= WORKS_FROM)


def standings(cases: pd.DataFrame, month: int, *, assessed: bool = False) -> dict[str, Standing]:
    """Score and rank the townships of a month by its valid callbacks, all or those assessed."""
    kept = cases[~left_out(cases)] if assessed else cases
    rated = kept[during(kept.callback_at, month) & kept.valid]
    satisfied = (rated.satisfaction == "满意") + BASICALLY_SATISFIED * (
        rated.satisfaction == "基本满意"
    )
    answers = rated.assign(satisfied=satisfied).groupby("reported_township")
    means = answers[list(WEIGHTS)].mean()
    scores = sum(weight * means[name] for name, weight in WEIGHTS.items())
    received = kept[during(kept.received_at, month)].groupby("reported_township").size()
    return {
        code: Standing(
            cases=int(received[name]),
            valid=int(answers.size()[name]),
            score=float(scores[name]),
            rank=1 + int((scores > scores[name] + 1e-9).sum()),
        )
        for code, name in zip(CODES, NAMES, strict=True)
    }


def first_ten(cases: pd.DataFrame, month: int) -> list[str]:
    """Return the codes of the townships with the tenth most cases or more, the most first."""
    counts = {code: each.cases for code, each in standings(cases, month).items()}
    tenth = sorted(counts.values(), reverse=True)[9]
    return sorted((code for code in counts if counts[code] >= tenth), key=lambda c: -counts[c])


def half_months(cases: pd.DataFrame, code: str) -> dict[str, int]:
    """Count what a township had in each half-month, as the follow-up names them."""
    own = cases[cases.reported_township == NAMES[CODES.index(code)]].received_at
    halves = own.dt.strftime("%Y-%m ") + own.dt.day.le(15).map({True: "上", False: "下"})
    return {str(half): int(n) for half, n in halves.value_counts().items()}


def steps(cases: pd.DataFrame, code: str, month: int, *, assessed: bool) -> dict[str, int]:
    """Count the steps of 口径对账 of a township; exclusions are one step."""
    own = cases[cases.reported_township == NAMES[CODES.index(code)]]
    received, dated = during(own.received_at, month), during(own.callback_at, month)
    out, valid = left_out(own), own.valid
    rated = own[dated & valid & ~(out & assessed)]
    kept = {
        "received": received, "received_by": received & out, "received_assessed": received & ~out,
        "start": received, "elsewhere": received & ~dated, "from_before": dated & ~received,
        "dated": dated, "not_valid": dated & ~valid, "valid": dated & valid,
        "callbacks_by": dated & valid & out, "assessed": dated & valid & ~out,
    }  # fmt: skip
    return {name: int(each.sum()) for name, each in kept.items()} | {
        "denominator": len(rated),
        "rated_response": int(rated.responded.sum()),
        "rated_resolution": int(rated.resolved.sum()),
        "rated_satisfied": int((rated.satisfaction == "满意").sum()),
        "rated_basically_satisfied": int((rated.satisfaction == "基本满意").sum()),
    }
