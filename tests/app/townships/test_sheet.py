"""The sheet of a township: what is known of it on one page, and the same as a Word file."""

from __future__ import annotations

from datetime import date
from pathlib import Path

import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import select

from app.accounts.access import Access, operator
from app.accounts.areas import Area
from app.accounts.models import AuditEntry
from app.accounts.permissions import Permission
from app.accounts.units import UnitValues, create_unit
from app.hotspots.runs import RunSummary, newest_run
from app.services import services
from app.townships.designations.models import Designation
from app.townships.governing.models import ListItem, Plan
from app.townships.sheet.page import sheet_of
from app.townships.supervising.models import EarlyWarning
from geodata.home import Home
from tests.papers import Read, read_paper
from tests.people import client_as, first_client


@pytest.fixture
def client(city_app: Flask) -> FlaskClient:
    """The middle township is governed, with two items of which one is done."""
    with services(city_app).database.session() as session:
        if session.get(Plan, 1) is None:
            one = Designation(
                township="T2", name="中街道", state="governed", since=date(2025, 3, 1),
                designated_on=date(2025, 3, 1),
            )  # fmt: skip
            session.add(one)
            session.flush()
            plan = Plan(
                level="township", area_code="T2", name="中街道", year=2025, designation_id=one.id
            )
            session.add(plan)
            session.flush()
            session.add_all(
                ListItem(
                    plan_id=plan.id, kind="tasks", title=title, cooperating=[], state=state,
                    since=date(2025, 3, 1), due_on=date(2025, 4, 1),
                )
                for title, state in (("修路灯", "closed"), ("清垃圾", "to_do"))
            )  # fmt: skip
            session.add(
                EarlyWarning(
                    cycle_id="month-2025-02", township="T2", name="中街道", rank=1, cases=300,
                    facts={}, state="closed", raised_on=date(2025, 3, 2),
                )
            )  # fmt: skip
    return first_client(city_app)


def test_the_page_shows_months_points_lists_and_history(client: FlaskClient) -> None:
    page = client.get("/townships/T2").text
    assert "治理中" in page
    assert "清单共 2 项，已办结 1 项，按期应办结 2 项，逾期 1 项。" in page
    assert "进展缓慢" in page
    assert "收到预警" in page
    assert "2025-06-01 至 2025-06-30" in page
    assert page.count("花园小区") >= 1


def test_the_board_leads_to_it(client: FlaskClient) -> None:
    assert 'href="/townships/T2"' in client.get("/assessment").text


def test_the_word_file_says_the_same_and_names_no_case(
    client: FlaskClient, city_home: Path
) -> None:
    paper = read_paper(client.get("/townships/T2/sheet.docx"))
    texts = "\n".join(paper.texts)
    cells = [cell for table in paper.tables for row in table for cell in row]
    assert "中街道" in texts
    assert "清单共 2 项，已办结 1 项" in texts
    run = newest_run(Home.at(city_home))
    assert run
    assert run.id in texts
    assert "收到预警" in cells
    assert "2025-06-01 – 2025-06-30" in cells
    assert not any(text.startswith("C0") for text in cells)


def test_taking_it_away_is_recorded(client: FlaskClient, city_app: Flask) -> None:
    client.get("/townships/T1/sheet.docx")
    with services(city_app).database.session() as session:
        acts = session.query(AuditEntry).filter_by(action="township.export").all()
    assert "T1" in {act.subject_id for act in acts}


def told_to_viewers(count: str) -> bool:
    return count in ("—", "–", "<5", "0") or int(count.replace(",", "")) % 5 == 0


def counted_columns(paper: Read) -> list[tuple[str, ...]]:
    """Return the columns of counts of a paper's tables, without their names."""
    counted = {"件数", "有效回访", "来电诉求"}
    return [
        tuple(cells) for table in paper.tables for name, *cells in zip(*table, strict=True)
        if name in counted
    ]  # fmt: skip


def test_a_viewer_reads_no_small_count_in_it(client: FlaskClient, city_app: Flask) -> None:
    viewer = client_as(city_app, "sheet-viewer", ["viewer"])
    assert viewer.get("/townships/T2").status_code == 200
    paper = read_paper(viewer.get("/townships/T2/sheet.docx"))
    columns = counted_columns(paper)
    counts = [cell for cells in columns for cell in cells]
    assert len(columns) >= 3
    assert counts
    assert all(told_to_viewers(each) for each in counts)
    assert "小于 5 的数不显示" in " ".join(paper.texts)
    # The volume is the page's, not the number that ranks her.
    volume = next(row[1] for table in paper.tables for row in table if row[0] == "诉求量")
    assert told_to_viewers(volume.removesuffix(" 件"))
    assert volume.removesuffix(" 件") in viewer.get("/townships/T2").text
    # Whichever run is the newest, some of a planner's counts are no rounded ones.
    mine = counted_columns(read_paper(client.get("/townships/T2/sheet.docx")))
    assert not all(told_to_viewers(cell) for cells in mine for cell in cells)


def test_outside_her_area_a_person_learns_of_the_designation_alone(
    client: FlaskClient, city_app: Flask, city_run: RunSummary
) -> None:
    found = services(city_app)
    for own, kinds in (("T1", {"designation"}), ("T2", {"designation", "warning"})):
        areas = {Permission.READ: Area(townships=frozenset({own}))}
        sheet = sheet_of(
            Access(found.database, "li", areas=areas), found.home, found.settings, city_run.id,
            "T2", date(2025, 7, 1),
        )  # fmt: skip
        assert {event.kind for event in sheet.events} == kinds
        assert (sheet.progress is None) == (own == "T1")
        assert bool(sheet.points) == (own == "T2")
    unit = create_unit(operator(found.database), UnitValues(name="外单位", kind="department"))
    client = client_as(city_app, "stranger", ["viewer"], unit.id)
    stranger = client.get("/townships/T2")
    assert stranger.status_code == 200
    assert "收到预警" not in stranger.text
    assert "清单共" not in stranger.text
    file = read_paper(client.get("/townships/T2/sheet.docx"))
    told = "\n".join(file.texts)
    # What is hidden is called so, on the paper as on the page.
    for hidden in ("不显示清单进展", "不显示点位", "只显示决策、纳入和退出"):
        assert hidden in stranger.text
        assert hidden in told
    assert "没有高频点位" not in told


def test_history_leads_to_its_records_and_has_plans(client: FlaskClient, city_app: Flask) -> None:
    with services(city_app).database.session() as session:
        session.get_one(Plan, 1).begun_on = date(2025, 3, 5)
        warning = session.scalars(select(EarlyWarning.id)).one()
    page = client.get("/townships/T2").text
    for address, words in (
        ("/governance/1", "纳入治理类"),
        ("/governance/plans/1", "制定年度方案：2025"),
        (f"/supervision/warnings/{warning}", "收到预警"),
    ):
        assert f'<a href="{address}">{words}' in page


def test_an_unknown_township_is_told_in_one_line(client: FlaskClient) -> None:
    assert client.get("/townships/T9/sheet.docx").status_code == 404
