"""A year of a city's governance, walked in the browser from the first month to a rebound.

Four people walk it, each at her own screen: somebody of the city, who may do everything; somebody
of the township that is warned, who may only answer for it; somebody of a governance township, who
works there; and somebody of the enterprise that is called.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import ExitStack

import pytest
from playwright.sync_api import Browser, Page, expect

from tests.e2e import year_audit
from tests.e2e import year_reckoning as reckoning
from tests.e2e.views import DESK_ZH, open_site
from tests.e2e.year_assessment import (
    a_township_that_surged_is_warned,
    closed_months_stay_and_work_out_alike,
    exclusions_move_ranks_of_the_assessed_ledger_alone,
    its_count_opens_to_its_cases_and_adds_up,
    months_are_imported_and_closed_in_order,
)
from tests.e2e.year_city import (
    SURGE_MONTH,
    SURGING,
)
from tests.e2e.year_governance import (
    a_whistle_is_blown_answered_and_rated,
    an_item_is_dispatched,
    its_rebound_is_caught,
    one_leaves,
    the_item_is_done_and_closed,
    the_township_answers_for_itself_alone,
    three_are_chosen_by_changed_weights,
)
from tests.e2e.year_home import CALLED, GOVERNED, WARNED, City
from tests.e2e.year_pages import (
    audit,
    decision_document,
    digests,
)
from tests.people import EVERYTHING
from tests.serving import served

pytestmark = pytest.mark.browser


@pytest.fixture(scope="module")
def city(tmp_path_factory: pytest.TempPathFactory) -> City:
    return City(tmp_path_factory.mktemp("year"))


@pytest.fixture(scope="module")
def address(city: City) -> Iterator[str]:
    with served(city.home.path, processes=2) as address:
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
