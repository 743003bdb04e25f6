"""Ledgers, their reconciliation and boards of other units, against pandas over the file."""

from __future__ import annotations

import html
import re
from datetime import date, datetime, timedelta
from functools import cache
from pathlib import Path

import geopandas as gpd
import numpy as np
import pandas as pd
import pytest
import shapely
from flask import Flask

from app.accounts.access import Access, operator
from app.accounts.units import UnitValues, create_unit
from app.cases.handlers import name_handler
from app.cases.uploads import import_file
from app.db import Database
from app.services import services
from app.townships.assessment import exclusions, objections, scorecards
from app.townships.assessment.board import Board, board
from app.townships.assessment.cycles import Calendar, find_cycle
from app.townships.assessment.exclusions import ExclusionValues
from app.townships.assessment.left_out import LeftOut, left_out_now
from app.townships.assessment.models import Exclusion
from app.townships.assessment.objections import ObjectionValues
from app.townships.assessment.registers import registers_now
from app.townships.assessment.rules import LEDGERS, Rules
from app.townships.assessment.scorecards import ScorecardValues
from app.townships.assessment.sources import source_of_now
from app.townships.assessment.units import UnitBoard, unit_board
from app.townships.duties.models import Duty
from geodata.areas import import_boundaries
from geodata.home import Home
from tests.app.small_city import NAMES, SIDE, SOUTH, WEST
from tests.people import client_as, first_client, make_app

CASES = 1_500
MARCH = find_cycle("month-2025-03", Calendar())
DAY = date(2025, 4, 1)
CLASSES = [("物业", "收费"), ("物业", "漏水"), ("噪声", "施工"), ("垃圾", None)]
HANDLERS = ["水务局", "城管委", "无名科", None]
DISTRICT_OF = {"东街道": "D1", "中街道": "D1", "西镇": "D2"}
SAID = ("cases", "valid", "responded", "resolved", "satisfied", "basically")


def write_rows() -> pd.DataFrame:
    rng = np.random.default_rng(46)

    def said(values: list[object]) -> list[object]:
        return [values[int(at)] for at in rng.integers(0, len(values), CASES)]

    minutes = rng.integers(0, 90 * 24 * 60, CASES)
    received = [datetime(2025, 1, 15) + timedelta(minutes=int(m)) for m in minutes]
    classes = said(list(CLASSES))
    return pd.DataFrame(
        {
            "case_id": [f"L{i:05d}" for i in range(CASES)],
            "received_at": received,
            "class_1": [each[0] for each in classes],
            "class_2": [each[1] for each in classes],
            "reported_township": rng.choice([*NAMES, "别处"], CASES, p=[0.4, 0.3, 0.2, 0.1]),
            "lead_handler": said(HANDLERS),
            "callback_at": [
                each + timedelta(hours=int(h))
                for each, h in zip(received, rng.integers(5, 400, CASES), strict=True)
            ],
            "valid": said([True, True, True, False, None]),
            "responded": said([True, False, None]),
            "resolved": said([True, False, None]),
            "satisfaction": said(["满意", "基本满意", "不满意", None]),
            "assessed": said([True, None, None, None, False]),
        }
    )


def write_boundaries(folder: Path) -> None:
    squares = [shapely.box(WEST + i * SIDE, SOUTH, WEST + (i + 1) * SIDE, SOUTH + SIDE)
               for i in range(3)]  # fmt: skip
    columns = {"code": ["T1", "T2", "T3"], "name": list(NAMES), "population": [3e4, 2e4, 1e4],
               "district": [DISTRICT_OF[name] for name in NAMES]}  # fmt: skip
    gpd.GeoDataFrame(columns, geometry=squares, crs=4326).to_file(folder / "towns.geojson")


def make_home(folder: Path, rows: pd.DataFrame) -> Home:
    home = Home.at(folder / "home")
    write_boundaries(folder)
    import_boundaries(
        home, folder / "towns.geojson", level="township", code_field="code", name_field="name",
        district_field="district", population_field="population",
    )  # fmt: skip
    rows.to_csv(folder / "cases.csv", index=False)
    import_file(home, folder / "cases.csv", "suyuan")
    return home


@pytest.fixture(scope="module")
def rows() -> pd.DataFrame:
    return write_rows()


