"""Who may see the texts of a case as they are, and what a look leaves behind."""

from __future__ import annotations

from pathlib import Path

import pytest
from flask import Flask
from sqlalchemy import select

from app.accounts.models import AuditEntry
from app.cases.lives import mark_of
from app.cases.uploads import import_file
from app.services import services
from tests.people import client_as

PHONE, CASE = "13912345678", "GD-2025-77"


@pytest.fixture
def page(empty_app: Flask, tmp_path: Path) -> str:
    """The address of a case that names a telephone number."""
    home = services(empty_app).home
    row = f"{CASE},2025-03-01 09:00:00,楼道漏水电话{PHONE},请回电{PHONE}"
    (tmp_path / "one.csv").write_text(f"case_id,received_at,title,content\n{row}\n", "utf-8")
    import_file(home, tmp_path / "one.csv", "suyuan")
    return f"/cases/{mark_of(home, '2025-03', CASE)}"


def looks(app: Flask) -> list[AuditEntry]:
    with services(app).database.session() as session:
        return list(session.scalars(select(AuditEntry).where(AuditEntry.action == "case.unmask")))


def test_a_reviewer_asks_for_the_original_and_the_look_is_recorded(
    empty_app: Flask, page: str
) -> None:
    reviewer = client_as(empty_app, "reviewer", ["reviewer"])
    masked = reviewer.get(page).text
    assert PHONE not in masked
    assert "查看原文" in masked
    seen = reviewer.post(f"{page}/unmask")
    assert seen.text.count(PHONE) == 2
    assert seen.headers["Cache-Control"] == "no-store"
    (look,) = looks(empty_app)
    assert (look.who, look.subject_kind) == ("reviewer", "case")
    assert f"/cases/{look.subject_id}" == page
    assert CASE not in f"{look.subject_id} {look.before} {look.after}"
    assert PHONE not in reviewer.get(page).text, "one look does not open the page for good"


@pytest.mark.parametrize("office", ["viewer", "planner", "administrator"])
def test_others_have_no_button_and_are_refused(empty_app: Flask, page: str, office: str) -> None:
    client = client_as(empty_app, office, [office])
    assert "查看原文" not in client.get(page).text
    refused = client.post(f"{page}/unmask")
    assert refused.status_code == 403
    assert PHONE not in refused.text
    assert not looks(empty_app)


def test_a_look_needs_the_token_of_the_form(empty_app: Flask, page: str) -> None:
    reviewer = client_as(empty_app, "reviewer", ["reviewer"])
    empty_app.config["WTF_CSRF_ENABLED"] = True
    assert reviewer.post(f"{page}/unmask").status_code == 400
    assert not looks(empty_app)
