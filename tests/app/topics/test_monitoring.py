"""Half-months of a problem: each line by one version, per day, against its target."""

from __future__ import annotations

import json
from datetime import date

import pytest
from flask import Flask
from flask.testing import FlaskClient

from app.accounts.access import operator
from app.accounts.audit import history_of
from app.services import services
from app.topics.baselines import baseline_of
from app.topics.definitions import DefinitionValues, add_version, versions_of
from app.topics.models import TopicProblem
from app.topics.monitoring import Line, monitor, shown
from app.topics.problems import find_problem
from app.topics.targets import set_targets, targets_of
from app.topics.topics import get_topic, move
from app.townships.assessment.timeline import timeline
from tests.app.topics.topic_city import DEFINITION, make_problem, send
from tests.people import client_as


def lines(app: Flask) -> dict[str, Line]:
    found = services(app)
    versions = versions_of(found.database, 1)
    line = timeline(found.database, found.settings)
    made = monitor(found.home, line, versions, targets_of(found.database, versions))
    return {each.cycle.id: each for each in made}


def told(app: Flask) -> list[tuple[object, ...]]:
    """What the lines say, and by which version."""
    return [
        (key, each.definition.number, each.count, each.change, each.year_change, each.baseline)
        for key, each in lines(app).items()
    ]


def problem_of(app: Flask) -> TopicProblem:
    return find_problem(services(app).database, 1)[0]


def decide(app: Flask, client: FlaskClient) -> None:
    """Take the topic as far as under way."""
    access = operator(services(app).database)
    send(client, "/units/new", name="住建委", kind="department", parent_id="0")
    unit = client.get("/units").text.partition("住建委")[0].rpartition("/units/")[2]
    page = {"year": "2025", "month": "3", "title": "电梯安全", "leader": "副市长",
            "lead_id": unit.partition('"')[0]}  # fmt: skip
    send(client, "/topics/1/edit", **page, row_version="1")
    for state in ("adopted", "under_way"):
        version = get_topic(access.database, 1).row_version
        move(access, 1, version, state, "", date.today())


def test_a_line_compares_per_day(topic_app: tuple[Flask, FlaskClient]) -> None:
    app, client = topic_app
    make_problem(client)
    access = operator(services(app).database)
    found, version = services(app), problem_of(app).row_version
    line = timeline(found.database, found.settings)
    goals = {"2025-02": 28.0, "2025-03": 46.5}
    set_targets(access, found.home, line, 1, 1, goals, version)
    made = lines(app)
    assert next(iter(made)) == "half_month-2025-01-1"
    assert list(made)[-1] == "half_month-2025-06-2"
    # Two a day until the end of February, whose second half has 13 days; then one a day.
    february, march = made["half_month-2025-02-2"], made["half_month-2025-03-1"]
    assert (february.count, february.per_day, february.change) == (26, 2.0, 0.0)
    assert (march.count, march.per_day, march.change) == (15, 1.0, -0.5)
    assert march.year_change == -0.5
    assert march.baseline.per_day == 2.0
    assert march.baseline_change == -0.5
    assert (february.target, february.is_met) == (1.0, False)
    assert (march.target, march.is_met) == (1.5, True)
    assert made["half_month-2025-04-1"].target is None


def test_a_baseline_that_the_data_lack_in_part_is_none(
    topic_app: tuple[Flask, FlaskClient],
) -> None:
    app, client = topic_app
    make_problem(client, baseline_first="2023-12-16")
    found = services(app)
    definition = versions_of(found.database, 1)[0]
    line = timeline(found.database, found.settings)
    baseline = baseline_of(found.home, line, definition)
    assert (baseline.cases, baseline.days, baseline.per_day) == (732, 366, None)
    assert lines(app)["half_month-2025-03-1"].baseline_change is None