@pytest.fixture(scope="module")
def app(tmp_path_factory: pytest.TempPathFactory, rows: pd.DataFrame) -> Flask:
    """Two overlapping exclusions approved, three others that are not, one objection upheld."""
    home = make_home(tmp_path_factory.mktemp("ledgers"), rows)
    app = make_app(home.path)
    access = operator(services(app).database)
    decided = {
        "雨": "approved", "水": "approved", "拒": "refused", "撤": "withdrawn", "待": "proposed",
    }  # fmt: skip
    for name, state in decided.items():
        wide = name != "水"
        made = propose(access, home, name=name, township="T1" if wide else "",
                       classes=() if wide else ("物业", "漏水"), start=date(2025, 3, 1),
                       end=date(2025, 3, 10) if name == "雨" else date(2025, 3, 20))  # fmt: skip
        if state != "proposed":
            exclusions.decide(access, made.id, made.row_version, state, DAY, "照准")  # type: ignore[arg-type]
    raised = objections.raise_objection(access, home, objection(upheld_id()))
    objections.decide_objection(access, raised.id, raised.row_version, "upheld", DAY, "成立")
    other = objections.raise_objection(access, home, objection(rows.case_id[7]))
    objections.decide_objection(access, other.id, other.row_version, "rejected", DAY, "不成立")
    water = create_unit(access, UnitValues(name="市水务局", kind="department"))
    name_handler(access, home, "水务局", water.id)
    with services(app).database.session() as session:
        session.add(Duty(classes=["物业"], level="city", lead="住建委", cooperating=[]))
        session.add(Duty(classes=["物业", "漏水"], level="city", lead="水务局", cooperating=[]))
        session.add(Duty(classes=["噪声"], level="district", lead="某区环保", cooperating=[]))
    scorecards.make_scorecard(access, ScorecardValues(name="物业管理", classes=(("物业",),)))
    scorecards.make_scorecard(
        access, ScorecardValues(name="漏水和噪声", classes=(("物业", "漏水"), ("噪声",)))
    )
    return app


def propose(access: Access, home: Home, **values: object) -> exclusions.Exclusion:
    return exclusions.propose(access, home, ExclusionValues(source="会议纪要", **values))  # type: ignore[arg-type]


def objection(case_id: str) -> ObjectionValues:
    return ObjectionValues(kind="appeal", case_id=case_id, raised_on=DAY, words="不属本街道")


@cache
def upheld_id() -> str:
    """A case of March in the second township that nothing else takes out."""
    rows = write_rows()
    here = (rows.reported_township == "中街道") & (rows.class_1 == "噪声") & (rows.valid == True)  # noqa: E712
    march = rows.callback_at.between(datetime(2025, 3, 5), datetime(2025, 3, 25))
    return str(rows[here & march & (rows.assessed != False)].case_id.iloc[0])  # noqa: E712


def reasons(rows: pd.DataFrame) -> pd.Series:
    """Why each row is left out, by hand; empty where it is assessed."""
    day = pd.to_datetime(rows.received_at).dt.date
    first = date(2025, 3, 1)
    rain = (rows.reported_township == "东街道") & (day >= first) & (day <= date(2025, 3, 10))
    leak = (rows.class_2 == "漏水") & (day >= first) & (day <= date(2025, 3, 20))
    reason = pd.Series("", index=rows.index)
    reason[leak] = "水"
    reason[rain] = "雨"  # it was proposed first
    reason[rows.case_id == upheld_id()] = "decision"
    reason[rows.assessed == False] = "source"  # noqa: E712
    return reason


def in_ledger(rows: pd.DataFrame, ledger: str) -> pd.DataFrame:
    left_out = reasons(rows) != ""
    return rows[{"raw": left_out | ~left_out, "assessed": ~left_out, "excluded": left_out}[ledger]]


def counted(rows: pd.DataFrame) -> dict[str, int]:
    start, end = datetime(2025, 3, 1), datetime(2025, 4, 1)
    rated = rows[(rows.callback_at >= start) & (rows.callback_at < end) & (rows.valid == True)]  # noqa: E712
    return {
        "cases": int(((rows.received_at >= start) & (rows.received_at < end)).sum()),
        "valid": len(rated),
        "responded": int((rated.responded == True).sum()),  # noqa: E712
        "resolved": int((rated.resolved == True).sum()),  # noqa: E712
        "satisfied": int((rated.satisfaction == "满意").sum()),
        "basically": int((rated.satisfaction == "基本满意").sum()),
    }


def score_of(n: dict[str, int]) -> float:
    satisfied = n["satisfied"] + 0.9 * n["basically"]
    return (10 * n["responded"] + 50 * n["resolved"] + 40 * satisfied) / n["valid"]


def left_out_of(app: Flask) -> LeftOut:
    return left_out_now(services(app).database)


def made_board(app: Flask, ledger: str) -> Board:
    found = board(services(app).home, MARCH, Rules(ledger=ledger), left_out_of(app))  # type: ignore[arg-type]
    assert found is not None
    return found


