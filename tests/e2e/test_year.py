"""A year of a city's governance, walked in the browser from the first month to a rebound."""

from __future__ import annotations

import re
from collections.abc import Iterator
from datetime import date
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Page, expect

from app.accounts.access import operator
from app.accounts.units import UnitValues, adopt_boundaries, create_unit
from app.cases.uploads import import_file
from app.db import Database
from app.hotspots.forms import AnalyseArguments
from app.townships.choosing.analysing import analyse_and_rank
from tests.e2e.views import DESK_ZH, open_site
from tests.e2e.year_city import (
    CODES,
    NAMES,
    QUIETENED,
    SURGE,
    SURGE_MONTH,
    SURGING,
    WORST,
    YEAR,
    make_townships,
    write_month,
    write_year_before,
)
from tests.people import make_account
from tests.serving import served

pytestmark = pytest.mark.browser

OFFICE = "市排水集团"
ANSWERER = "drainage"


class City:
    """The home behind the pages, for what does not happen on a page: months that arrive."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.home = make_townships(folder / "home", folder)
        self.database = Database(self.home.database)
        self.database.migrate()
        access = operator(self.database)
        adopt_boundaries(access, self.home)
        unit = create_unit(access, UnitValues(name=OFFICE, kind="enterprise"))
        make_account(self.database, ANSWERER, ["handling_unit"], unit.id)
        import_file(self.home, write_year_before(folder), "suyuan")

    def receive(self, *months: int) -> None:
        for month in months:
            import_file(self.home, write_month(self.folder, month), "suyuan")


@pytest.fixture(scope="module")
def city(tmp_path_factory: pytest.TempPathFactory) -> City:
    return City(tmp_path_factory.mktemp("year"))


@pytest.fixture(scope="module")
def address(city: City) -> Iterator[str]:
    with served(city.home.path) as address:
        yield address


def name_of(code: str) -> str:
    return NAMES[CODES.index(code)]


def cycle(month: int) -> str:
    return f"month-{YEAR}-{month:02d}"


def close(page: Page, month: int) -> None:
    page.goto(f"/assessment?cycle={cycle(month)}")
    page.get_by_role("button", name="关闭这一期").click()
    expect(page.get_by_text("关闭人")).to_be_visible()


def digests(page: Page) -> dict[str, str]:
    """Give the digest of each closed month, by the address of its board."""
    page.goto("/assessment/cycles")
    rows = page.locator("tbody tr").filter(has=page.locator("[title]"))
    found = rows.evaluate_all(
        "rows => rows.map(row => [row.querySelector('th a').getAttribute('href'), "
        "row.querySelector('[title]').title])"
    )
    return {str(link): str(digest) for link, digest in found}


def whole_number(text: str) -> int:
    return int(re.sub(r"\D", "", text))


def test_a_year_from_the_first_month_to_a_rebound(
    browser: Browser, city: City, address: str
) -> None:
    with open_site(browser, address, DESK_ZH) as page:
        months_are_imported_and_closed_in_order(page, city)
        a_township_that_surged_is_warned(page)
        three_are_chosen_by_changed_weights(page, city)
        item = an_item_is_dispatched(page)
        whistled = a_whistle_is_blown(page)
    with open_site(browser, address, DESK_ZH, name=ANSWERER) as page:
        the_unit_answers(page, whistled)
    with open_site(browser, address, DESK_ZH) as page:
        the_whistle_is_rated_and_the_item_closed(page, whistled, item)
        kept = digests(page)
        document = decision_document(page)
        city.receive(*range(4, 11))
        closed_months_stay_and_work_out_alike(page, kept)
        one_leaves(page)
        its_rebound_is_caught(page, city)
        exclusions_move_ranks_of_the_assessed_ledger_alone(page)
        assert decision_document(page) == document
        the_audit_tells_it_all(page)


def months_are_imported_and_closed_in_order(page: Page, city: City) -> None:
    for month in range(1, SURGE_MONTH + 1):
        city.receive(month)
        close(page, month)
    assert len(digests(page)) == SURGE_MONTH


def a_township_that_surged_is_warned(page: Page) -> None:
    """The warning's count opens down to its cases, and the reconciliation adds up to it."""
    page.goto(f"/supervision?cycle={cycle(SURGE_MONTH)}")
    page.get_by_role("button", name="生成预警").click()
    page.get_by_role("link", name=name_of(SURGING)).first.click()
    figures = page.locator(".figures dd")
    assert whole_number(figures.first.inner_text()) == SURGE
    warning = page.url
    page.get_by_role("link", name="打开这些诉求").click()
    expect(page.get_by_text(str(SURGE)).first).to_be_visible()
    page.goto(warning)
    page.get_by_role("link", name="口径对账").click()
    received = page.locator("[data-step=received]")
    assert whole_number(received.inner_text()) == SURGE
    received.get_by_role("link").click()
    expect(page.get_by_text(str(SURGE)).first).to_be_visible()
    page.goto(f"/assessment?cycle={cycle(SURGE_MONTH)}")
    line = page.get_by_role("row", name=name_of(SURGING))
    assert whole_number(line.locator("[data-label=来电诉求]").inner_text()) == SURGE
    page.goto(warning)
    page.locator("[name=words]").first.fill("路面施工集中投诉，已要求错峰作业。")
    page.get_by_role("button", name="提交回应").click()
    expect(page.get_by_text("已要求错峰作业").first).to_be_visible()


