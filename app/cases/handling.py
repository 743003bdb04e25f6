"""How the handling of cases stands: what is due or late, and what a callback found undone."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Literal, get_args

import polars as pl

from geodata.schema import SATISFACTION

SOON = timedelta(days=2)
"""An open case that is due within this is due soon."""

UNSATISFIED = SATISFACTION[3]

Due = Literal["soon", "overdue"]
Callback = Literal["unresolved", "unsatisfied", "again"]
DUE: tuple[Due, ...] = get_args(Due)
CALLBACKS: tuple[Callback, ...] = get_args(Callback)

DUE_COLUMNS = ("due_at", "closed_at")
CALLBACK_COLUMNS = ("callback_at", "valid", "resolved", "satisfaction")


def is_due(state: Due, now: datetime) -> pl.Expr:
    """Tell which cases have a time limit and are not closed, and are late or due soon.

    Parameters
    ----------
    state : {"soon", "overdue"}
    now : datetime
        Instant at which they are looked at.
    """
    is_open = pl.col("due_at").is_not_null() & pl.col("closed_at").is_null()
    late = pl.col("due_at") <= now
    return is_open & (late if state == "overdue" else ~late & (pl.col("due_at") <= now + SOON))


def called_back(found: Callback) -> pl.Expr:
    """Tell which cases were called back and found not resolved, not satisfied, or either.

    Callbacks that do not count as valid are left out, as they are from the three rates.
    """
    counts = pl.col("callback_at").is_not_null() & pl.col("valid").fill_null(value=True)
    unresolved = ~pl.col("resolved").fill_null(value=True)
    unsatisfied = (pl.col("satisfaction") == UNSATISFIED).fill_null(value=False)
    wanted = {
        "unresolved": unresolved,
        "unsatisfied": unsatisfied,
        "again": unresolved | unsatisfied,
    }
    return counts & wanted[found]
