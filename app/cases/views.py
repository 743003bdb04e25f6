"""HTTP of the cases: list, import by upload, batches and their rejected rows."""

from __future__ import annotations

from flask import Blueprint, Response, redirect, render_template, request, send_file, url_for
from flask.typing import ResponseReturnValue

from app.accounts.entrance import access, allow
from app.accounts.permissions import Permission
from app.cases import batches, listing, lives, quality, relocating, unmasking, uploads, waiting
from app.cases.case_file import csv_lines
from app.cases.forms import (
    BATCH,
    LOOK_FIRST,
    CaseFilter,
    DecisionForm,
    FindForm,
    SystemForm,
    UploadForm,
    WithdrawForm,
)
from app.cases.small_map import draw_map
from app.errors import InvalidParameter
from app.services import services
from app.tagged import kept_part
from app.web import language
from geodata.profiles import known_profiles
from geodata.relocation import follows_boundaries

blueprint = Blueprint("cases", __name__, url_prefix="/cases")


@blueprint.get("")
@allow(Permission.READ_CASES)
def list_view() -> str:
    """List cases, newest first (``?class_1=&township=&month=&location=&flag=&batch=&place=``).

    Template ``cases/list.html``: ``page`` (`listing.CasePage`: ``rows`` of ``case_id, received,
    class_1, class_2, title, address, township, township_name, status, located, township_only,
    flags, location_method, location_quality, place, place_name``; texts are masked already;
    ``total, number, pages, size``), ``filter`` (`forms.CaseFilter`), ``filters``
    (its form, with `listing.choices`), ``counts`` (over the whole store: `listing.count_all`),
    ``rows`` (those of its table).
    """
    chosen = CaseFilter.read(request.args)
    home = services().home
    page = listing.list_cases(home, access().area(Permission.READ_CASES), chosen)
    seen = (*page.versions, chosen.model_dump_json(), language(), access().seen_as())
    tag = "-".join(map(str, seen))
    choices = listing.choices(home)
    return render_template(
        "cases/list.html",
        page=page,
        rows=page.rows and kept_part(tag, "cases/_rows.html", rows=page.rows),
        filters=kept_part(tag, "cases/_filters.html", choices=choices, filter=chosen),
        filter=chosen,
        counts=listing.count_all(home),
        find=FindForm(),
        follows=follows_boundaries(home),
    )


@blueprint.post("/find")
@allow(Permission.READ_CASES)
def find() -> ResponseReturnValue:
    """Lead to the page of a case (form field ``case_id``)."""
    form = FindForm()
    if not form.validate_on_submit():
        return redirect(url_for("cases.list_view"))
    area = access().area(Permission.READ_CASES)
    month, mark = lives.address_of(services().home, area, form.wanted()).split("/")
    return redirect(url_for("cases.life", month=month, mark=mark))


@blueprint.get("/<month>/<mark>")
@allow(Permission.READ_CASES)
def life(month: str, mark: str) -> str:
    """Show the life of a case.

    Template ``cases/life.html``: ``case`` (`listing` row), ``deliveries`` (of
    `lives.ToldDelivery`, the first one first), ``callback`` (the last one, or None), ``month,
    mark`` (its address), ``unmasked`` (whether texts are shown as they are), ``may_unmask``.
    """
    return _life_page(unmasking.masked_life(access(), services().home, month, mark))


@blueprint.post("/<month>/<mark>/unmask")
@allow(Permission.UNMASK)
def unmask(month: str, mark: str) -> Response:
    """Show the life of a case with its texts as they are; the look is recorded."""
    seen = unmasking.unmasked_life(access(), services().home, month, mark)
    response = Response(_life_page(seen))
    response.headers["Cache-Control"] = "no-store"
    return response


@blueprint.route("/import", methods=["GET", "POST"])
@allow(Permission.IMPORT)
def import_view() -> ResponseReturnValue:
    """Take a file in.

    Template ``cases/import.html``: ``form`` (`forms.UploadForm`: ``file, profile, crs, sheet``),
    ``profiles`` [name], ``limit_mb`` (int). Success leads to ``/jobs/<id>/watch``,
    without a profile to ``/cases/mapping/<token>``.
    """
    home = services().home
    form = UploadForm(known_profiles(home.profiles))
    if form.validate_on_submit():
        upload = form.upload()
        if upload.profile == LOOK_FIRST:
            token = waiting.keep(access(), home, upload.file)
            return redirect(url_for("mapping.mapping_view", token=token, sheet=upload.sheet))
        job = uploads.start_import(access(), services(), upload)
        return redirect(url_for("jobs.watch", job_id=job))
    page = render_template(
        "cases/import.html",
        form=form,
        profiles=form.profiles,
        limit_mb=services().settings.max_upload_mb,
    )
    return page, 422 if form.is_submitted() else 200


@blueprint.get("/batches")
@allow(Permission.IMPORT)
def batches_view() -> str:
    """List what was imported.

    Template ``cases/batches.html``: ``batches`` (as below, newest first).
    """
    return render_template("cases/batches.html", batches=batches.list_batches(services().home))


