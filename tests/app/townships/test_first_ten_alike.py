"""Suggestions and warnings take the first by the same attribution, that of the rules of a month."""

from __future__ import annotations

from datetime import date
from pathlib import Path

import polars as pl
import pytest

from app.cases.uploads import import_file
from app.config import Settings
from app.townships.assessment.governance_rules import GovernanceRules, SuggestionRules
from app.townships.assessment.models import RuleSet
from app.townships.assessment.rules import ResultRules
from app.townships.assessment.timeline import timeline
from app.townships.governing.suggesting import suggestions
from app.townships.supervising.warnings import due_warnings
from tests.app.small_city import SIDE, SOUTH, WEST
from tests.app.townships.counted_city import make_counted_city, name_of
from tests.app.townships.test_rule_sets import values
from tests.people import client_as, make_app, operator_of

MONTHS = ("2025-01", "2025-02", "2025-03")
REPORTED = {
    "T1": {"2024-12": 1, **dict.fromkeys(MONTHS, 5), "2025-04": 1},
    "T2": dict.fromkeys(MONTHS, 1),
}
"""Without coordinates: they belong to the township that they name, by location too."""


def add_lying_in_the_second(folder: Path) -> Path:
    """Write six cases a month that name T1, and lie in the square of T2."""
    rows = [
        {
            "case_id": f"L-{month}-{number}", "received_at": f"{month}-11 09:00:00",
            "reported_township": name_of("T1"), "class_1": "噪声",
            "lng": WEST + 1.5 * SIDE, "lat": SOUTH + 0.5 * SIDE,
        }
        for month in MONTHS
        for number in range(6)
    ]  # fmt: skip
    pl.DataFrame(rows).write_csv(folder / "lying.csv")
    return folder / "lying.csv"


@pytest.mark.parametrize(
    ("attribution", "first", "cases", "told"),
    [("reported", "T1", 11, "按被反映地"), ("location", "T2", 7, "按空间落点")],
)
def test_both_go_by_the_rule_set(
    tmp_path: Path, attribution: str, first: str, cases: int, told: str
) -> None:
    home = make_counted_city(tmp_path, REPORTED)
    import_file(home, add_lying_in_the_second(tmp_path), "suyuan")
    access = operator_of(home)
    one = GovernanceRules(suggestion=SuggestionRules(first=1))
    given = values("一个", "2020-01-01", attribution=attribution, governance=one,
                   results=ResultRules(warn_first=1))  # fmt: skip
    with access.database.session() as session:
        session.add(RuleSet(**given.columns({})))
    cut = timeline(access.database, Settings())
    found = suggestions(home, access.database, cut, [], {}, date(2025, 4, 11))
    march = cut.find("month-2025-03")
    warned = due_warnings(home, access.database, march, cut.rules_for(march)).leaders
    assert [(each.code, each.cases) for each in warned] == [(first, cases)]
    assert [(each.code, each.times) for each in found.entries] == [(first, 3)]
    assert {(each.attribution, each.cases) for each in found.entries[0].places} == {
        (attribution, cases)
    }
    page = client_as(make_app(home.path), "viewer", ["viewer"]).get("/governance").text
    assert f"{told} · 按来电日期" in page
    assert f"attribution={attribution}" in page
