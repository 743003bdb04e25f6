"""Boards of handlers, departments and topics of a closed cycle stay what they were."""

from __future__ import annotations

import json
import re
from datetime import date
from pathlib import Path

import pandas as pd
import pytest
from flask import Flask
from sqlalchemy import delete

from app.accounts.access import Access, operator
from app.accounts.units import UnitValues, create_unit
from app.cases.handlers import name_handler
from app.cases.uploads import import_file
from app.db import Database
from app.services import services
from app.townships.assessment import scorecards
from app.townships.assessment.closing import close, closed_cycle, recompute
from app.townships.assessment.documents import canonical, digest_of_units, read_document
from app.townships.assessment.models import ClosedCycle, Scorecard
from app.townships.assessment.published import store
from app.townships.assessment.published_units import published_beside
from app.townships.assessment.rules import LEDGERS
from app.townships.assessment.scorecards import ScorecardValues
from app.townships.assessment.standing import standing
from app.townships.assessment.timeline import timeline
from app.townships.assessment.units import BYS, UnitBoard, unit_board
from app.townships.duties.models import Duty
from app.townships.supervising.talk_rules import proposals
from geodata.home import Home
from tests.app.townships.test_ledgers import MARCH, make_home, write_rows
from tests.people import first_client, make_app


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("closed-units")


@pytest.fixture(scope="module")
def app(folder: Path) -> Flask:
    """March, closed when the first duty list was in force."""
    rows = write_rows()
    rows.loc[0, "received_at"] = rows.loc[0, "callback_at"] = pd.Timestamp("2025-04-20")
    home = make_home(folder, rows)
    made = make_app(home.path)
    access, database = operator(services(made).database), services(made).database
    water = create_unit(access, UnitValues(name="市水务局", kind="department"))
    name_handler(access, home, "水务局", water.id)
    other = create_unit(access, UnitValues(name="市城管委", kind="department"))
    name_handler(access, home, "城管委", other.id)
    create_unit(access, UnitValues(name="市环保局", kind="department"))
    with database.session() as session:
        session.add(Duty(classes=["物业"], level="city", lead="住建委", cooperating=[]))
        session.add(Duty(classes=["噪声"], level="city", lead="市环保局", cooperating=[]))
    scorecards.make_scorecard(access, ScorecardValues(name="物业管理", classes=(("物业",),)))
    close(access, home, timeline(database, services(made).settings), MARCH.id)
    return made


def access_of(app: Flask) -> Access:
    return operator(services(app).database)


def boards(home: Home, database: Database) -> dict[str, UnitBoard]:
    stands = standing(home, database, MARCH)
    assert stands.document is not None
    assert stands.source is not None
    rules, known = stands.document.inputs.era.rules, stands.registers(database)
    return {by: unit_board(home, known, stands.source, stands.cycle, rules, by) for by in BYS}


def shown(app: Flask) -> dict[str, list[str]]:
    """All cells of the pages of units, as they stand there."""
    client = first_client(app)
    return {
        by: re.findall(r"<t[dh][^>]*>(.*?)</t[dh]>", client.get(
            f"/assessment/units?cycle={MARCH.id}&by={by}").text, re.DOTALL)
        for by in BYS
    }  # fmt: skip


