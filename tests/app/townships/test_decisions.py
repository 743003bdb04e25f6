"""Decisions: frozen with all their numbers, opening the same later, designating at once."""

from __future__ import annotations

import hashlib
import json
import shutil
from datetime import date
from pathlib import Path

import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import func, select

from app.accounts.models import AuditEntry
from app.cases.uploads import import_file
from app.errors import Conflict, Forbidden, InvalidParameter, Missing
from app.hotspots.runs import RunSummary
from app.services import services
from app.townships.choosing.decisions import (
    Choice,
    DecisionValues,
    find_decision,
    is_intact,
    record_decision,
)
from app.townships.choosing.models import Decision
from app.townships.designations.in_force import designated_on
from app.townships.designations.models import Designation
from geodata.home import Home
from tests.app.small_city import make_small_city, write_cases
from tests.papers import read_paper
from tests.people import access_as, client_as, make_account, make_app, operator_of

DAY = date(2025, 7, 8)
FORM = {
    "title": "首批治理类街乡镇", "decided_on": "2025-07-08", "decided_by": "市级专题会议",
    "objections": "有人认为西镇更急。\n已记录。", "corrects": "", "chosen": "T2",
    "reason-T2": "诉求集中，聚集区占比最高",
}  # fmt: skip


@pytest.fixture(scope="module")
def city(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, RunSummary]:
    home = tmp_path_factory.mktemp("decisions") / "home"
    return home, make_small_city(home)


@pytest.fixture
def run(city: tuple[Path, RunSummary], tmp_path: Path) -> RunSummary:
    """The run of a city of the test's own, which it may change."""
    shutil.copytree(city[0], tmp_path / "home")
    return city[1]


@pytest.fixture
def app(run: RunSummary, tmp_path: Path) -> Flask:
    return make_app(tmp_path / "home")


@pytest.fixture
def planner(app: Flask) -> FlaskClient:
    return client_as(app, "planner", ["planner"])


def main_part(page: str) -> str:
    return page[page.index("<main") : page.index("</main>")]


def test_a_decision_opens_the_same_after_later_data_and_without_its_run(
    app: Flask, planner: FlaskClient, run: RunSummary, tmp_path: Path
) -> None:
    answer = planner.post("/townships/decisions/new?w_volume=40&n=2", data=FORM)
    assert answer.status_code == 302
    address = answer.headers["Location"]
    # The first visit carries the notice that it was recorded.
    planner.get(address)
    page = main_part(planner.get(address).get_data(as_text=True))
    document = planner.get(f"{address}/document.json")
    frozen = document.get_data()
    assert hashlib.sha256(frozen).hexdigest() in page
    told = json.loads(frozen)
    assert told["run"]["id"] == run.id
    assert told["objections"] == "有人认为西镇更急。\n已记录。"
    chosen = next(row for row in told["townships"] if row["code"] == "T2")
    assert sum(chosen["contributions"].values()) == pytest.approx(chosen["score"], abs=1e-9)
    weights = {each["key"]: each["weight"] for each in told["criteria"]}
    assert weights["volume"] == pytest.approx(40 / 128)

    home = services(app).home
    import_file(home, write_cases(tmp_path / "later.csv", seed=8), "suyuan")
    shutil.rmtree(home.runs / run.id)
    again = planner.get(address)
    assert again.status_code == 200
    assert main_part(again.get_data(as_text=True)) == page
    assert planner.get(f"{address}/document.json").get_data() == frozen
    assert designated_on(services(app).database, DAY) == {"T2"}
    assert "首批治理类街乡镇" in planner.get("/townships/decisions").get_data(as_text=True)


def values(run: RunSummary, *codes: str, corrects: int | None = None) -> DecisionValues:
    return DecisionValues(
        title="决定",
        decided_on=DAY,
        decided_by="会议",
        n_considered=3,
        corrects=corrects,
        chosen=tuple(Choice(code=code, reason="诉求集中") for code in codes),
    )


