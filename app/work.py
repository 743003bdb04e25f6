"""The kinds of long work, wired to the packages that do them."""

from __future__ import annotations

from collections.abc import Mapping
from functools import partial

from app.cases.batches import withdraw_job
from app.cases.relocating import recheck_job, redeclare_job
from app.cases.uploads import import_job
from app.db import Database
from app.home.preparing import prepare_job as prepare_overview_job
from app.hotspots.backtesting.job import backtest_job
from app.hotspots.comparing.job import compare_job
from app.hotspots.filtered.job import prepare_counts_job
from app.hotspots.sensitivity.job import sensitivity_job
from app.jobs import Handler, IsDue
from app.places.applying import relocate_job
from app.places.uploading import check_job as check_places_job
from app.places.uploading import import_job as import_places_job
from app.places.waiting_texts import prepare_job as prepare_review_job
from app.projects.effects.kept import judge_job
from app.projects.following.alerts import follow_job
from app.takeaway.counted.job import export_counts_job
from app.takeaway.job import export_job
from app.townships.choosing.analysing import analyse_job
from app.townships.supervising.watching import is_due, monitor_job
from geodata.home import Home


def handlers(home: Home, cycle_start_day: int) -> dict[str, Handler]:
    """Map each kind of job to its work on this home, whose cycles begin on a day of the month."""
    return {
        "import": partial(import_job, home),
        "withdraw": partial(withdraw_job, home),
        "recheck": partial(recheck_job, home),
        "redeclare": partial(redeclare_job, home),
        "analyse": partial(analyse_job, home),
        "check-places": partial(check_places_job, home),
        "import-places": partial(import_places_job, home),
        "relocate": partial(relocate_job, home),
        "prepare-review": partial(prepare_review_job, home),
        "prepare-counts": partial(prepare_counts_job, home),
        "prepare-overview": partial(prepare_overview_job, home, cycle_start_day),
        "judge-points": partial(judge_job, home),
        "follow-points": partial(follow_job, home),
        "monitor": partial(monitor_job, home, cycle_start_day),
        "backtest": partial(backtest_job, home),
        "compare": partial(compare_job, home),
        "sensitivity": partial(sensitivity_job, home),
        "export": partial(export_job, home),
        "export-counts": partial(export_counts_job, home),
    }


FOLLOW_UPS = {
    **dict.fromkeys(
        ("import", "withdraw", "recheck", "redeclare", "relocate"),
        (
            "prepare-overview",
            "prepare-counts",
            "prepare-review",
            "monitor",
            "judge-points",
            "follow-points",
        ),
    ),
    "import-places": ("prepare-review", "judge-points"),
}
"""Kind of work that has changed cases or places → what is to be done after it."""


def schedules(home: Home, database: Database, cycle_start_day: int) -> Mapping[str, IsDue]:
    """Map each kind of job that begins by itself to whether it is due on a day."""
    return {"monitor": partial(is_due, home, cycle_start_day, database)}