def made_units(app: Flask, by: str, ledger: str = "raw", topic: int | None = None) -> UnitBoard:
    found = services(app)
    source = source_of_now(found.home, left_out_of(app))
    known = registers_now(found.database)
    assert source is not None
    rules = Rules(ledger=ledger)  # type: ignore[arg-type]
    inside = known.topic(topic) if topic else None
    return unit_board(found.home, known, source, MARCH, rules, by, inside)  # type: ignore[arg-type]


@pytest.mark.parametrize("ledger", LEDGERS)
def test_each_ledger_of_the_townships_is_that_of_pandas(app, rows, ledger):
    found, kept = made_board(app, ledger), in_ledger(rows, ledger)
    for line in found.lines:
        n = counted(kept[kept.reported_township == line.name])
        assert (line.cases, line.valid) == (n["cases"], n["valid"])
        assert line.rates["response"].value == pytest.approx(100 * n["responded"] / n["valid"])
        assert line.score.value == pytest.approx(score_of(n))
    city = counted(kept)
    assert (found.city.cases, found.city.valid) == (city["cases"], city["valid"])
    assert found.city.score.value == pytest.approx(score_of(city))


@pytest.mark.parametrize("by", ["district", "handler", "department", "topic"])
def test_all_are_assessed_and_excluded_in_every_cell(app, by):
    raw, assessed, excluded = (
        {(line.code, line.name): line for line in (*each.lines, *each.apart, each.city)}
        for each in (made_units(app, by, ledger) for ledger in LEDGERS)
    )
    assert set(raw) >= set(assessed) | set(excluded)
    assert any(line.valid for line in excluded.values())
    for key, line in raw.items():
        parts = [each[key] for each in (assessed, excluded) if key in each]
        assert line.cases == sum(part.cases for part in parts)
        assert line.valid == sum(part.valid for part in parts)
        for name, rate in line.rates.items():
            yes = [(part.rates[name].value or 0) * part.valid for part in parts]
            assert (rate.value or 0) * line.valid == pytest.approx(sum(yes))


def test_a_district_is_pooled_over_its_townships(app, rows):
    found = made_units(app, "district")
    for line in found.lines:
        kept = rows[rows.reported_township.map(DISTRICT_OF) == line.code]
        assert line.score.value == pytest.approx(score_of(counted(kept)))
    (nowhere,) = found.apart
    assert nowhere.valid == counted(rows[rows.reported_township == "别处"])["valid"]
    assert nowhere.rank is None


def test_names_that_mean_no_unit_stand_apart(app, rows):
    found = made_units(app, "handler")
    (water,) = found.lines
    assert water.name == "市水务局"
    assert water.score.value == pytest.approx(
        score_of(counted(rows[rows.lead_handler == "水务局"]))
    )
    apart = {line.name: line.valid for line in found.apart}
    assert apart == {
        "城管委": counted(rows[rows.lead_handler == "城管委"])["valid"],
        "无名科": counted(rows[rows.lead_handler == "无名科"])["valid"],
        "": counted(rows[rows.lead_handler.isna()])["valid"],
    }


def test_the_longest_class_says_which_department_leads(app, rows):
    found = made_units(app, "department")
    leak, own = rows.class_2 == "漏水", rows.class_1 == "物业"
    expected = {"水务局": rows[leak], "住建委": rows[own & ~leak]}
    assert {line.name: line.valid for line in found.lines} == {
        name: counted(kept)["valid"] for name, kept in expected.items()
    }
    assert [line.valid for line in found.apart] == [counted(rows[~own])["valid"]]


def test_topics_may_share_cases_and_open_to_townships(app, rows):
    found = {line.name: line for line in made_units(app, "topic").lines}
    both = rows[(rows.class_2 == "漏水") | (rows.class_1 == "噪声")]
    assert found["物业管理"].valid == counted(rows[rows.class_1 == "物业"])["valid"]
    assert found["漏水和噪声"].score.value == pytest.approx(score_of(counted(both)))
    inside = made_units(app, "topic", topic=int(found["漏水和噪声"].code))
    for line in inside.lines:
        n = counted(both[both.reported_township == line.name])
        assert (line.valid, line.score.value) == (n["valid"], pytest.approx(score_of(n)))
    assert inside.city.score.value == pytest.approx(score_of(counted(both)))


def test_another_kind_of_unit_leaves_the_topic_behind(app):
    topic = made_units(app, "topic").lines[0]
    client = first_client(app)
    alone = client.get(f"/assessment/units?{QUERY}&topic={topic.code}").text
    assert f"“{topic.name}”综合得分" in alone
    page = client.get(f"/assessment/units?{QUERY}&by=district&topic={topic.code}").text
    plain = client.get(f"/assessment/units?{QUERY}&by=district").text
    assert page.partition("<main")[2] == plain.partition("<main")[2] != ""
    assert f"“{topic.name}”综合得分" not in page


