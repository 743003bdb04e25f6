"""A year of a city's governance, walked in the browser from the first month to a rebound.

Four people walk it, each at her own screen: somebody of the city, who may do everything; somebody
of the township that is warned, who may only answer for it; somebody of a governance township, who
works there; and somebody of the enterprise that is called.
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from contextlib import ExitStack
from datetime import date
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Page, expect

from app.accounts.access import operator
from app.accounts.units import UnitValues, adopt_boundaries, create_unit, find_unit
from app.cases.uploads import import_file
from app.db import Database
from app.hotspots.forms import AnalyseArguments
from app.townships.choosing.analysing import analyse_and_rank
from app.townships.choosing.criteria import DEFAULT_WEIGHTS
from tests.e2e import year_audit
from tests.e2e import year_reckoning as reckoning
from tests.e2e.views import DESK_ZH, open_site
from tests.e2e.year_city import (
    CODES,
    QUIETENED,
    SURGE,
    SURGE_MONTH,
    SURGING,
    WORKS,
    WORKS_CLASS,
    WORKS_FROM,
    WORST,
    YEAR,
    make_townships,
    write_month,
    write_year_before,
)
from tests.e2e.year_pages import (
    ROUNDING,
    Shown,
    audit,
    board,
    cycle,
    decision_document,
    digests,
    listed,
    name_of,
    refused,
    step,
    steps_of,
    told_by_list,
    whole_number,
)
from tests.people import EVERYTHING, make_account
from tests.serving import served

pytestmark = pytest.mark.browser

OFFICE = "市排水集团"
WARNED, GOVERNED, CALLED = "warned-street", "governed-street", "drainage"


class City:
    """The home behind the pages, for what does not happen on a page: months that arrive."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.home = make_townships(folder / "home", folder)
        database = Database(self.home.database)
        database.migrate()
        access = operator(database)
        adopt_boundaries(access, self.home)
        called = create_unit(access, UnitValues(name=OFFICE, kind="enterprise"))
        warned, governed = (find_unit(database, name_of(code)) for code in (SURGING, QUIETENED))
        make_account(database, WARNED, ["handling_unit"], warned.id)
        make_account(database, GOVERNED, ["planner", "handling_unit"], governed.id)
        make_account(database, CALLED, ["handling_unit"], called.id)
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


def test_a_year_from_the_first_month_to_a_rebound(
    browser: Browser, city: City, address: str
) -> None:
    with ExitStack() as screens:
        page, warned, governed, called = (
            screens.enter_context(open_site(browser, address, DESK_ZH, name=name))
            for name in (EVERYTHING, WARNED, GOVERNED, CALLED)
        )
        months_are_imported_and_closed_in_order(page, city)
        warning = a_township_that_surged_is_warned(page, city)
        its_count_opens_to_its_cases_and_adds_up(page, city, warning)
        the_township_answers_for_itself_alone(warned, page, warning)
        three_are_chosen_by_changed_weights(page, city)
        item = an_item_is_dispatched(page, called)
        a_whistle_is_blown_answered_and_rated(governed, called, warned)
        the_item_is_done_and_closed(called, page, item)
        kept, document = digests(page), decision_document(page)
        city.receive(*range(4, 11))
        closed_months_stay_and_work_out_alike(page, kept)
        one_leaves(page)
        its_rebound_is_caught(page, city)
        exclusions_move_ranks_of_the_assessed_ledger_alone(page, city)
        assert decision_document(page) == document
        assert digests(page) == kept
        the_audit_tells_it_all(page, city, kept, document)


def months_are_imported_and_closed_in_order(page: Page, city: City) -> None:
    for month in range(1, SURGE_MONTH + 1):
        city.receive(month)
        page.goto(f"/assessment?cycle={cycle(month)}")
        page.get_by_role("button", name="关闭这一期").click()
        expect(page.get_by_text("关闭人")).to_be_visible()
    assert len(digests(page)) == SURGE_MONTH


def a_township_that_surged_is_warned(page: Page, city: City) -> str:
    """Return the address of its warning; those warned are the first ten, who had the most cases."""
    cases = reckoning.delivered(city.folder)
    leaders = reckoning.first_ten(cases, SURGE_MONTH)
    assert SURGING not in reckoning.first_ten(cases, SURGE_MONTH - 1)
    page.goto(f"/supervision?cycle={cycle(SURGE_MONTH)}")
    page.get_by_role("button", name="生成预警").click()
    expect(page.locator("tbody tr th a")).to_have_text([name_of(code) for code in leaders])
    page.get_by_role("link", name=name_of(SURGING)).first.click()
    expect(page.locator("h1")).to_contain_text(name_of(SURGING))
    count, rank = (whole_number(each) for each in
                   page.locator(".figures dd").all_inner_texts()[:2])  # fmt: skip
    assert (count, rank) == (SURGE, leaders.index(SURGING) + 1)
    return page.url


def its_count_opens_to_its_cases_and_adds_up(page: Page, city: City, warning: str) -> None:
    """Open the count to as many cases; the steps add up, and each opens to as many cases."""
    page.get_by_role("link", name="打开这些诉求").click()
    assert listed(page) == SURGE
    assert {name_of(SURGING)} == set(page.locator("td[data-label=街乡镇]").all_inner_texts())
    page.goto(warning)
    page.get_by_role("link", name="口径对账").click()
    add_up_and_open(page, city, SURGING, SURGE_MONTH, assessed=False)
    shown = board(page, SURGE_MONTH, "raw")[SURGING]
    assert shown.cases == SURGE


