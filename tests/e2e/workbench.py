"""What tests of the workbench do with it over and over."""

from __future__ import annotations

import re

from playwright.sync_api import Page

from tests.e2e.views import wait_until_drawn


def open_map(page: Page, query: str = "") -> None:
    page.goto(f"/hotspots{query}")
    wait_until_drawn(page)


def wait_until_counted(page: Page, *wanted: str) -> None:
    """Wait until everything on the page answers the question that has the parts wanted."""
    page.wait_for_function(
        """(wanted) => {
          const root = document.getElementById("workbench");
          const idle = document.getElementById("map-busy").hidden;
          const asked = decodeURIComponent(root.dataset.answered ?? "");
          return idle && wanted.every((part) => asked.includes(part));
        }""",
        arg=list(wanted),
        timeout=90_000,
    )


def total(page: Page) -> int:
    """Read how many cases the filter keeps."""
    return int(re.sub(r"\D", "", page.locator("#views-total").inner_text()))


def expect_query(page: Page, name: str, value: str) -> None:
    page.wait_for_function(
        "([name, value]) => new URLSearchParams(location.search).getAll(name).includes(value)",
        arg=[name, value],
    )
