"""How a planner looks at pages, and what must never happen while she does."""

from __future__ import annotations

from base64 import b64encode
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from time import monotonic

from playwright.sync_api import (
    Browser,
    BrowserContext,
    ConsoleMessage,
    Locator,
    Page,
    StorageState,
)

from tests.conftest import SLOW
from tests.people import EVERYTHING, PASSWORD

HEIGHT = 900


@dataclass(frozen=True)
class View:
    """A screen width in CSS pixels and a language of the pages."""

    width: int
    language: str

    @property
    def is_phone(self) -> bool:
        """Whether fingers point."""
        return self.width < 1000

    def __str__(self) -> str:
        return f"{'phone' if self.is_phone else 'desk'}-{self.language[:2]}"


DESK_ZH, DESK_EN = View(1440, "zh_Hans"), View(1440, "en")
PHONE_ZH, PHONE_EN = View(390, "zh_Hans"), View(390, "en")

BOTH = (DESK_ZH, PHONE_EN)

EVERY_VIEW = (DESK_ZH, DESK_EN, PHONE_ZH, PHONE_EN) if SLOW else BOTH
"""Both widths and both languages; at full size in every pairing."""


KEPT_SECONDS = 600
"""How long a sign-in serves others who look at the same site: a session may rest half an hour."""

_kept: dict[tuple[str, View, str, str], tuple[float, StorageState]] = {}


@contextmanager
def open_site(
    browser: Browser,
    address: str,
    view: View,
    name: str = EVERYTHING,
    password: str = PASSWORD,
    *,
    touch: bool = False,
) -> Iterator[Page]:
    """Open a site signed in, at a width and language; at the end nothing went wrong unseen.

    The first who looks at a site signs in, those who come soon after have the same cookies.
    """
    who = (address, view, name, password)
    since, state = _kept.get(who, (0.0, None))
    fresh = state if monotonic() - since < KEPT_SECONDS else None
    context = browser.new_context(
        viewport={"width": view.width, "height": HEIGHT},
        has_touch=touch,
        base_url=address,
        locale="en-GB" if view.language == "en" else "zh-CN",
        storage_state=fresh,
    )
    complaints = watch(context, address)
    try:
        page = context.new_page()
        if fresh is None or not is_inside(page):
            sign_in(page, view, name, password)
            _kept[who] = monotonic(), context.storage_state()
        yield page
    finally:
        context.close()
    assert not complaints, "\n".join(complaints)


def is_inside(page: Page) -> bool:
    """Go to the help, which everybody may read, and tell whether the session still lasts."""
    page.goto("/help")
    return page.locator("form[action='/sign-out']").count() > 0


def sign_in(page: Page, view: View, name: str, password: str) -> None:
    """Choose the language, sign in, and come to the help."""
    page.goto("/sign-in?next=/help")
    if view.language == "en":
        page.get_by_role("button", name="English").click()
        page.wait_for_selector("html[lang=en]")
    page.locator("input[name=name]").fill(name)
    page.locator("input[name=password]").fill(password)
    page.locator("main button[type=submit]").click()
    page.wait_for_url("**/help")


def watch(context: BrowserContext, address: str) -> list[str]:
    """Collect script errors, console errors (refusals by CSP too), and requests elsewhere."""
    complaints: list[str] = []

    def check_console(message: ConsoleMessage) -> None:
        page, source = message.page, message.location.get("url", "")
        # The status of a page itself is for its test to judge; that of its parts is judged here.
        own_status = page and source == page.url and message.text.startswith("Failed to load")
        if message.type == "error" and not own_status:
            complaints.append(f"{page.url if page else ''}: {message.text} {source}")

    context.on("weberror", lambda error: complaints.append(f"script error: {error.error}"))
    context.on("console", check_console)
    context.on(
        "request",
        lambda request: (
            None
            if request.url.startswith((f"{address}/", "data:", "blob:"))
            else complaints.append(f"request elsewhere: {request.url}")
        ),
    )
    return complaints


def wait_until_drawn(page: Page) -> None:
    """Wait until the page's maps and charts show what they have to show."""
    if page.locator("#workbench, #comparison").count():
        page.wait_for_selector("html[data-ready='1']", timeout=60_000)
    if page.locator(".location-picker").count():
        page.wait_for_selector(".location-picker[data-ready='1']", timeout=60_000)
    for chart in page.locator(".chart[data-chart]").all():
        chart.locator("canvas, svg").first.wait_for()


COUNT_PIXELS = """async ([png, colour, tolerance]) => {
  const bytes = Uint8Array.from(atob(png), (letter) => letter.charCodeAt(0));
  const image = await createImageBitmap(new Blob([bytes], { type: "image/png" }));
  const canvas = new OffscreenCanvas(image.width, image.height);
  const drawing = canvas.getContext("2d");
  drawing.drawImage(image, 0, 0);
  const { data } = drawing.getImageData(0, 0, image.width, image.height);
  let found = 0;
  for (let i = 0; i < data.length; i += 4) {
    if (colour.every((value, band) => Math.abs(data[i + band] - value) <= tolerance)) found += 1;
  }
  return found;
}"""


def pixels_like(area: Locator, colour: tuple[int, ...], tolerance: int) -> int:
    """Count the pixels of one colour in what is seen of `area`."""
    png = b64encode(area.screenshot()).decode()
    return int(area.page.evaluate(COUNT_PIXELS, [png, list(colour), tolerance]))
