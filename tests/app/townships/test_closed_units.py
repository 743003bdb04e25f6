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
    with database.session() as session:
        session.add(Duty(classes=["物业"], level="city", lead="住建委", cooperating=[]))
        session.add(Duty(classes=["噪声"], level="city", lead="环保局", cooperating=[]))
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
