"""The year's governance: who answers, who is chosen, what is done, who leaves and falls back."""

from __future__ import annotations

import json
from datetime import date

import pytest
from playwright.sync_api import Page, expect

from app.hotspots.forms import AnalyseArguments
from app.townships.choosing.analysing import analyse_and_rank
from app.townships.choosing.criteria import DEFAULT_WEIGHTS
from tests.e2e import year_reckoning as reckoning
from tests.e2e.year_city import (
    QUIETENED,
    SURGE_MONTH,
    SURGING,
    WORST,
    YEAR,
    write_month,
)
from tests.e2e.year_home import OFFICE, City
from tests.e2e.year_pages import (
    cycle,
    decision_document,
    name_of,
    refused,
    step,
)


def the_township_answers_for_itself_alone(warned: Page, page: Page, warning: str) -> None:
    """Its own person answers; what is another's, or is above her, she is refused."""
    warned.goto("/supervision")
    expect(warned.locator("tbody tr th a")).to_have_text([name_of(SURGING)])
    warned.get_by_role("link", name=name_of(SURGING)).first.click()
    warned.wait_for_url(warning)
    assert not warned.get_by_role("link", name="打开这些诉求").count()
    warned.locator("[name=words]").first.fill("路面施工集中投诉，已要求错峰作业。")
    warned.get_by_role("button", name="提交回应").click()
    expect(warned.get_by_text("已要求错峰作业").first).to_be_visible()
    own, first = warning, warning.rpartition("/")[0] + "/1"
    assert own != first
    words = {"words": "不是我们。", "row_version": "1"}
    assert refused(warned, first)
    assert refused(warned, f"{first}/answer", **words)
    assert refused(warned, f"{own}/close", words="可以。", row_version="2")
    assert refused(warned, "/supervision/warnings", cycle=cycle(SURGE_MONTH))
    assert refused(warned, f"/assessment/reconciliation/cases?cycle={cycle(3)}&step=received")
    assert refused(warned, "/audit")
    page.goto(warning)
    page.locator("[name=words]").last.fill("措施可行，月底复查。")
    page.get_by_role("button", name="办结").click()
    expect(page.locator(".page-lead")).to_contain_text("已办结")


def three_are_chosen_by_changed_weights(page: Page, city: City) -> None:
    """The document holds the weights that the slider was moved to, and the scores they make."""
    analyse_and_rank(city.home, AnalyseArguments(start=date(YEAR - 1, 1, 1), end=date(YEAR, 4, 1)))
    page.goto("/townships")
    page.locator("#w-volume").fill("60")
    page.get_by_role("button", name="重算名次区间").click()
    page.wait_for_url("**w_volume=60**")
    page.get_by_role("link", name="据此作出决策").click()
    page.locator("[name=title]").fill("首批治理类街乡镇")
    page.locator("[name=decided_on]").fill(f"{YEAR}-04-01")
    page.locator("[name=decided_by]").fill("市级专题会议")
    page.locator("[name=objections]").fill("有意见认为应先看增幅，已记录。")
    for code in WORST:
        page.locator(f"#choose-{code}").check()
        page.locator(f"[name=reason-{code}]").fill("诉求集中，基础薄弱。")
    page.get_by_role("button", name="记录决策").click()
    for code in WORST:
        expect(page.get_by_text(name_of(code)).first).to_be_visible()
    expect(page.get_by_text("应先看增幅").first).to_be_visible()
    told = json.loads(decision_document(page))
    moved = {key: 100 * share for key, share in DEFAULT_WEIGHTS.items()} | {"volume": 60}
    weights = {each["key"]: each["weight"] for each in told["criteria"]}
    assert not told["default_weights"]
    assert weights == pytest.approx(
        {key: weight / sum(moved.values()) for key, weight in moved.items()}, abs=1e-9
    )
    assert {each["key"]: each["default"] for each in told["criteria"]} == DEFAULT_WEIGHTS
    assert [each["code"] for each in told["chosen"]] == list(WORST)
    for row in told["townships"]:
        points = row["contributions"]
        assert sum(points.values()) == pytest.approx(row["score"], abs=1e-9)
        known = sum(weights[key] for key in weights if key not in row["missing"])
        at_volume = 100 * weights["volume"] * row["standing"]["volume"] / known
        assert points["volume"] == pytest.approx(at_volume)


def governed_page(page: Page, code: str) -> None:
    page.goto("/governance")
    page.get_by_role("link", name=name_of(code), exact=True).first.click()


def an_item_is_dispatched(page: Page, called: Page) -> str:
    """Return the address of the item; the unit that is responsible for it begins."""
    governed_page(page, QUIETENED)
    step(page, "进入治理", date(YEAR, 4, 2))
    page.get_by_role("button", name="建立年度方案").click()
    page.get_by_role("link", name="新增事项").first.click()
    page.locator("[name=title]").fill("更换老旧排水管")
    page.locator("[name=responsible_id]").select_option(label=OFFICE)
    page.locator("[name=target_from]").fill("260")
    page.locator("[name=target_to]").fill("200")
    page.locator("[name=starts_on]").fill(f"{YEAR}-04-02")
    page.locator("[name=due_on]").fill(f"{YEAR}-06-30")
    page.get_by_role("button", name="保存").click()
    expect(page.get_by_role("heading", name="更换老旧排水管")).to_be_visible()
    called.goto(page.url)
    step(called, "开始", date(YEAR, 4, 3))
    return page.url


