"""Whatever leaves for a spreadsheet stays text; a new way out must be named here."""

from __future__ import annotations

import ast
import csv
import inspect
import io
import textwrap
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from flask import Flask

from app.cases.uploads import import_file
from geodata.home import Home
from geodata.spreadsheets import SpreadsheetWriter, neutralise
from tests.conftest import ROOT
from tests.people import first_client, make_app

PROGRAMS = (
    "=1+1", '=HYPERLINK("http://x","y")', "+1+1", "-1+1", "@SUM(A1)", "\t=1", "\r=1", "\n=1",
    "＝1+1", "＋1", "－1", "＠A1", " =1", "\x00=1", "\ufeff=1", "\u200b+1",
)  # fmt: skip
HARMLESS = ("路灯不亮", "a=1", "12-34", "1+1", "", "（=1）", "a@b.cn")

TABLE_WRITERS = {
    "writer", "DictWriter", "to_csv", "write_csv", "sink_csv", "to_excel", "write_excel",
    "ExcelWriter", "Workbook",
}  # fmt: skip
"""Calls that make a table for people, in any library that is at hand."""

WITHOUT_FORMULAS = {
    "geodata/spreadsheets.py": "is the writer that neutralises",
    "geodata/sample/files.py": "writes made-up cases, to be read again as they stand",
}

DOWNLOADS = {
    "adoptions.table_xlsx", "funding.table_xlsx",
    "published.template", "indicators.template", "topic_callbacks.template",
    "topic_assessments.template", "audit.list_csv", "cases.rejects",
    "cases.list_csv", "takeaway.table_csv",
    "takeaway.table_xlsx", "taken_counts.table_csv", "taken_counts.table_xlsx",
    "item_ledger.workbook",
}  # fmt: skip
"""Routes that hand out a table; each is asked for one that is full of formulas, below or among
the tests of what is taken away and of the ledger's file."""

NO_TABLES = {
    "decisions.document_json", "profiles.download", "takeaway.picture",
    "takeaway.features_geojson", "takeaway.take",
    "taken_counts.picture", "taken_counts.features_geojson",
    "townships.word", "talks.word", "decisions.word", "project_photos.picture",
}  # fmt: skip
"""Routes that hand out a file that no spreadsheet opens."""


def modules() -> Iterator[tuple[str, ast.Module]]:
    for package in ("app", "geodata", "spatial"):
        for path in sorted((ROOT / package).rglob("*.py")):
            if "node_modules" not in path.parts:
                yield path.relative_to(ROOT).as_posix(), ast.parse(path.read_text("utf-8"))


def called_names(tree: ast.Module) -> set[str]:
    calls = [node.func for node in ast.walk(tree) if isinstance(node, ast.Call)]
    return {
        call.attr if isinstance(call, ast.Attribute) else getattr(call, "id", "") for call in calls
    }


def test_every_table_for_people_is_neutralised() -> None:
    """Who writes a table takes `SpreadsheetWriter`, or at least `neutralise` for each cell."""
    unsafe = [
        name
        for name, tree in modules()
        if (calls := called_names(tree)) & TABLE_WRITERS
        and "neutralise" not in calls
        and name not in WITHOUT_FORMULAS
    ]
    assert not unsafe, f"tables written past geodata.spreadsheets: {unsafe}"
    assert all((ROOT / name).is_file() for name in WITHOUT_FORMULAS)


def test_every_download_is_asked(tmp_path: Path) -> None:
    """A view that sends a file is one of `DOWNLOADS`, or sends no table."""
    views = make_app(tmp_path / "home").view_functions
    own = {name: view for name, view in views.items() if view.__module__.startswith("app.")}
    senders = {name for name, view in own.items() if sends_file(view)}
    assert senders == DOWNLOADS | NO_TABLES


def sends_file(view: Callable[..., object]) -> bool:
    tree = ast.parse(textwrap.dedent(inspect.getsource(view)))
    words = {node.value for node in ast.walk(tree) if isinstance(node, ast.Constant)}
    marks = {"text/csv", "Content-Disposition", "attachment"}
    senders = {"send_file", "send_from_directory", "send_word", "send_excel"}
    return bool(called_names(tree) & senders or words & marks)


@pytest.mark.parametrize("text", PROGRAMS)
def test_a_formula_is_text(text: str) -> None:
    assert neutralise(text) == f"'{text}"


@pytest.mark.parametrize("text", HARMLESS)
def test_other_text_stays_as_it_is(text: str) -> None:
    assert neutralise(text) == text


def test_the_writer_quotes_every_cell() -> None:
    file = io.StringIO(newline="")
    SpreadsheetWriter(file).writerows([["a;=1", None], ["=1", 2.5]])
    assert file.getvalue() == '"a;=1",""\r\n"\'=1","2.5"\r\n'


@pytest.fixture
def hostile_app(tmp_path: Path) -> tuple[Flask, str]:
    """A home with formulas in the cases and in the rejects of its one import."""
    home = Home.at(tmp_path / "home")
    path = tmp_path / "cases.csv"
    with path.open("w", encoding="utf-8", newline="") as file:
        writer = csv.writer(file)
        writer.writerow(["case_id", "received_at", "title"])
        for day in ("{}", "2025-03-19"):
            for number, text in enumerate(PROGRAMS):
                writer.writerow([f"{text}{number}{day}", day.format(text), text])
    report = import_file(home, path, "suyuan")
    assert (report.rejected, report.accepted) == (len(PROGRAMS), len(PROGRAMS))
    app = make_app(home.path)
    return app, report.batch


@pytest.mark.parametrize("route", ["/cases/batches/{}/rejects.csv", "/cases/list.csv"])
def test_tables_hold_no_formula(route: str, hostile_app: tuple[Flask, str]) -> None:
    app, batch = hostile_app
    answer = first_client(app).get(route.format(batch))
    rows = list(csv.reader(io.StringIO(answer.data.decode("utf-8-sig"), newline="")))
    assert len(rows) == len(PROGRAMS) + 1
    assert all(neutralise(cell) == cell for row in rows for cell in row)
    assert sum(cell.startswith("'") for row in rows for cell in row) >= len(PROGRAMS)


def test_names_in_the_audit_are_no_formulas(tmp_path: Path) -> None:
    client = first_client(make_app(tmp_path / "home"))
    form = {"name": "@SUM", "display_name": "=1+1", "active": "y"}
    assert client.post("/accounts/new", data=form).status_code == 200
    rows = list(csv.reader(io.StringIO(client.get("/audit/audit.csv").text.removeprefix("\ufeff"))))
    assert any("=1+1" in cell for row in rows for cell in row)
    assert not [cell for row in rows for cell in row if cell.startswith(("=", "@", "+", "-"))]
