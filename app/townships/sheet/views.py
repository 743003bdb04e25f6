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
from app.townships.sheet.words import event_words
from app.word_files import send_word

__all__ = ["blueprint"]


@blueprint.get("/<code>")
@allow(Permission.READ)
def township(code: str) -> str:
    """Show one township in a run (``?run=``, ``?step=``, ``?measure=`` of the chart).

    Template ``townships/township.html``: what `choosing.views.township_page` gives, ``sheet``
    (`page.Sheet`), ``questions``, ``event_words``.
    """
    return render_template(
        "townships/township.html", **_page(code), questions=QUESTIONS, event_words=event_words
    )


@blueprint.get("/<code>/sheet.docx")
@allow(Permission.READ)
def word(code: str) -> Response:
    """Give the same as a Word file, without single cases."""
    page = _page(code)
    access().record("township.export", ("township", code), None, {"run": page["run"].id})
    return send_word(paper_of(page), page["detail"]["name"])


def _page(code: str) -> dict[str, Any]:
    page, there = township_page(code), services()
    today = datetime.now().date()
    sheet = sheet_of(access(), there.home, there.settings, page["run"].id, code, today)
    return {**page, "sheet": sheet}
