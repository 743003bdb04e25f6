"""HTTP of the published results 通报成绩: the results beside ours, and their import."""

from __future__ import annotations

from pathlib import Path

from flask import Blueprint, render_template, request

from app.accounts.entrance import access, allow
from app.accounts.models import DEPARTMENT, DISTRICT, ENTERPRISE, TOWNSHIP
from app.accounts.permissions import Permission
from app.services import services
from app.succession import lineage
from app.townships.assessment import published
from app.townships.assessment.closing import Assessed, assessed
from app.townships.assessment.forms import PublishedQuery
from app.townships.assessment.published_reading import COLUMNS
from app.townships.assessment.published_units import ours_of_units
from app.townships.assessment.standing import standing
from app.townships.assessment.table_views import Table, add_table_pages
from app.townships.assessment.timeline import timeline
from app.townships.assessment.unit_names import UNIT_KINDS, UnitNames
from app.townships.assessment.units import By, unit_board
from app.townships.assessment.views import shown_board, shown_lines
from app.translation import _
from geodata.reading.small_tables import RowProblem

blueprint = Blueprint("published", __name__, url_prefix="/assessment/published")

KIND_BY: dict[str, By] = {DISTRICT: "district", DEPARTMENT: "handler", ENTERPRISE: "handler"}


@blueprint.get("")
@allow(Permission.READ)
def show() -> str:
    """Show what was published of a cycle, beside ours (``?cycle=&kind=``; the newest there is).

    Template ``assessment/published.html``: ``asked`` (`forms.PublishedQuery`), ``kinds``,
    ``cycles`` (`cycles.Cycle`s with results of the kind), ``cycle`` (the chosen one, or None),
    ``lines`` (`published.Beside`), ``told`` (`published.Differences` or None).
    """
    asked, found = PublishedQuery.read(request.args), services()
    over_time = timeline(found.database, found.settings)
    ids = [each for each, kind, _n in published.published_cycles(found.database)
           if kind == asked.kind]  # fmt: skip
    # Where the calendar has changed meanwhile, results may be of cycles that are no more.
    known = over_time.known(ids)
    cycle = over_time.find(asked.cycle) if asked.cycle else next(iter(known), None)
    lines: tuple[published.Beside, ...] = ()
    if cycle is not None:
        stands = assessed(found.home, found.database, over_time, cycle.id)
        lines = published.set_beside(
            published.published_results(found.database, cycle.id, asked.kind),
            _ours(asked.kind, stands),
            UnitNames(found.database, found.home),
            lineage(found.database),
        )
    return render_template(
        "assessment/published.html",
        asked=asked,
        kinds=UNIT_KINDS,
        cycles=known,
        cycle=cycle,
        lines=lines,
        told=published.differences(lines),
    )


def _ours(kind: str, stands: Assessed) -> dict[str, published.Ours]:
    """Return ours of the units of a kind: of departments and enterprises as handlers."""
    if kind == TOWNSHIP:
        return published.ours_of(stands.board and shown_board(stands.board, stands.rules))
    found = services()
    on = standing(found.home, found.database, stands.cycle)
    known, by = on.registers(found.database), KIND_BY[kind]
    if on.source is None or (known is None and by != "district"):
        return {}
    made = unit_board(found.home, known, on.source, on.cycle, stands.rules, by)
    return ours_of_units(by, shown_lines(made.lines, stands.rules), known)


def _preview(path: Path) -> tuple[published.Preview, tuple[RowProblem, ...]]:
    found = services()
    over_time = timeline(found.database, found.settings)
    made = published.preview(found.database, found.home, path, over_time)
    return made, made.problems


def _store(path: Path) -> str:
    found = services()
    over_time = timeline(found.database, found.settings)
    new, replaced = published.store(access(), found.home, path, over_time)
    return _("已存入通报成绩：新增 %(new)s 条，替换 %(old)s 条。", new=new, old=replaced)


add_table_pages(blueprint, Table("published", "published-results.csv", COLUMNS, _preview, _store))
