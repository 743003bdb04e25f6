"""HTTP of the mapping page: what the columns of an upload mean, a preview, and then its import."""

from __future__ import annotations

from flask import Blueprint, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from app.accounts.entrance import access, allow
from app.accounts.permissions import Permission
from app.cases import mapping, own_profiles, uploads, waiting
from app.errors import message_of
from app.services import services
from app.translation import _
from app.web import language, notice
from geodata.errors import UserError
from geodata.profiles import FIELD_GROUPS, check_profile_name, load_profile
from geodata.schema import SATISFACTION

blueprint = Blueprint("mapping", __name__, url_prefix="/cases/mapping")

CRS_CHOICES = ("WGS84", "GCJ-02", "BD-09", "EPSG:4490", "EPSG:4547")
ZONE_CHOICES = (
    "Asia/Shanghai", "Asia/Urumqi", "Asia/Hong_Kong", "UTC", "America/New_York",
    "America/Chicago", "America/Denver", "America/Los_Angeles", "Europe/London", "Europe/Berlin",
)  # fmt: skip


@blueprint.get("/<token>")
@allow(Permission.IMPORT)
def mapping_view(token: str) -> ResponseReturnValue:
    """Show what the columns of an upload may mean (``?sheet=&profile=``).

    Template ``cases/mapping.html``: ``token``, ``file`` (name), ``sheets`` [name], ``sheet``
    (chosen, or ``""`` for all), ``shown_sheet``, ``fits`` [`proposals.Fit`], ``start_profile``
    (name or ``""``), ``columns`` [`mapping.Column`], ``choices`` (`mapping.Choices`), ``groups``
    (group → fields),
    ``preview`` (`mapping.Preview` or None), ``problem`` (one line or None), ``crs_choices``,
    ``zone_choices``, ``satisfaction``.
    """
    home = services().home
    path = waiting.find(home, token)
    sheet = request.args.get("sheet") or None
    table = mapping.open_start(home, waiting.starts_of(path), sheet)
    chosen = request.args.get("profile", "")
    profile = load_profile(chosen, home.profiles) if chosen else None
    choices = mapping.propose(table, profile)
    return _page(token, table, choices, sheet, start_profile=chosen)


@blueprint.post("/<token>")
@allow(Permission.IMPORT)
def decide(token: str) -> ResponseReturnValue:
    """Preview the choices, or save them as a profile and import (form field ``do``)."""
    home = services().home
    path = waiting.find(home, token)
    sheet = request.form.get("sheet") or None
    table = mapping.open_start(home, waiting.starts_of(path), sheet)
    choices = mapping.read_choices(table, request.form)
    if request.form.get("do") not in ("save", "import"):
        return _page(token, table, choices, sheet)
    try:
        check_profile_name(choices.name)
        profile = mapping.profile_of(table, choices)
        own_profiles.save(access(), home, profile)
    except UserError as error:
        return _page(token, table, choices, sheet, problem=message_of(error, language())), 422
    if request.form.get("do") == "save":
        notice(_("导入方案“%(name)s”已保存。", name=profile.name))
        return redirect(
            url_for("mapping.mapping_view", token=token, sheet=sheet, profile=profile.name)
        )
    job = uploads.queue_import(access(), services(), path, profile.name, crs=None, sheet=sheet)
    return redirect(url_for("jobs.watch", job_id=job))


@blueprint.post("/<token>/import")
@allow(Permission.IMPORT)
def import_with(token: str) -> ResponseReturnValue:
    """Import the upload with a known profile (form fields ``profile``, ``sheet``)."""
    home = services().home
    path = waiting.find(home, token)
    profile = load_profile(request.form.get("profile", ""), home.profiles)
    sheet = request.form.get("sheet") or None
    job = uploads.queue_import(access(), services(), path, profile.name, crs=None, sheet=sheet)
    return redirect(url_for("jobs.watch", job_id=job))


@blueprint.post("/<token>/delete")
@allow(Permission.IMPORT)
def give_up(token: str) -> ResponseReturnValue:
    """Delete the upload without importing it."""
    uploads.give_up_upload(access(), waiting.find(services().home, token))
    notice(_("上传的文件已删除，没有导入。"))
    return redirect(url_for("cases.import_view"))


def _page(
    token: str,
    table: mapping.Table,
    choices: mapping.Choices,
    sheet: str | None,
    *,
    start_profile: str = "",
    problem: str | None = None,
) -> str:
    home = services().home
    path = waiting.find(home, token)
    shown = None
    try:
        shown = mapping.preview(home, table, mapping.profile_of(table, choices), language())
    except UserError as error:
        problem = problem or message_of(error, language())
    return render_template(
        "cases/mapping.html",
        token=token,
        file=path.name,
        sheets=[start.name for start in waiting.starts_of(path) if start.name],
        sheet=sheet or "",
        shown_sheet=table.start.name,
        fits=mapping.fits(table),
        start_profile=start_profile,
        columns=mapping.columns_of(table, choices),
        choices=choices,
        groups=FIELD_GROUPS,
        preview=shown,
        problem=problem,
        crs_choices=CRS_CHOICES,
        zone_choices=ZONE_CHOICES,
        satisfaction=SATISFACTION,
    )