def test_an_exclusion_says_how_many_cases_it_speaks_of(app, rows):
    first, last = date(2025, 2, 20), date(2025, 3, 10)
    rule = Exclusion(id=99, name="跨月", township="T1", classes=["物业"], start=first, end=last)
    days = rows.received_at.dt.date.between(first, last)
    kept = rows[days & (rows.reported_township == "东街道") & (rows.class_1 == "物业")]
    assert exclusions.count_matching(services(app).home, rule) == len(kept) > 0


def test_without_callbacks_there_is_no_rate(app):
    found, source = services(app), source_of_now(services(app).home)
    assert source is not None
    empty = find_cycle("month-2024-03", Calendar())
    lines = unit_board(found.home, None, source, empty, Rules(), "district").lines
    assert [(line.score.value, line.rank, line.valid) for line in lines] == [(None, None, 0)] * 2


ROW = re.compile(r'data-step="(\w+)">(?:<a href="([^"]+)">)?([\d,]+)')
QUERY = "cycle=month-2025-03&ledger=assessed"


@pytest.mark.parametrize("township", ["", "T1"])
def test_the_steps_add_up_and_open_to_as_many_cases(app, rows, township):
    client = first_client(app)
    page = client.get(f"/assessment/reconciliation?{QUERY}&township={township}").text
    told = {key: (int(n.replace(",", "")), link) for key, link, n in ROW.findall(page)}
    n = {key: count for key, (count, _link) in told.items()}
    here = rows[rows.reported_township == "东街道"] if township else rows
    whole, kept = counted(here), counted(in_ledger(here, "assessed"))
    assert (n["received"], n["valid"]) == (whole["cases"], whole["valid"])
    assert (n["received_assessed"], n["denominator"]) == (kept["cases"], kept["valid"])
    assert n["rated_response"] == kept["responded"]
    assert n["dated"] == n["start"] - n["elsewhere"] + n["from_before"]
    assert n["dated"] == n["not_valid"] + n["valid"]
    out = [count for key, count in n.items() if key.startswith("callbacks_by_")]
    assert n["assessed"] == n["valid"] - sum(out) == n["denominator"]
    march = here[here.valid.eq(True) & (here.callback_at.dt.month == 3)]
    by_hand = reasons(march).value_counts()
    assert sorted(out) == sorted(
        [*by_hand.drop("").to_list()] + [0] * (len(out) - len(by_hand.drop("")))
    )
    for count, link in told.values():
        assert bool(link) is (count > 0)
        if link:
            listed = client.get(html.unescape(link)).text
            (found,) = re.findall(r'id="list-title">([\d,]+) 件诉求', listed)
            assert int(found.replace(",", "")) == count, link


@pytest.mark.parametrize(
    ("ask", "keep"),
    [
        ("by=district&unit=D1", lambda rows: rows.reported_township.isin(["东街道", "中街道"])),
        ("by=handler&unit={handler}", lambda rows: rows.lead_handler == "水务局"),
        ("by=department&unit=水务局", lambda rows: rows.class_2 == "漏水"),
        ("by=topic&unit={topic}&township=T1",
         lambda rows: (rows.class_1 == "物业") & (rows.reported_township == "东街道")),
    ],
)  # fmt: skip
def test_a_unit_has_its_own_reconciliation_down_to_its_cases(app, rows, ask, keep):
    client, codes = first_client(app), {
        "handler": made_units(app, "handler").lines[0].code,
        "topic": {each.name: each.code for each in made_units(app, "topic").lines}["物业管理"],
    }  # fmt: skip
    here = rows[keep(rows)]
    page = client.get(f"/assessment/reconciliation?{QUERY}&{ask.format(**codes)}").text
    told = {key: (int(n.replace(",", "")), link) for key, link, n in ROW.findall(page)}
    assert told["received"][0] == counted(here)["cases"] > 0
    assert told["denominator"][0] == counted(in_ledger(here, "assessed"))["valid"] > 0
    for step in ("denominator", "rated_resolution"):
        count, link = told[step]
        listed = client.get(html.unescape(link)).text
        (found,) = re.findall(r'id="list-title">([\d,]+) 件诉求', listed)
        assert int(found.replace(",", "")) == count