def add_up_and_open(page: Page, city: City, code: str, month: int, *, assessed: bool) -> None:
    """Walk from all cases to each denominator as the page counts them, and open every count."""
    found = steps_of(page)
    n = {key: each.count for key, each in found.items()}
    by = {part: sum(count for key, count in n.items() if key.startswith(f"{part}_by_"))
          for part in ("received", "callbacks")}  # fmt: skip
    assert n["received_assessed"] == n["received"] - by["received"]
    assert n["start"] == n["received"]
    assert n["dated"] == n["start"] - n["elsewhere"] + n["from_before"]
    assert n["valid"] == n["dated"] - n["not_valid"]
    assert n["assessed"] == n["valid"] - by["callbacks"]
    assert n["denominator"] == (n["assessed"] if assessed else n["valid"])
    for question in ("response", "resolution"):
        assert n[f"rated_{question}"] <= n[f"rated_{question}_told"] <= n["denominator"]
    truth = reckoning.steps(reckoning.delivered(city.folder), code, month, assessed=assessed)
    told = n | {f"{part}_by": count for part, count in by.items()}
    assert truth == {key: told[key] for key in truth}
    assert all(bool(each.link) is (each.count > 0) for each in found.values())
    for each in found.values():
        assert not each.link or told_by_list(page, each.link) == each.count


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


def closed_months_stay_and_work_out_alike(page: Page, kept: dict[str, str]) -> None:
    assert digests(page) == kept
    page.get_by_role("button", name=f"复算 {cycle(1)}").click()
    expect(page.get_by_text("结果相同").first).to_be_visible()


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
    page.locator("[name=words]").first.fill("已核实，管网二期未完工，恢复调度。")
    page.get_by_role("button", name="关闭提醒").click()
    expect(page.get_by_text("管网二期未完工").first).to_be_visible()


def exclusions_move_ranks_of_the_assessed_ledger_alone(page: Page, city: City) -> None:
    """Left out from a closed month on: the open month's ranks are those reckoned, before and after.

    The closed one stays as it was, though its ranks would be others without what is left out.
    """
    cases, open_month = reckoning.delivered(city.folder), 12
    raw, without = (reckoning.standings(cases, open_month, assessed=each) for each in (False, True))
    assert (raw[WORKS].rank, without[WORKS].rank) == (16, 1)
    for ledger in ("raw", "assessed"):
        assert_ranks(board(page, open_month, ledger), raw)
    closed = reckoning.standings(cases, SURGE_MONTH)
    assert closed != reckoning.standings(cases, SURGE_MONTH, assessed=True)
    leave_the_works_out(page)
    expect(page.get_by_text(cycle(SURGE_MONTH)).first).to_be_visible()
    assert_ranks(board(page, open_month, "raw"), raw)
    assert_ranks(board(page, open_month, "assessed"), without)
    for ledger in ("raw", "assessed"):
        assert_ranks(board(page, SURGE_MONTH, ledger), closed)
    page.goto(f"/assessment/reconciliation?cycle={cycle(open_month)}&ledger=assessed"
              f"&township={WORKS}")  # fmt: skip
    add_up_and_open(page, city, WORKS, open_month, assessed=True)


def leave_the_works_out(page: Page) -> None:
    page.goto("/assessment/exclusions/new")
    page.locator("[name=name]").fill("管网改造期间物业类诉求")
    page.locator("[name=township]").select_option(WORKS)
    page.locator("[name=path]").select_option(label=WORKS_CLASS)
    page.locator("[name=start]").fill(f"{WORKS_FROM:%Y-%m-%d}")
    page.locator("[name=end]").fill(f"{YEAR}-12-31")
    page.locator("[name=source]").fill("主动治理项目批复。")
    page.get_by_role("button", name="保存").or_(page.get_by_role("button", name="提出")).click()
    page.get_by_role("button", name="批准", exact=True).click()


def assert_ranks(shown: dict[str, Shown], expected: dict[str, reckoning.Standing]) -> None:
    """Compare ranks, callbacks and cases exactly, scores to the decimal that is shown."""
    assert set(shown) == set(CODES)
    for code, truth in expected.items():
        each = shown[code]
        assert (code, each.rank, each.valid, each.cases) == (
            code, truth.rank, truth.valid, truth.cases,
        )  # fmt: skip
        assert each.score == pytest.approx(truth.score, abs=ROUNDING + 1e-9)


def the_audit_tells_it_all(page: Page, city: City, kept: dict[str, str], document: str) -> None:
    """Every act with its person, its record and what changed, in order; no free words of people."""
    told = audit(page)
    counts = reckoning.standings(reckoning.delivered(city.folder), SURGE_MONTH)
    leaders = sorted(counts, key=lambda code: -counts[code].cases)[:10]
    months = [kept[link] for link in sorted(kept)]
    expected = list(
        year_audit.story(
            (WARNED, GOVERNED, CALLED), [(code, counts[code].cases) for code in leaders],
            months, document,
        )
    )  # fmt: skip
    found = year_audit.told(told)
    acts = [(each.who, each.action, each.subject) for each in found]
    assert acts == [(each.who, each.action, each.subject) for each in expected]
    for entry, truth in zip(found, expected, strict=True):
        assert year_audit.holds(entry, truth), (entry, truth)
    assert "错峰作业" not in str(told)
    assert "雨水口" not in str(told)
    page.goto(f"/audit?who={WARNED}&action=warning.answer")
    row = page.locator("tbody tr")
    expect(row).to_have_count(1)
    expect(row).to_contain_text(f"warning {1 + leaders.index(SURGING)}")
    expect(row.locator("td[data-label=之前]")).to_contain_text("open")
    expect(row.locator("td[data-label=之后]")).to_contain_text("answered")
