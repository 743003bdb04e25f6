"""HTTP of a township's sheet: the page, which prints on A4, and the same as a Word file."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from flask import Response, render_template

from app.accounts.entrance import access, allow
from app.accounts.permissions import Permission
from app.services import services
from app.townships.assessment.rates import QUESTIONS
from app.townships.choosing.views import blueprint, township_page
from app.townships.sheet.page import sheet_of
from app.townships.sheet.paper import paper_of
from app.townships.sheet.words import event_link, event_words
from app.townships.succession.naming import names_in
from app.word_files import send_word

__all__ = ["blueprint"]


@blueprint.get("/<code>")
@allow(Permission.READ)
def township(code: str) -> str:
    """Show one township, with figures of a run (``?run=``, ``?step=``, ``?measure=`` of the chart).

    Template ``townships/township.html``: what `choosing.views.township_page` gives, ``sheet``
    (`page.Sheet`), ``names`` {code: name} of the townships in its changes, ``questions``,
    ``event_words``, ``event_link``.
    """
    return render_template(
        "townships/township.html",
        **_page(code),
        questions=QUESTIONS,
        event_words=event_words,
        event_link=event_link,
    )


@blueprint.get("/<code>/sheet.docx")
@allow(Permission.READ)
def word(code: str) -> Response:
    """Give the same as a Word file, without single cases."""
    page = _page(code)
    run = page["run"]
    access().record("township.export", ("township", code), None, {"run": run.id if run else None})
    exact = access().may(Permission.EXACT_COUNTS)
    return send_word(paper_of(page, exact=exact), page["place"].name)


def _page(code: str) -> dict[str, Any]:
    page, there = township_page(code), services()
    today, run = datetime.now().date(), page["run"]
    run_id = run.id if run else None
    sheet = sheet_of(access(), there.home, there.settings, run_id, code, today)
    return {**page, "sheet": sheet, "names": names_in(there.home, sheet.parts)}