def test_published_results_of_units_stand_beside_ours(app: Flask, tmp_path: Path) -> None:
    """Districts by code; departments where they handle and where they lead, ranked among alike."""
    path, found = tmp_path / "通报.csv", services(app)
    path.write_text(
        "周期,单位类别,单位,综合得分,名次\n2025年3月,区,D1,60,2\n2025年3月,区,D2,70,1\n"
        "2025年3月,部门,市水务局,50,7\n2025年3月,部门,市环保局,40,\n",
        "utf-8",
    )
    access = access_of(app)
    store(access, found.home, path, timeline(found.database, found.settings))
    made, known = boards(found.home, found.database), read_document(
        closed_cycle(found.database, MARCH.id).document).inputs.registers  # fmt: skip
    districts = {line.code: line for line in made["district"].lines}
    told = published_beside(found.database, MARCH.id, "district", made["district"].lines, known)
    assert {code: each.difference for code, each in told.items()} == {
        "D1": districts["D1"].score.value - 60, "D2": districts["D2"].score.value - 70,
    }  # fmt: skip
    assert told["D1"].rank_difference == districts["D1"].rank - 2
    water = next(line for line in made["handler"].lines if line.name == "市水务局")
    others = [line.score.value for line in made["handler"].lines if line.district == "department"]
    rank = 1 + sum(score > water.score.value for score in others)
    (beside,) = published_beside(
        found.database, MARCH.id, "handler", made["handler"].lines, known
    ).values()
    assert (beside.code, beside.rank_difference) == (water.code, rank - 7)
    # Who leads noise is called so by the duty list; no rank was published.
    noise = next(line for line in made["department"].lines if line.name == "市环保局")
    led = published_beside(found.database, MARCH.id, "department", made["department"].lines, known)
    assert {code: each.difference for code, each in led.items()} == {
        "市环保局": noise.score.value - 40
    }
    assert led["市环保局"].rank_difference is None
    client = first_client(app)
    for by, difference in (("district", told["D1"].difference), ("handler", beside.difference),
                           ("department", noise.score.value - 40)):  # fmt: skip
        page = client.get(f"/assessment/units?cycle={MARCH.id}&by={by}").text
        assert "测算得分" in page
        assert f"{difference:+.1f}" in page
    page = client.get(f"/assessment/published?cycle={MARCH.id}&kind=department").text
    assert f"{water.score.value:.1f}" in page
    assert f"{rank - 7:+d}" in page
    assert "测算得分" not in client.get(f"/assessment/units?cycle={MARCH.id}&by=topic").text


def overturn(app: Flask, folder: Path) -> None:
    """Deliver every case again, nobody satisfied; issue another duty list; rename all there is."""
    home, access = services(app).home, access_of(app)
    rows = pd.read_csv(folder / "cases.csv")
    told = rows.assign(valid=True, satisfaction="不满意", lead_handler="城管委", class_1="噪声")
    told.to_csv(folder / "again.csv", index=False)
    assert import_file(home, folder / "again.csv", "suyuan").updated
    with access.database.session() as session:
        session.execute(delete(Duty))
        session.execute(delete(Scorecard))
        session.add(Duty(classes=["噪声"], level="city", lead="城管委", cooperating=[], batch="二"))
    name_handler(access, home, "城管委", None)


def test_later_data_duties_names_and_topics_change_nothing(app: Flask, folder: Path) -> None:
    home, access = services(app).home, access_of(app)
    rules = read_document(closed_cycle(access.database, MARCH.id).document).inputs.era.rules
    talks = list(proposals(home, access.database, MARCH, rules, date(2025, 4, 1)))
    before, pages = boards(home, access.database), shown(app)
    assert all(made.lines for made in before.values())
    assert {each.rule for each in talks} >= {"last_district", "last_department"}
    overturn(app, folder)
    assert boards(home, access.database) == before
    assert shown(app) == pages
    assert list(proposals(home, access.database, MARCH, rules, date(2025, 4, 1))) == talks
    again = recompute(access, home, MARCH.id)
    assert again.same
    told = json.loads(closed_cycle(access.database, MARCH.id).document)["units"]
    assert set(told) == set(LEDGERS)
    assert {by: digest_of_units(made) for by, made in before.items()} == told["raw"]
    # Asked for by another moment, the page says that its figures are those of now.
    other = first_client(app).get(f"/assessment/units?cycle={MARCH.id}&by=handler&basis=due").text
    assert "不是关闭时的结果" in other


def test_what_was_not_kept_is_not_shown(app: Flask) -> None:
    """A document of before registers were kept: no figures of now in their place."""
    database = services(app).database
    with database.session() as session:
        record = session.query(ClosedCycle).one()
        kept = record.document
        told = json.loads(kept)
        told["format"] = 1
        del told["inputs"]["registers"], told["units"]
        record.document = canonical(told)
    try:
        client = first_client(app)
        for by in BYS:
            page = client.get(f"/assessment/units?cycle={MARCH.id}&by={by}").text
            assert ("没有保存承办单位名称" in page) is (by != "district")
            assert ("units-title" in page) is (by == "district")
        stands = standing(services(app).home, database, MARCH)
        rules = stands.document.inputs.era.rules
        given = proposals(services(app).home, database, MARCH, rules, date(2025, 4, 1))
        assert "last_department" not in {each.rule for each in given}
    finally:
        with database.session() as session:
            session.query(ClosedCycle).one().document = kept
