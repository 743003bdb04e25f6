"""Versions of the case store that runs, forecast checks and comparisons were made from."""

from __future__ import annotations

import json

from app.hotspots.backtesting.stored import RECORD_FILE as BACKTEST_FILE
from app.hotspots.backtesting.stored import backtests_folder
from app.hotspots.comparing.stored import RECORD_FILE as COMPARISON_FILE
from app.hotspots.comparing.stored import comparisons_folder
from app.hotspots.runs import RUN_FILE
from geodata.home import Home


def pinned_versions(home: Home) -> frozenset[int]:
    """Return the versions that must stay readable.

    Whatever stands in the folders counts, whether pages list it or not: too much kept is no loss.
    """
    records = [
        *home.runs.glob(f"*/{RUN_FILE}"),
        *backtests_folder(home).glob(f"*/{BACKTEST_FILE}"),
        *comparisons_folder(home).glob(f"*/{COMPARISON_FILE}"),
    ]
    found = (json.loads(path.read_text("utf-8")) for path in records)
    return frozenset(int(record["case_store_version"]) for record in found)