def three_are_chosen_by_changed_weights(page: Page, city: City) -> None:
    analyse_and_rank(city.home, AnalyseArguments(start=date(YEAR - 1, 1, 1), end=date(YEAR, 4, 1)))
    page.goto("/townships")
    slider = page.locator("#w-volume")
    slider.fill("60")
    page.get_by_role("button", name="重算名次区间").click()
    assert "w_volume=60" in page.url
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


def governed(page: Page, code: str) -> None:
    page.goto("/governance")
    page.get_by_role("link", name=name_of(code), exact=True).first.click()


def step(page: Page, label: str, on: date, words: str = "") -> None:
    page.locator("[name=on]").last.fill(str(on))
    page.locator("[name=words]").last.fill(words)
    page.get_by_role("button", name=label).click()


def an_item_is_dispatched(page: Page) -> str:
    governed(page, QUIETENED)
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
    step(page, "开始", date(YEAR, 4, 3))
    return page.url


def a_whistle_is_blown(page: Page) -> str:
    page.goto("/supervision/whistles/new")
    page.locator("[name=township]").select_option(QUIETENED)
    page.locator("[name=title]").fill("雨后积水")
    page.get_by_role("button", name="按职责清单找单位").click()
    page.locator("[name=lead]").select_option(label=OFFICE)
    page.get_by_role("button", name="吹哨", exact=True).click()
    expect(page.get_by_text(OFFICE).first).to_be_visible()
    return page.url


def the_unit_answers(page: Page, whistled: str) -> None:
    page.goto("/supervision/whistles/owed")
    expect(page.get_by_text("雨后积水").first).to_be_visible()
    page.goto(whistled)
    page.get_by_role("button", name="报到").click()
    page.locator("[name=words]").first.fill("已清掏三处雨水口。")
    page.get_by_role("button", name="处置完成").click()
    expect(page.get_by_text("已清掏三处雨水口").first).to_be_visible()


def the_whistle_is_rated_and_the_item_closed(page: Page, whistled: str, item: str) -> None:
    page.goto(whistled)
    page.locator("[name=rating]").first.check()
    page.get_by_role("button", name="评价并办结").click()
    expect(page.get_by_text("办结日期")).to_be_visible()
    page.goto(item)
    for label, day in (("报告完成", 20), ("核验通过", 22), ("销号", 25)):
        step(page, label, date(YEAR, 6, day), "已完成。")
    expect(page.get_by_text("已销号").first).to_be_visible()


def decision_document(page: Page) -> str:
    page.goto("/townships/decisions")
    page.get_by_role("link", name="首批治理类街乡镇").click()
    answer = page.request.get(f"{page.url}/document.json")
    assert answer.ok
    return answer.text()


def closed_months_stay_and_work_out_alike(page: Page, kept: dict[str, str]) -> None:
    assert digests(page) == kept
    page.get_by_role("button", name=f"复算 {cycle(1)}").click()
    expect(page.get_by_text("结果相同").first).to_be_visible()


def one_leaves(page: Page) -> None:
    governed(page, QUIETENED)
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
    page.locator("[name=words]").first.fill("已核实，管网二期未完工，恢复调度。")
    page.get_by_role("button", name="关闭提醒").click()
    expect(page.get_by_text("管网二期未完工").first).to_be_visible()


def exclusions_move_ranks_of_the_assessed_ledger_alone(page: Page) -> None:
    month = 12
    before = {ledger: standing(page, month, ledger) for ledger in ("raw", "assessed")}
    assert before["raw"] == before["assessed"]
    page.goto("/assessment/exclusions/new")
    page.locator("[name=name]").fill("管网改造期间物业类诉求")
    page.locator("[name=township]").select_option(WORST[0])
    page.locator("[name=path]").select_option(label="物业管理")
    page.locator("[name=start]").fill(f"{YEAR}-11-20")
    page.locator("[name=end]").fill(f"{YEAR}-12-31")
    page.locator("[name=source]").fill("主动治理项目批复。")
    page.get_by_role("button", name="保存").or_(page.get_by_role("button", name="提出")).click()
    page.get_by_role("button", name="批准", exact=True).click()
    after = {ledger: standing(page, month, ledger) for ledger in ("raw", "assessed")}
    assert after["raw"] == before["raw"]
    valid, left = (after[ledger][WORST[0]] for ledger in ("raw", "assessed"))
    assert left < valid
    others = [code for code in CODES if code != WORST[0]]
    assert all(after["raw"][code] == after["assessed"][code] for code in others)


def standing(page: Page, month: int, ledger: str) -> dict[str, int]:
    """Give the valid callbacks of each township on the board of a ledger."""
    page.goto(f"/assessment?cycle={cycle(month)}&ledger={ledger}")
    found = {}
    for code in CODES:
        row = page.get_by_role("row", name=name_of(code))
        found[code] = whole_number(row.locator("[data-label=有效回访]").inner_text())
    return found


def the_audit_tells_it_all(page: Page) -> None:
    page.goto("/audit")
    told = set(page.locator("#action option").evaluate_all("all => all.map(one => one.value)"))
    assert told >= {
        "cycle.close", "cycle.recompute", "warning.create", "decision.create", "plan.create",
        "list_item.create", "whistle.create", "exclusion.create", "alert.close",
    }  # fmt: skip