def a_whistle_is_blown_answered_and_rated(governed: Page, called: Page, warned: Page) -> None:
    """The township blows and rates, the unit comes; neither does the other's, nor do others."""
    governed.goto("/supervision/whistles/new")
    own = governed.locator("[name=township] option").evaluate_all("all => all.map(o => o.value)")
    assert [code for code in own if code] == [QUIETENED]
    governed.locator("[name=township]").select_option(QUIETENED)
    governed.locator("[name=title]").fill("雨后积水")
    governed.get_by_role("button", name="按职责清单找单位").click()
    governed.locator("[name=lead]").select_option(label=OFFICE)
    governed.get_by_role("button", name="吹哨", exact=True).click()
    expect(governed.locator("h1")).to_have_text("雨后积水")
    expect(governed.get_by_role("row", name=OFFICE)).to_be_visible()
    whistled = governed.url
    assert refused(warned, whistled)
    assert refused(warned, f"{whistled}/calls/1/report", words="", row_version="1")
    assert refused(governed, f"{whistled}/calls/1/report", words="", row_version="1")
    called.goto("/supervision/whistles/owed")
    expect(called.get_by_text("雨后积水").first).to_be_visible()
    called.goto(whistled)
    called.get_by_role("button", name="报到").click()
    called.locator("[name=words]").first.fill("已清掏三处雨水口。")
    called.get_by_role("button", name="处置完成").click()
    expect(called.get_by_text("已清掏三处雨水口").first).to_be_visible()
    assert refused(called, f"{whistled}/rate", rating="good", words="", row_version="1")
    governed.goto(whistled)
    governed.locator("[name=rating][value=good]").check()
    governed.get_by_role("button", name="评价并办结").click()
    expect(governed.get_by_text("办结日期")).to_be_visible()
    assert refused(governed, "/townships/decisions/new", title="自己选自己")


def the_item_is_done_and_closed(called: Page, page: Page, item: str) -> None:
    """Who does the work claims it; it is verified and closed from above."""
    called.goto(item)
    step(called, "报告完成", date(YEAR, 6, 20), "已完成。")
    assert not called.get_by_role("button", name="核验通过").count()
    page.goto(item)
    for label, day in (("核验通过", 22), ("销号", 25)):
        step(page, label, date(YEAR, 6, day), "已完成。")
    expect(page.get_by_text("已销号").first).to_be_visible()


def one_leaves(page: Page) -> None:
    governed_page(page, QUIETENED)
    expect(page.get_by_role("button", name="提出退出")).to_be_visible()
    assert not page.get_by_role("button", name="结束跟踪").count()
    step(page, "提出退出", date(YEAR, 10, 10), "六个考核月在前十之外，事项全部销号。")
    step(page, "退出市级督导", date(YEAR, 10, 16), "同意退出。")
    expect(page.get_by_text("已退出市级督导").first).to_be_visible()


def its_rebound_is_caught(page: Page, city: City) -> None:
    city.receive(11)
    page.goto("/cases/import")
    page.locator("[name=profile]").select_option("suyuan")
    page.locator("input[type=file]").set_input_files(write_month(city.folder, 12))
    page.locator("main form .btn-primary").click()
    page.wait_for_url("**/cases/batches/*", timeout=60_000)
    for _attempt in range(60):
        page.goto("/supervision/follow-up")
        if page.get_by_role("button", name="关闭提醒").count():
            break
        page.wait_for_timeout(1_000)
    it_crossed_in_two_half_months(page, city)
    page.locator("[name=words]").first.fill("已核实，管网二期未完工，恢复调度。")
    page.get_by_role("button", name="关闭提醒").click()
    expect(page.get_by_text("管网二期未完工").first).to_be_visible()


def it_crossed_in_two_half_months(page: Page, city: City) -> None:
    """Counts are those delivered; the first alarm is of the month after the return, none before."""
    read = "rows => rows.map(row => [...row.children].map(cell => cell.textContent.trim()))"
    rows = page.locator("details tbody tr").evaluate_all(read)
    delivered = reckoning.half_months(reckoning.delivered(city.folder), QUIETENED)
    assert [row[0] for row in rows][:2] == [f"{YEAR}-10 下", f"{YEAR}-11 上"]
    assert {row[0]: int(row[1]) for row in rows} == {row[0]: delivered[row[0]] for row in rows}
    alarms = [row[0] for row in rows if "越过阈值" in row[-1]]
    assert alarms
    assert alarms[0] in (f"{YEAR}-11 下", f"{YEAR}-12 上")
