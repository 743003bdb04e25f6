"""The year's months: closed, opened to their cases, reckoned again, and ranked in two ledgers."""

from __future__ import annotations

import pytest
from playwright.sync_api import Page, expect

from tests.e2e import year_reckoning as reckoning
from tests.e2e.year_city import (
    CODES,
    SURGE,
    SURGE_MONTH,
    SURGING,
    WORKS,
    WORKS_CLASS,
    WORKS_FROM,
    YEAR,
)
from tests.e2e.year_home import City
from tests.e2e.year_pages import (
    ROUNDING,
    Shown,
    board,
    cycle,
    digests,
    listed,
    name_of,
    steps_of,
    switched,
    told_by_list,
    whole_number,
)


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
    # It leads to the same count, of cases received; the rates go by the day of callback.
    assert steps_of(page)["received"].count == SURGE
    page.locator("#ask-basis").select_option("callback")
    page.wait_for_url("**basis=callback**")
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


def closed_months_stay_and_work_out_alike(page: Page, kept: dict[str, str]) -> None:
    assert digests(page) == kept
    page.get_by_role("button", name=f"复算 {cycle(1)}").click()
    expect(page.get_by_text("结果相同").first).to_be_visible()


def exclusions_move_ranks_of_the_assessed_ledger_alone(page: Page, city: City) -> None:
    """Left out from a closed month on: the open month's ranks are those reckoned, before and after.

    The closed one stays as it was, though its ranks would be others without what is left out.
    """
    cases, open_month = reckoning.delivered(city.folder), 12
    raw, without = (reckoning.standings(cases, open_month, assessed=each) for each in (False, True))
    assert (raw[WORKS].rank, without[WORKS].rank) == (16, 1)
    assert_ranks(board(page, open_month, "raw"), raw)
    assert_ranks(switched(page, "assessed"), raw)
    closed = reckoning.standings(cases, SURGE_MONTH)
    assert closed != reckoning.standings(cases, SURGE_MONTH, assessed=True)
    leave_the_works_out(page)
    expect(page.get_by_text(cycle(SURGE_MONTH)).first).to_be_visible()
    assert_ranks(board(page, open_month, "raw"), raw)
    assert_ranks(switched(page, "assessed"), without)
    assert_ranks(board(page, SURGE_MONTH, "raw"), closed)
    assert_ranks(switched(page, "assessed"), closed)
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
