"""The working rules of a home: kept whole, changed on their page, named by every run."""

from __future__ import annotations

import re
import shutil
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest
from flask import Flask
from flask.testing import FlaskClient

from app.errors import Conflict, InvalidParameter, InvalidSetting, Missing
from app.hotspots.forms import AnalyseArguments
from app.hotspots.points import rules
from app.hotspots.points.rules import DEFAULT_RULES, FILE, MonthlyTop, Repeats
from app.hotspots.runs import load_run, read_table
from app.services import services
from app.townships.choosing.analysing import analyse_and_rank
from geodata.home import Home
from tests.app import small_city
from tests.people import first_client, operator_of

FIVE = Repeats(zh="十天五件", en="Five in ten days", least=5, days=10, same_class=False)


@pytest.fixture
def home(tmp_path: Path) -> Home:
    return Home.at(tmp_path / "home")


def names(home: Home) -> list[str]:
    return [rule.name for rule in rules.load_rules(home)]


def test_a_home_begins_with_the_defaults_and_returns_to_them(home: Home) -> None:
    assert rules.load_rules(home) == DEFAULT_RULES
    rules.add_rule(operator_of(home), home, FIVE, rules.rules_version(home))
    assert rules.load_rules(home) == (*DEFAULT_RULES, FIVE)
    rules.reset_rules(operator_of(home), home)
    assert rules.load_rules(home) == DEFAULT_RULES
    rules.reset_rules(operator_of(home), home)


def test_rules_are_changed_and_removed_by_name(home: Home) -> None:
    default = DEFAULT_RULES[0].name
    rules.change_rule(operator_of(home), home, default, FIVE, rules.rules_version(home))
    assert names(home) == ["any_class_5_in_10_days", "monthly_top_20_least_3"]
    with pytest.raises(Missing):
        rules.remove_rule(operator_of(home), home, default, rules.rules_version(home))
    rules.remove_rule(operator_of(home), home, FIVE.name, rules.rules_version(home))
    with pytest.raises(InvalidParameter, match="there must be 1 to 12, found 0"):
        rules.remove_rule(
            operator_of(home), home, "monthly_top_20_least_3", rules.rules_version(home)
        )
    assert names(home) == ["monthly_top_20_least_3"]


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"zh": "另一个名称"}, "have the same values"),
        ({"zh": FIVE.zh, "days": 11}, "two are named"),
    ],
)
def test_rules_that_say_the_same_are_refused(
    home: Home, change: dict[str, object], message: str
) -> None:
    rules.add_rule(operator_of(home), home, FIVE, rules.rules_version(home))
    with pytest.raises(InvalidParameter, match=message):
        rules.add_rule(
            operator_of(home), home, FIVE.model_copy(update=change), rules.rules_version(home)
        )
    assert len(rules.load_rules(home)) == 3


def test_who_comes_second_is_told_and_changes_nothing(home: Home) -> None:
    seen, access = rules.rules_version(home), operator_of(home)

    def add(days: int) -> bool:
        rule = Repeats(zh=f"规则{days}", least=4, days=days)
        try:
            rules.add_rule(access, home, rule, seen)
        except Conflict:
            return False
        return True

    with ThreadPoolExecutor(4) as pool:
        assert sum(pool.map(add, range(20, 28))) == 1
    assert len(rules.load_rules(home)) == 3
    assert {file.name for file in home.path.glob("point_rules*")} == {FILE, "point_rules.lock"}


@pytest.mark.parametrize(
    "text",
    [
        "- kind: repeat\n  zh: x\n  least: 0\n  days: 7\n",
        "- kind: moon\n  zh: x\n",
        "- kind: repeat\n  zh: x\n  least: 3\n  days: 7\n  colour: red\n",
        "[]",
        "{",
        "just words",
        "",
    ],
)
def test_a_file_mended_wrongly_is_told_in_one_line(home: Home, text: str) -> None:
    (home.path / FILE).write_text(text, "utf-8")
    with pytest.raises(InvalidSetting) as told:
        rules.load_rules(home)
    assert "\n" not in told.value.english
    assert "恢复系统默认" in told.value.chinese
    rules.reset_rules(operator_of(home), home)
    assert rules.load_rules(home) == DEFAULT_RULES


# ---- the page