def test_a_correction_names_the_former_and_both_stay(run: RunSummary, tmp_path: Path) -> None:
    home = Home.at(tmp_path / "home")
    access = operator_of(home)
    first = record_decision(access, home, run, None, values(run, "T2"))
    before = first.document
    with pytest.raises(Conflict):
        record_decision(access, home, run, None, values(run, "T2", "T1"))
    with access.database.session() as session:
        assert session.scalar(select(func.count()).select_from(Decision)) == 1
    assert designated_on(access.database, DAY) == {"T2"}
    second = record_decision(access, home, run, None, values(run, "T2", "T1", corrects=first.id))
    told = json.loads(second.document)["corrects"]
    assert told == {"id": first.id, "title": "决定", "digest": first.digest}
    assert find_decision(access.database, first.id).document == before
    assert designated_on(access.database, DAY) == {"T1", "T2"}
    with access.database.session() as session:
        actions = list(session.scalars(select(AuditEntry.action)))
    assert actions.count("decision.create") == 2


def test_both_pages_name_whom_a_correction_drops_until_it_is_withdrawn(
    app: Flask, planner: FlaskClient
) -> None:
    new = "/townships/decisions/new?n=3"
    both = {**FORM, "chosen": ["T1", "T2"], "reason-T1": "误选"}
    first = planner.post(new, data=both).headers["Location"]
    frozen = planner.get(f"{first}/document.json").get_data()
    assert "更正后不再选的街乡镇" not in planner.get(first).text
    second = planner.post(new, data={**FORM, "corrects": "1"}).headers["Location"]
    database = services(app).database
    with database.session() as session:
        wrong = session.scalars(select(Designation).where(Designation.township == "T1")).one()
    for address in (first, second):
        page = planner.get(address).text
        assert f'<a href="/governance/{wrong.id}">{wrong.name}</a>' in page
        assert "办理“撤销指定”" in page
        paper = read_paper(planner.get(f"{address}/decision.docx"))
        assert any(f"更正后不再选的街乡镇：{wrong.name}" in text for text in paper.texts)
    assert "撤销指定" in planner.get(f"/governance/{wrong.id}").text
    step = {"state": "withdrawn", "on": str(DAY), "words": "误选", "row_version": wrong.row_version}
    assert planner.post(f"/governance/{wrong.id}/move", data=step).status_code == 302
    assert designated_on(database, DAY) == {"T2"}
    assert "已撤销指定" in planner.get("/governance").text
    assert "撤销日期" in planner.get(f"/governance/{wrong.id}").text
    plan = planner.post(f"/governance/{wrong.id}/plan", data={"year": "2025"})
    assert (plan.status_code, "的指定已撤销，不能编制方案" in plan.text) == (409, True)
    assert "已撤销指定" in planner.get(second).text
    assert "办理“撤销指定”" not in planner.get(second).text
    assert planner.get(f"{first}/document.json").get_data() == frozen
    # Who is chosen again by a still later correction is dropped no more.
    last = planner.post(new, data={**both, "corrects": "2"}).headers["Location"]
    for address in (first, second, last):
        assert "更正后不再选的街乡镇" not in planner.get(address).text
    assert designated_on(database, DAY) == {"T1", "T2"}


def test_what_was_changed_in_the_table_is_told(run: RunSummary, tmp_path: Path) -> None:
    home = Home.at(tmp_path / "home")
    access = operator_of(home)
    made = record_decision(access, home, run, None, values(run, "T2"))
    assert is_intact(find_decision(access.database, made.id))
    with access.database.session() as session:
        found = session.get_one(Decision, made.id)
        found.document = found.document.replace("诉求集中", "诉求分散")
    assert not is_intact(find_decision(access.database, made.id))