def test_a_viewer_reads_disclosed_counts_and_opens_no_list(app):
    viewer = client_as(app, "viewer", ["viewer"])
    page = viewer.get(f"/assessment/reconciliation?{QUERY}").text
    assert "/assessment/reconciliation/cases" not in page
    assert all(int(n.replace(",", "")) % 5 == 0 for _key, _link, n in ROW.findall(page))
    assert viewer.get(f"/assessment/reconciliation/cases?{QUERY}&step=dated").status_code == 403
    for by in ("district", "handler", "department", "topic"):
        assert viewer.get(f"/assessment/units?{QUERY}&by={by}").status_code == 200


@pytest.mark.parametrize(
    ("path", "status"),
    [
        ("/assessment/reconciliation?township=T9", 400),
        ("/assessment/reconciliation?ledger=x", 400),
        ("/assessment/reconciliation?by=district&unit=D9", 404),
        ("/assessment/reconciliation?by=x&unit=D1", 400),
        ("/assessment/reconciliation/cases?step=nothing", 404),
        ("/assessment/reconciliation/cases", 400),
        ("/assessment/units?by=x", 400),
        ("/assessment/units?topic=999", 404),
        ("/assessment/exclusions?state=x", 400),
        ("/assessment/exclusions/999", 404),
        ("/assessment/objections?state=x", 400),
        ("/assessment/scorecards/999", 404),
    ],
)
def test_what_cannot_be_asked(app, path, status):
    assert first_client(app).get(path).status_code == status


def test_pages_speak_both_languages(app):
    client = first_client(app)
    for language, word in (("zh_Hans", "口径对账"), ("en", "How the figures add up")):
        client.post("/language", data={"language": language})
        for path in ("reconciliation", "units?by=topic", "units?by=handler", "exclusions",
                     "exclusions/1", "exclusions/new", "objections", "objections/new",
                     "scorecards", "scorecards/1"):  # fmt: skip
            assert client.get(f"/assessment/{path}").status_code == 200
        assert word in client.get("/assessment/reconciliation").text
    client.post("/language", data={"language": "zh_Hans"})


def make_ten(folder: Path) -> Home:
    """Ten cases each: T1 resolved 5, T2 6, T3 was not asked; 4 of T1's open ones are storms."""
    rows = [
        {
            "case_id": f"{township}-{i}", "received_at": "2025-03-05 10:00:00",
            "class_1": "暴雨" if township == "东街道" and i >= 6 else "噪声",
            "reported_township": township, "callback_at": "2025-03-09 10:00:00",
            "valid": township != "西镇", "responded": True, "resolved": i < solved,
            "satisfaction": "满意",
        }
        for township, solved in (("东街道", 5), ("中街道", 6), ("西镇", 10))
        for i in range(10)
    ]  # fmt: skip
    return make_home(folder, pd.DataFrame(rows))


def test_an_exclusion_lifts_a_township(tmp_path):
    """T1: 10 + 50 × 5/10 + 40 = 75 behind T2's 80; without 4 storms 10 + 50 × 5/6 + 40 = 91.67."""
    home = make_ten(tmp_path)
    app = make_app(home.path)
    access = operator(services(app).database)

    def standing(ledger: str) -> list[tuple[str, int | None, float | None]]:
        lines = made_board(app, ledger).lines
        return [(each.code, each.rank, each.score.value) for each in lines]

    behind = [("T2", 1, pytest.approx(80)), ("T1", 2, pytest.approx(75)), ("T3", None, None)]
    made = propose(access, home, name="暴雨", township="T1", classes=("暴雨",),
                   start=date(2025, 3, 1), end=date(2025, 3, 31))  # fmt: skip
    assert standing("raw") == standing("assessed") == behind
    exclusions.decide(access, made.id, made.row_version, "approved", DAY)
    assert standing("raw") == behind
    assert standing("assessed") == [
        ("T1", 1, pytest.approx(91 + 2 / 3)), ("T2", 2, pytest.approx(80)), ("T3", None, None),
    ]  # fmt: skip
    client = first_client(app)
    order = [
        re.findall(r'lead-cell">([^< ]+)', client.get(f"/assessment?ledger={ledger}").text)
        for ledger in ("raw", "assessed")
    ]
    assert order == [["中街道", "东街道", "西镇"], ["东街道", "中街道", "西镇"]]


def test_a_database_without_decisions_leaves_nothing_out(tmp_path):
    database = Database(tmp_path / "app.sqlite3")
    database.migrate()
    assert left_out_now(database) == LeftOut()
    database.close()


def test_what_is_left_out_can_be_kept_and_read_again(app):
    left_out = left_out_of(app)
    assert [each.name for each in left_out.exclusions] == ["雨", "水"]
    assert LeftOut.from_json(left_out.to_json()) == left_out