@blueprint.get("/batches/<batch>")
@allow(Permission.IMPORT)
def batch(batch: str) -> str:
    """Report one import.

    Template ``cases/batch.html``: ``batch`` (dict as ``suyuan cases import --json``: ``batch, file,
    profile, read, accepted, updated, unchanged, rejected, located, township_only, unlocated,
    outdated, flags`` {flag: n}, ``seconds`` or None, ``imported_at`` aware datetime, ``kind``
    ``import|no_change``, ``withdrawn`` bool), ``told`` (`BatchExplanation` or None),
    ``columns`` [(header, field)] of the file, ``notes`` [str],
    ``rejects`` (first 50 rows of ``source_row, case_id, field, value, rule, reason``; ``reason`` in
    the reader's language), ``rejects_url`` (None when there are none or they have expired).
    """
    home = services().home
    report = batches.get_batch(home, batch)
    told = batches.explain(home, report)
    return render_template(
        "cases/batch.html",
        batch=report,
        told=told,
        columns=batches.columns_of(report, told),
        notes=batches.notes_of(report, language()),
        rejects=batches.first_rejects(home, batch, language()),
        rejects_url=url_for("cases.rejects", batch=batch)
        if batches.rejects_file(home, batch)
        else None,
    )


@blueprint.route("/batches/<batch>/withdraw", methods=["GET", "POST"])
@allow(Permission.IMPORT)
def withdraw(batch: str) -> ResponseReturnValue:
    """Ask before a batch is taken out, and take it out.

    Template ``cases/withdraw.html``: ``batch`` (as above), ``told`` (`BatchExplanation`), ``form``.
    Success leads to ``/jobs/<id>/watch``.
    """
    form = WithdrawForm()
    if form.validate_on_submit():
        job = batches.start_withdrawal(access(), services(), batch)
        return redirect(url_for("jobs.watch", job_id=job))
    home = services().home
    report = batches.require_withdrawable(home, batch)
    return render_template(
        "cases/withdraw.html", batch=report, told=batches.explain(home, report), form=form
    )


@blueprint.get("/batches/<batch>/rejects.csv")
@allow(Permission.IMPORT)
def rejects(batch: str) -> ResponseReturnValue:
    """Give the rejected rows as a file."""
    path = batches.require_rejects(services().home, batch)
    access().record("rejects.export", ("batch", batch))
    return send_file(
        path, mimetype="text/csv", as_attachment=True, download_name=f"rejects-{batch}.csv"
    )


@blueprint.post("/batches/<batch>/system")
@allow(Permission.IMPORT)
def redeclare(batch: str) -> ResponseReturnValue:
    """Read a batch in another coordinate system (form: ``crs``); leads to its job."""
    form = SystemForm()
    if not form.validate_on_submit():
        raise InvalidParameter(
            "crs: expected WGS84, GCJ-02 or BD-09", "坐标系应为 WGS84、GCJ-02 或 BD-09"
        )
    job = relocating.start_redeclaring(access(), services(), batch, form.crs.data)
    return redirect(url_for("jobs.watch", job_id=job))


@blueprint.get("/list.csv")
@allow(Permission.READ_CASES)
def list_csv() -> ResponseReturnValue:
    """Give the cases that the filter keeps (as on the list) as a file; texts are masked."""
    chosen, area = CaseFilter.read(request.args), access().area(Permission.READ_CASES)
    access().record("cases.export", ("cases", ""), None, chosen.model_dump(exclude_none=True))
    return Response(
        csv_lines(services().home, area, chosen),
        mimetype="text/csv; charset=utf-8",
        headers={"Content-Disposition": "attachment; filename=cases.csv"},
    )


@blueprint.get("/quality")
@allow(Permission.IMPORT)
def quality_view() -> str:
    """Show how good the coordinates are (``?batch=``).

    Template ``cases/quality.html``: ``quality`` (`quality.Quality`, None while there are no cases),
    ``batch`` (name or None), ``map`` (`small_map.SmallMap` or None).
    """
    home = services().home
    batch = request.args.get("batch") or None
    if batch is not None and not BATCH.fullmatch(batch):
        raise InvalidParameter(f"batch: {batch[:80]!r} is no name", f"批次 {batch[:80]!r} 无效")
    found = quality.quality_of(home, language(), batch)
    return render_template(
        "cases/quality.html",
        quality=found,
        batch=batch,
        map=draw_map(home, found.points) if found else None,
    )


@blueprint.post("/quality/decide")
@allow(Permission.IMPORT)
def decide() -> ResponseReturnValue:
    """Decide what a coordinate means (form: ``lng, lat, meaning``); leads to the job."""
    form = DecisionForm()
    if not form.validate_on_submit():
        raise InvalidParameter(
            "lng, lat: expected degrees within ±180 and ±90, and a meaning",
            "请填写经度（±180 以内）、纬度（±90 以内）和含义",
        )
    decided = form.lng.data, form.lat.data, form.meaning.data
    job = relocating.start_decision(access(), services(), *decided)
    return redirect(url_for("jobs.watch", job_id=job))


def _life_page(seen: unmasking.SeenLife) -> str:
    home, told = services().home, seen.life
    return render_template(
        "cases/life.html",
        case=listing.show_case(home, told.current, seen.tell),
        deliveries=lives.told(home, told, seen.tell),
        callback=lives.callback_of(told, seen.tell),
        month=seen.month,
        mark=seen.mark,
        unmasked=seen.unmasked,
        may_unmask=seen.may_unmask,
    )