def test_wrong_choices_keep_nothing(run: RunSummary, tmp_path: Path) -> None:
    home = Home.at(tmp_path / "home")
    access = operator_of(home)
    for codes in (("T9",), ("T2", "T2")):
        with pytest.raises(InvalidParameter):
            record_decision(access, home, run, None, values(run, *codes))
    with pytest.raises(Missing):
        record_decision(access, home, run, None, values(run, "T2", corrects=99))
    with access.database.session() as session:
        assert session.scalar(select(func.count()).select_from(Decision)) == 0


def test_only_who_governs_decides(app: Flask, run: RunSummary) -> None:
    reviewer = make_account(services(app).database, "reviewer", ["reviewer"])
    home = services(app).home
    with pytest.raises(Forbidden):
        record_decision(access_as(app, reviewer), home, run, None, values(run, "T2"))
    client = client_as(app, "reviewer", ["reviewer"])
    assert client.post("/townships/decisions/new", data=FORM).status_code == 403


def test_the_form_says_what_is_missing_and_keeps_what_was_written(planner: FlaskClient) -> None:
    nothing = planner.post("/townships/decisions/new", data={**FORM, "chosen": []})
    assert nothing.status_code == 422
    without = planner.post("/townships/decisions/new", data={**FORM, "reason-T2": " "})
    assert without.status_code == 422
    page = without.get_data(as_text=True)
    assert "首批治理类街乡镇" in page
    assert "选中中街道的理由不能为空" in page
    long = planner.post("/townships/decisions/new", data={**FORM, "reason-T2": "长" * 4_001})
    assert long.status_code == 422
    assert "选中中街道的理由有 4001 字，最多 4000 字" in long.text
    assert planner.get("/townships/decisions/7").status_code == 404


def test_a_decision_is_a_word_file_of_the_same_numbers(app: Flask, planner: FlaskClient) -> None:
    address = planner.post("/townships/decisions/new?n=2", data=FORM).headers["Location"]
    paper = read_paper(planner.get(f"{address}/decision.docx"))
    told = json.loads(planner.get(f"{address}/document.json").get_data())
    chosen, considered, weights = paper.tables
    row = next(each for each in told["townships"] if each["code"] == "T2")
    assert chosen[1][0].startswith(row["name"])
    assert chosen[1][1:] == [
        str(row["rank"]), chosen[1][2], f"{row['score']:.1f}", FORM["reason-T2"],
    ]  # fmt: skip
    assert [each[0] for each in considered[1:]] == ["1", "2"]
    counts = [f"{each['count']:,}" for each in told["townships"][:2]]
    assert [each[4] for each in considered[1:]] == counts
    assert [each[1] for each in weights[1:]] == [
        f"{100 * each['weight']:.1f}%" for each in told["criteria"]
    ]
    assert FORM["objections"] in paper.texts
    with services(app).database.session() as session:
        decision = session.scalars(select(Decision)).one()
        acts = session.scalars(select(AuditEntry.action)).all()
    assert any(decision.digest in text for text in paper.texts)
    assert "decision.export" in acts


def test_viewers_see_no_counts_of_a_decision(app: Flask, planner: FlaskClient) -> None:
    address = planner.post("/townships/decisions/new", data=FORM).headers["Location"]
    viewer = client_as(app, "viewer", ["viewer"])
    page = viewer.get(address).get_data(as_text=True)
    assert "中街道" in page
    assert ">948<" not in page
    for word in ("名次区间", "诉求集中"):
        assert f">{word}</th>" not in page
        assert f">{word}</th>" in planner.get(address).get_data(as_text=True)
    assert ">948<" in planner.get(address).get_data(as_text=True)
    assert viewer.get(f"{address}/document.json").status_code == 403
    paper = read_paper(viewer.get(f"{address}/decision.docx"))
    cells = {cell for table in paper.tables for row in table for cell in row}
    assert cells.isdisjoint({"948", "名次区间", "件数", "诉求集中"})