def test_a_new_version_never_rewrites_what_was_counted(
    topic_app: tuple[Flask, FlaskClient],
) -> None:
    app, client = topic_app
    make_problem(client)
    decide(app, client)
    before = told(app)
    found = services(app)
    baseline = {"baseline_first": date(2024, 1, 1), "baseline_last": date(2024, 12, 31)}
    values = DefinitionValues(valid_from=date(2025, 7, 1), classes="噪声", **baseline)
    version = str(problem_of(app).row_version)
    answer = client.post("/topics/problems/1/definitions/new", data={
        "valid_from": "2025-06-16", "classes": "噪声", "baseline_first": "2024-01-01",
        "baseline_last": "2024-12-31", "row_version": version,
    })  # fmt: skip
    assert answer.status_code == 400
    assert "最早可自 2025-07-01 启用" in answer.text
    assert 'value="2025-06-16"' in answer.text
    add_version(operator(found.database), found.home, 1, values, int(version))
    assert told(app) == before


def test_while_proposed_a_version_may_be_replaced(topic_app: tuple[Flask, FlaskClient]) -> None:
    app, client = topic_app
    make_problem(client)
    version = str(problem_of(app).row_version)
    send(client, "/topics/problems/1/definitions/new", valid_from="2025-03-01", classes="噪声",
         baseline_first="2024-01-01", baseline_last="2024-12-31", row_version=version)  # fmt: skip
    found = lines(app)
    old, new = found["half_month-2025-02-2"], found["half_month-2025-03-1"]
    assert (old.definition.number, old.count) == (1, 26)
    # Noise is two a day: the half-month before is counted by the new version too.
    assert (new.definition.number, new.count, new.change) == (2, 30, 0.0)
    assert new.baseline.per_day == 2.0


@pytest.mark.parametrize(
    ("field", "value", "said"),
    [
        ("valid_from", "2025-01-02", "不是半月的首日"),
        ("baseline_last", "2024-12-30", "不是半月的末日"),
        ("baseline_last", "2023-12-31", "基期末日"),
        ("baseline_last", "2025-01-15", "基期末日"),
        ("classes", "物业管理 / 没有这类", "在库中不存在"),
        ("classes", "", "至少填一项"),
        ("keywords", "13912345678", "像电话号码"),
        ("keywords", "长" * 41, "超过 40 字"),
        ("tags", "///", "“///”只有斜线"),
        ("valid_from", "明天", "不是日期"),
        ("row_version", "7", "已被他人修改"),
    ],
)
def test_what_is_wrong_stands_at_its_field(
    shared: FlaskClient, field: str, value: str, said: str
) -> None:
    form = {**DEFINITION, "row_version": "1", field: value}
    answer = shared.post("/topics/problems/2/definitions/new", data=form)
    assert answer.status_code in (400, 409, 422)
    assert said in answer.text
    assert "口径第 1 版" not in shared.get("/topics/problems/2").text


def test_targets_are_written_and_taken_out(topic_app: tuple[Flask, FlaskClient]) -> None:
    app, client = topic_app
    problem = make_problem(client)
    version = str(problem_of(app).row_version)
    form = {"definition": "1", "year": "2025", "row_version": version}
    send(client, f"{problem}/targets", **form, m03="46.5", m04="0")
    found = services(app)
    versions = versions_of(found.database, 1)
    assert targets_of(found.database, versions) == {(1, "2025-03"): 46.5, (1, "2025-04"): 0.0}
    stale = client.post(f"{problem}/targets", data={**form, "m03": "1"})
    assert stale.status_code == 409
    form["row_version"] = str(problem_of(app).row_version)
    assert client.post(f"{problem}/targets", data={**form, "m03": "-1"}).status_code == 422
    form["row_version"] = str(problem_of(app).row_version)
    send(client, f"{problem}/targets", **form, m03="40")
    assert targets_of(found.database, versions) == {(1, "2025-03"): 40.0}


@pytest.mark.parametrize("typed", ["sNaN", "NaN", "Infinity", "1e999", "1e999999999", "-1", "x"])
def test_a_target_that_is_no_number_is_refused(shared: FlaskClient, typed: str) -> None:
    form = {"definition": "1", "year": "2025", "row_version": "2", "m03": typed}
    answer = shared.post("/topics/problems/1/targets", data=form)
    assert answer.status_code == 422
    assert answer.text.count('id="targets-1-m03-error"') == 1