def fill(**change: str) -> dict[str, str]:
    form = {"zh": "十天五件", "en": "Five in ten days", "least": "5", "days": "10"}
    return form | change


def seen(app: Flask) -> str:
    return rules.rules_version(services(app).home)


def test_a_planner_adds_changes_removes_and_resets(empty_app: Flask) -> None:
    client, home = first_client(empty_app), services(empty_app).home
    page = client.get("/hotspots/rules").text
    assert "在任意连续 7 天（168 小时）内不少于 3 件" in page
    assert "Monthly top 20" in page
    form = fill(seen=seen(empty_app))
    assert client.post("/hotspots/rules/new?kind=repeat", data=form).status_code == 302
    assert rules.load_rules(home)[2] == FIVE
    assert "十天五件" in client.get("/hotspots/rules").text
    form = {"zh": "前五名", "en": "", "top": "5", "least": "2", "seen": seen(empty_app)}
    assert client.post("/hotspots/rules/new?kind=monthly_top", data=form).status_code == 302
    assert rules.load_rules(home)[3] == MonthlyTop(zh="前五名", top=5, least=2)
    form = fill(least="6", same_class="y", seen=seen(empty_app))
    page = f"/hotspots/rules/{FIVE.name}/edit"
    assert 'value="10"' in client.get(page).text
    assert client.post(page, data=form).status_code == 302
    assert rules.load_rules(home)[2].name == "same_class_6_in_10_days"
    page = "/hotspots/rules/same_class_6_in_10_days/remove"
    assert client.post(page, data={"seen": seen(empty_app)}).status_code == 302
    assert client.post("/hotspots/rules/reset").status_code == 302
    assert rules.load_rules(home) == DEFAULT_RULES


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"least": "0"}, "请填写 1 到 1000 之间的整数"),
        ({"least": "many"}, "请填写 1 到 1000 之间的整数"),
        ({"least": ""}, "请填写 1 到 1000 之间的整数"),
        ({"days": "9" * 5000}, "请填写 1 到 366 之间的整数"),
        ({"days": "2.5"}, "请填写 1 到 366 之间的整数"),
        ({"zh": " "}, "请填写名称"),
        ({"zh": "长" * 61}, "名称不超过 60 个字"),
        ({"zh": "同类 7 天 3 件"}, "已有名为“同类 7 天 3 件”的规则"),
        ({"zh": "x", "least": "3", "days": "7", "same_class": "y"}, "数值完全相同"),
        ({"days": "9" * 400}, "请填写 1 到 366 之间的整数"),
        ({"zh": "a\x07b"}, "名称含有不能使用的字符"),
        ({"en": "x" * 61}, "名称不超过 60 个字"),
    ],
)
def test_a_bad_value_is_told_once_and_nothing_is_kept(
    empty_app: Flask, change: dict[str, str], message: str
) -> None:
    form = fill(seen=seen(empty_app), **change)
    answer = first_client(empty_app).post("/hotspots/rules/new?kind=repeat", data=form)
    assert answer.status_code == 422
    assert answer.text.count(message) == 1
    assert rules.load_rules(services(empty_app).home) == DEFAULT_RULES


def test_what_someone_else_changed_is_not_overwritten(empty_app: Flask) -> None:
    client, home = first_client(empty_app), services(empty_app).home
    form = fill(seen=seen(empty_app))
    rules.add_rule(
        operator_of(home), home, MonthlyTop(zh="前五名", top=5, least=2), seen(empty_app)
    )
    answer = client.post("/hotspots/rules/new?kind=repeat", data=form)
    assert answer.status_code == 409
    assert "规则已被他人修改" in answer.text
    # What was typed is still there.
    assert "十天五件" in answer.text
    assert client.post(f"/hotspots/rules/{names(home)[0]}/remove", data={}).status_code == 409


@pytest.mark.parametrize("name", ["same_class_3_in_7_days", "monthly_top_20_least_3"])
def test_a_rule_gone_meanwhile_keeps_what_was_typed(empty_app: Flask, name: str) -> None:
    """Two people open one rule: its name goes with the values that the first one changes."""
    client, home = first_client(empty_app), services(empty_app).home
    form = fill(seen=seen(empty_app)) | ({"top": "31"} if "top" in name else {})
    rules.remove_rule(operator_of(home), home, name, seen(empty_app))
    answer = client.post(f"/hotspots/rules/{name}/edit", data=form)
    assert answer.status_code == 409
    assert "规则已被他人修改" in answer.text
    assert "十天五件" in answer.text
    assert f'value="{form.get("top", form["days"])}"' in answer.text
    gone = client.get(f"/hotspots/rules/{name}/edit")
    assert gone.status_code == 404
    assert "没有这条规则" in gone.text


