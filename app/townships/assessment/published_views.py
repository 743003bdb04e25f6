"""HTTP of the published results 通报成绩: the results beside ours, and their import."""

from __future__ import annotations

from flask import Blueprint, Response, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from app.accounts.entrance import access, allow
from app.accounts.models import DEPARTMENT, DISTRICT, ENTERPRISE, TOWNSHIP
from app.accounts.permissions import Permission
from app.cases.uploads import delete_upload, give_up_upload
from app.services import services
from app.succession import lineage
from app.townships.assessment import published
from app.townships.assessment.closing import Assessed, assessed
from app.townships.assessment.forms import PublishedQuery, TableForm
from app.townships.assessment.handed_in import find_table, keep_table, table_of_headers
from app.townships.assessment.published_reading import COLUMNS
from app.townships.assessment.published_units import ours_of_units
from app.townships.assessment.standing import standing
from app.townships.assessment.timeline import timeline
from app.townships.assessment.unit_names import UNIT_KINDS, UnitNames
from app.townships.assessment.units import By, unit_board
from app.townships.assessment.views import shown_board, shown_lines
from app.translation import _
from app.web import language, notice
from geodata.reading.small_tables import SMALL_TABLE_SUFFIXES

blueprint = Blueprint("published", __name__, url_prefix="/assessment/published")

WAITING = "published"
KIND_BY: dict[str, By] = {DISTRICT: "district", DEPARTMENT: "handler", ENTERPRISE: "handler"}
TEMPLATE_HEADERS = {"Content-Disposition": "attachment; filename=published-results.csv"}


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


@blueprint.get("/template.csv")
@allow(Permission.READ)
def template() -> Response:
    """Give an empty table with the headers that are read."""
    content = table_of_headers(COLUMNS, chinese=language().startswith("zh"))
    return Response(content, mimetype="text/csv", headers=TEMPLATE_HEADERS)


@blueprint.route("/import", methods=["GET", "POST"])
@allow(Permission.ASSESS)
def take_in() -> ResponseReturnValue:
    """Take a file in to be looked at; nothing is stored yet.

    Template ``assessment/published_import.html``: ``form`` (`forms.TableForm`), ``limit_mb``,
    ``endings``.
    """
    form = TableForm()
    if form.validate_on_submit():
        token = keep_table(access(), services().home, form.file.data, WAITING)
        return redirect(url_for("published.preview", token=token))
    page = render_template(
        "assessment/published_import.html",
        form=form,
        limit_mb=services().settings.max_upload_mb,
        endings=",".join(SMALL_TABLE_SUFFIXES),
    )
    return page, 422 if form.is_submitted() else 200


@blueprint.get("/import/<token>")
@allow(Permission.ASSESS)
def preview(token: str) -> str:
    """Show what a waiting file would store.

    Template ``assessment/published_preview.html``: ``token``, ``file`` (its name), ``preview``
    (`published.Preview`), ``problems`` (a line for each).
    """
    found = services()
    path = find_table(found.home, token, WAITING)
    over_time = timeline(found.database, found.settings)
    made = published.preview(found.database, found.home, path, over_time)
    return render_template(
        "assessment/published_preview.html",
        token=token,
        file=path.name,
        preview=made,
        problems=[each.text(language()) for each in made.problems],
    )


@blueprint.post("/import/<token>")
@allow(Permission.ASSESS)
def store(token: str) -> ResponseReturnValue:
    """Store all rows of a waiting file."""
    found = services()
    path = find_table(found.home, token, WAITING)
    over_time = timeline(found.database, found.settings)
    new, replaced = published.store(access(), found.home, path, over_time)
    delete_upload(path)
    notice(_("已存入通报成绩：新增 %(new)s 条，替换 %(old)s 条。", new=new, old=replaced))
    return redirect(url_for("published.show"))


@blueprint.post("/import/<token>/delete")
@allow(Permission.ASSESS)
def give_up(token: str) -> ResponseReturnValue:
    """Delete a waiting file without storing it."""
    give_up_upload(access(), find_table(services().home, token, WAITING))
    notice(_("上传的文件已删除，没有导入。"))
    return redirect(url_for("published.take_in"))