def test_a_target_above_the_baseline_is_refused(topic_app: tuple[Flask, FlaskClient]) -> None:
    app, client = topic_app
    problem = make_problem(client)
    form = {"definition": "1", "year": "2025", "row_version": str(problem_of(app).row_version)}
    # Two a day in 2024: 62 in March, 56 in February.
    answer = client.post(f"{problem}/targets", data={**form, "m02": "56", "m03": "63"})
    assert answer.status_code == 400
    said = answer.text.partition('id="targets-1-m03-error"')[2].partition("</div>")[0]
    assert "2025-03 的目标 63 件高于基期" in said
    assert "基期每日 2.00 件，折合该月 62.0 件" in said
    assert 'value="63"' in answer.text
    send(client, f"{problem}/targets", **form, m02="56", m03="62")


def test_each_version_has_its_targets(topic_app: tuple[Flask, FlaskClient]) -> None:
    app, client = topic_app
    problem = make_problem(client)
    send(client, f"{problem}/targets", definition="1", year="2025", m03="46.5",
         row_version=str(problem_of(app).row_version))  # fmt: skip
    send(client, f"{problem}/definitions/new", valid_from="2025-07-01", classes="噪声",
         baseline_first="2024-01-01", baseline_last="2024-12-31",
         row_version=str(problem_of(app).row_version))  # fmt: skip
    page = client.get(f"{problem}?year=2025").text
    assert 'id="targets-1-m03"' in page
    assert 'id="targets-2-m03"' in page
    assert 'value="46.5"' in page
    send(client, f"{problem}/targets", definition="1", year="2025", m03="40",
         row_version=str(problem_of(app).row_version))  # fmt: skip
    versions = versions_of(services(app).database, 1)
    assert targets_of(services(app).database, versions) == {(1, "2025-03"): 40.0}
    later = client.get(f"{problem}?year=2026").text
    assert 'id="targets-1-m03"' not in later
    assert 'id="targets-2-m03"' in later
    wrong = client.post(f"{problem}/targets", data={
        "definition": "1", "year": "2025", "m03": "x", "row_version": "4"})  # fmt: skip
    assert 'id="targets-1-m03-error"' in wrong.text
    assert 'id="targets-2-m03-error"' not in wrong.text


def test_the_chart_draws_each_baseline_by_its_own_half_months(
    topic_app: tuple[Flask, FlaskClient],
) -> None:
    app, client = topic_app
    problem = make_problem(client)
    send(client, f"{problem}/definitions/new", valid_from="2025-03-01", classes="物业管理",
         baseline_first="2024-01-01", baseline_last="2024-12-31",
         row_version=str(problem_of(app).row_version))  # fmt: skip
    page = client.get(problem).text
    drawn = page.partition('id="volume">')[2].partition("</script>")[0]
    data = json.loads(drawn)
    # Lifts were two a day; with leaks, three.
    assert [each["name"] for each in data["levels"]] == [
        "基期（口径第 1 版）", "基期（口径第 2 版）"]  # fmt: skip
    assert data["levels"][0]["values"] == [2.0] * 4 + [None] * 8
    assert data["levels"][1]["values"] == [None] * 4 + [3.0] * 8
    assert "target" not in data


def test_the_audit_is_not_told_the_words_of_a_definition(
    topic_app: tuple[Flask, FlaskClient],
) -> None:
    app, client = topic_app
    make_problem(client, keywords="欧阳慕雪、电梯")
    told = str([vars(each) for each in history_of(services(app).database, "topic_problem", 1)])
    assert "'keywords': (None, 2)" in told
    assert "欧阳慕雪" not in told


def test_small_counts_are_not_told(topic_app: tuple[Flask, FlaskClient]) -> None:
    app, client = topic_app
    # Waste comes once a week: two or three a half-month.
    make_problem(client, classes="市容环卫")
    exact = tuple(lines(app).values())
    assert {line.count for line in exact} <= {1.0, 2.0, 3.0}
    told = shown(exact, exact=False)
    assert {line.count for line in told} == {-1.0}
    assert {(line.per_day, line.change, line.year_change) for line in told} == {(None, None, None)}
    viewer = client_as(app, "viewer", ["viewer"])
    page = viewer.get("/topics/problems/1").text
    assert "&lt;5" in page
    assert viewer.get("/topics/1").status_code == 200
    assert viewer.get("/topics/candidates").status_code == 403