def test_removing_asks_first_and_the_map_is_marked(empty_app: Flask) -> None:
    page = first_client(empty_app).get("/hotspots/rules").text
    assert page.count("确认删除") == len(DEFAULT_RULES)
    assert re.search(r'is-active" href="/hotspots"', page)


@pytest.mark.parametrize(
    ("path", "status"),
    [
        ("/hotspots/rules/new?kind=moon", 400),
        ("/hotspots/rules/none/edit", 404),
        ("/hotspots/rules/new", 200),
    ],
)
def test_addresses_of_no_rule(empty_client: FlaskClient, path: str, status: int) -> None:
    assert empty_client.get(path).status_code == status


def test_the_page_opens_on_a_broken_file_and_mends_it(empty_app: Flask) -> None:
    client, home = first_client(empty_app), services(empty_app).home
    (home.path / FILE).write_text("{", "utf-8")
    assert "point_rules.yaml 无法使用" in client.get("/hotspots/rules").text
    assert client.get("/hotspots/rules/x/edit").status_code == 422
    assert client.post("/hotspots/rules/reset").status_code == 302
    assert "已恢复系统默认规则" in client.get("/hotspots/rules").text
    assert "无法使用" not in client.get("/hotspots/rules").text


def test_forms_need_their_token(empty_app: Flask) -> None:
    empty_app.config["WTF_CSRF_ENABLED"] = True
    client = first_client(empty_app)
    for path in ("new?kind=repeat", "x/edit", "x/remove", "reset"):
        assert client.post(f"/hotspots/rules/{path}", data=fill()).status_code == 400


# ---- runs


@pytest.fixture
def own_city(city_home: Path, tmp_path: Path) -> Home:
    """A copy of the small city, whose rules may be changed."""
    shutil.copytree(city_home, tmp_path / "copy", ignore=shutil.ignore_patterns("*.lock"))
    return Home.at(tmp_path / "copy")


def test_a_run_names_its_rules_and_keeps_them(own_city: Home) -> None:
    arguments = AnalyseArguments(start=small_city.START, end=small_city.END, resolution=8)
    first = analyse_and_rank(own_city, arguments)
    assert [each["name"] for each in first.record["parameters"]["point_rules"]] == [
        "same_class_3_in_7_days",
        "monthly_top_20_least_3",
    ]
    many = Repeats(zh="一天百件", least=100, days=1)
    for rule in DEFAULT_RULES:
        seen = rules.rules_version(own_city)
        if rule.kind == "repeat":
            rules.change_rule(operator_of(own_city), own_city, rule.name, many, seen)
        else:
            rules.remove_rule(operator_of(own_city), own_city, rule.name, seen)
    second = analyse_and_rank(own_city, arguments)
    assert second.id != first.id
    assert list(rules.run_rules(second)) == ["same_class_100_in_1_days"]
    assert all(row["rules"] == [] for row in read_table(own_city, second.id, "points").to_pylist())
    assert list(rules.run_rules(load_run(own_city, first.id))) == [
        rule.name for rule in DEFAULT_RULES
    ]
    rules.reset_rules(operator_of(own_city), own_city)
    assert analyse_and_rank(own_city, arguments).id == first.id


def test_a_run_from_before_rules_could_be_changed_still_opens(own_city: Home) -> None:
    run = load_run(own_city, next(own_city.runs.glob("[0-9a-f]*")).name)
    record = {**run.record, "parameters": dict(run.record["parameters"])}
    del record["parameters"]["point_rules"]
    record["point_rules"] = [
        {"name": "same_class_3_in_7_days", "least": 3, "days": 7, "same_class": True},
        {"name": "monthly_top_20", "top": 20, "least": 3},
    ]
    old = rules.run_rules(type(run)(**{**vars(run), "record": record}))
    assert old == dict(
        zip(["same_class_3_in_7_days", "monthly_top_20"], DEFAULT_RULES, strict=True)
    )
