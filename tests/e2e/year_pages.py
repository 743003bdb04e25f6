"""Reading the pages of the year: boards, steps, lists, and the record of acts."""

from __future__ import annotations

import csv
import io
import json
import re
from dataclasses import dataclass
from datetime import date
from typing import Any

from playwright.sync_api import Page, expect

from tests.e2e.year_city import CODES, NAMES, YEAR

ROUNDING = 0.05
"""Figures are shown with one decimal."""

BOARD = """rows => rows.map(row => [
    row.dataset.code,
    ...[".rank", "[data-label$=得分]", "[data-label=有效回访]", "[data-label=来电诉求]"].map(
        each => parseFloat(row.querySelector(each).textContent.replaceAll(",", "")))])"""

STEPS = """cells => cells.map(cell => [cell.dataset.step,
    parseInt(cell.textContent.replaceAll(",", "")), cell.querySelector("a")?.href ?? ""])"""


@dataclass(frozen=True)
class Shown:
    """A township on a board."""

    rank: int
    score: float
    valid: int
    cases: int


@dataclass(frozen=True)
class Step:
    """A step of 口径对账: its count, and where its cases are."""

    count: int
    link: str


@dataclass(frozen=True)
class Entry:
    """An act as the audit tells it."""

    who: str
    action: str
    subject: str
    before: dict[str, Any]
    after: dict[str, Any]


def name_of(code: str) -> str:
    return NAMES[CODES.index(code)]


def cycle(month: int) -> str:
    return f"month-{YEAR}-{month:02d}"


def whole_number(text: str) -> int:
    return int(re.sub(r"\D", "", text))


def board(page: Page, month: int, ledger: str) -> dict[str, Shown]:
    """Read the board of a month in a ledger 全量 or 考核."""
    page.goto(f"/assessment?cycle={cycle(month)}&ledger={ledger}")
    return lines(page)


def switched(page: Page, ledger: str) -> dict[str, Shown]:
    """Switch the board that is open to the other ledger, and read it."""
    page.locator("#ask-ledger").select_option(ledger)
    page.wait_for_url(f"**ledger={ledger}**")
    return lines(page)


def lines(page: Page) -> dict[str, Shown]:
    """Read the board that is open, by the codes of its rows."""
    rows = page.locator("[aria-labelledby=board-title] tbody tr").evaluate_all(BOARD)
    return {
        code: Shown(int(rank), score, int(valid), int(cases))
        for code, rank, score, valid, cases in rows
    }


def steps_of(page: Page) -> dict[str, Step]:
    """Read the steps of the reconciliation that is open."""
    expect(page.locator("[data-step=denominator]")).to_be_visible()
    found = page.locator("[data-step]").evaluate_all(STEPS)
    return {key: Step(count, link) for key, count, link in found}


def listed(page: Page) -> int:
    """Count the cases of the list that is open, page by page, as its heading counts them."""
    told = whole_number(page.locator("#list-title").inner_text())
    rows = page.locator(".case-table tbody tr").count()
    while page.locator("[rel=next]").count():
        page.goto(str(page.locator("[rel=next]").get_attribute("href")))
        rows += page.locator(".case-table tbody tr").count()
    assert rows == told
    return told


def told_by_list(page: Page, link: str) -> int:
    """Open a list without drawing it, and return how many cases its heading tells."""
    answer = page.request.get(link)
    assert answer.ok, link
    (told,) = re.findall(r'id="list-title">([\d,]+) 件诉求', answer.text())
    return whole_number(told)


def step(page: Page, label: str, on: date, words: str = "") -> None:
    """Take a designation or an item a step further."""
    button = page.get_by_role("button", name=label)
    # A page may have other forms with words, as of undoing.
    form = page.locator("form", has=button)
    form.locator("[name=on]").fill(str(on))
    form.locator("[name=words]").fill(words)
    button.click()


def refused(page: Page, path: str, **form: str) -> bool:
    """Tell whether somebody is refused a page, or an act where a form is given."""
    if not form:
        return page.request.get(path).status == 403
    page.goto("/help")
    token = page.locator("[name=csrf_token]").first.input_value()
    return page.request.post(path, form={"csrf_token": token, **form}).status == 403


def digests(page: Page) -> dict[str, str]:
    """Give the digest of each closed month, by the address of its board."""
    page.goto("/assessment/cycles")
    rows = page.locator("tbody tr").filter(has=page.locator("[title]"))
    found = rows.evaluate_all(
        "rows => rows.map(row => [row.querySelector('th a').getAttribute('href'), "
        "row.querySelector('[title]').title])"
    )
    return {str(link): str(digest) for link, digest in found}


def decision_document(page: Page) -> str:
    page.goto("/townships/decisions")
    page.get_by_role("link", name="首批治理类街乡镇").click()
    expect(page.locator("h1")).to_have_text("首批治理类街乡镇")
    answer = page.request.get(f"{page.url}/document.json")
    assert answer.ok
    return answer.text()


def audit(page: Page) -> list[Entry]:
    """Read the record of acts as it is taken away, the oldest first."""
    answer = page.request.get("/audit/audit.csv")
    assert answer.ok
    rows = csv.DictReader(io.StringIO(answer.text().lstrip("\ufeff")))
    return [
        Entry(row["who"], row["action"], f"{row['subject_kind']} {row['subject_id']}",
              json.loads(row["before"] or "{}"), json.loads(row["after"] or "{}"))
        for row in rows
    ]  # fmt: skip
