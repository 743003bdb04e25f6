"""HTTP of the cases: list, import by upload, batches and their rejected rows."""

from __future__ import annotations

from flask import Blueprint, redirect, render_template, request, send_file, url_for
from flask.typing import ResponseReturnValue

from app.cases import batches, listing, lives, uploads, waiting
from app.cases.forms import LOOK_FIRST, CaseFilter, FindForm, UploadForm, WithdrawForm
from app.services import services
from app.web import language
from geodata.profiles import known_profiles
from geodata.relocation import follows_boundaries

blueprint = Blueprint("cases", __name__, url_prefix="/cases")


@blueprint.get("")
def list_view() -> str:
    """List cases, newest first (``?class_1=&township=&month=&location=&flag=&batch=&page=``).

    Template ``cases/list.html``: ``page`` (`listing.CasePage`: ``rows`` of ``case_id, received,
    class_1, class_2, title, address, township, township_name, status, located, township_only,
    flags, location_method, location_quality, place, place_name``; texts are masked already;
    ``total, number, pages, size``), ``filter`` (`forms.CaseFilter`), ``choices`` (``class_1``
    [str], ``townships`` [(code, name)], ``months``
    [str], ``flags`` [str], ``locations`` [located, township_only, unlocated]), ``counts`` (over the
    whole store: ``cases, distinct_ids, located, township_only, unlocated, batches``).
    """
    chosen = CaseFilter.read(request.args)
    home = services().home
    return render_template(
        "cases/list.html",
        page=listing.list_cases(home, chosen),
        filter=chosen,
        choices=listing.choices(home),
        counts=listing.count_all(home),
        find=FindForm(),
        follows=follows_boundaries(home),
    )


@blueprint.post("/find")
def find() -> ResponseReturnValue:
    """Lead to the page of a case (form field ``case_id``)."""
    form = FindForm()
    if not form.validate_on_submit():
        return redirect(url_for("cases.list_view"))
    month, mark = lives.address_of(services().home, form.wanted()).split("/")
    return redirect(url_for("cases.life", month=month, mark=mark))


@blueprint.get("/<month>/<mark>")
def life(month: str, mark: str) -> str:
    """Show the life of a case.

    Template ``cases/life.html``: ``case`` (`listing` row: masked, with ``mark``), ``deliveries``
    (of `lives.ToldDelivery`, the first one first), ``callback`` (the last one, masked, or None).
    """
    home = services().home
    told = lives.life_of(home, lives.find_case(home, month, mark))
    return render_template(
        "cases/life.html",
        case=listing.show_case(home, told.current),
        deliveries=lives.told(home, told),
        callback=lives.callback_of(told),
    )


@blueprint.route("/import", methods=["GET", "POST"])
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
            token = waiting.keep(home, upload.file)
            return redirect(url_for("mapping.mapping_view", token=token, sheet=upload.sheet))
        job = uploads.start_import(services(), upload)
        return redirect(url_for("jobs.watch", job_id=job))
    page = render_template(
        "cases/import.html",
        form=form,
        profiles=form.profiles,
        limit_mb=services().settings.max_upload_mb,
    )
    return page, 422 if form.is_submitted() else 200


@blueprint.get("/batches")
def batches_view() -> str:
    """List what was imported.

    Template ``cases/batches.html``: ``batches`` (as below, newest first).
    """
    return render_template("cases/batches.html", batches=batches.list_batches(services().home))


@blueprint.get("/batches/<batch>")
def batch(batch: str) -> str:
    """Report one import.

    Template ``cases/batch.html``: ``batch`` (dict as ``suyuan cases import --json``: ``batch, file,
    profile, read, accepted, updated, unchanged, rejected, located, township_only, unlocated,
    outdated, flags`` {flag: n}, ``seconds`` or None, ``imported_at`` aware datetime, ``kind``
    ``import|no_change``, ``withdrawn`` bool), ``told`` (`BatchExplanation` or None), ``notes``
    [str], ``rejects`` (first 50 rows of ``source_row, case_id, field, value, rule, reason``;
    ``reason`` in the reader's language), ``rejects_url`` (None when there are none or they have
    expired).
    """
    home = services().home
    report = batches.get_batch(home, batch)
    return render_template(
        "cases/batch.html",
        batch=report,
        told=batches.explain(home, report),
        notes=batches.notes_of(report, language()),
        rejects=batches.first_rejects(home, batch, language()),
        rejects_url=url_for("cases.rejects", batch=batch)
        if batches.rejects_file(home, batch)
        else None,
    )


@blueprint.route("/batches/<batch>/withdraw", methods=["GET", "POST"])
def withdraw(batch: str) -> ResponseReturnValue:
    """Ask before a batch is taken out, and take it out.

    Template ``cases/withdraw.html``: ``batch`` (as above), ``told`` (`BatchExplanation`), ``form``.
    Success leads to ``/jobs/<id>/watch``.
    """
    form = WithdrawForm()
    if form.validate_on_submit():
        return redirect(url_for("jobs.watch", job_id=batches.start_withdrawal(services(), batch)))
    home = services().home
    report = batches.require_withdrawable(home, batch)
    return render_template(
        "cases/withdraw.html", batch=report, told=batches.explain(home, report), form=form
    )


@blueprint.get("/batches/<batch>/rejects.csv")
def rejects(batch: str) -> ResponseReturnValue:
    """Give the rejected rows as a file."""
    path = batches.require_rejects(services().home, batch)
    return send_file(
        path, mimetype="text/csv", as_attachment=True, download_name=f"rejects-{batch}.csv"
    )
