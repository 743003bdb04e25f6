"""HTTP of the import profiles: list, change, download, delete."""

from __future__ import annotations

import io

from flask import Blueprint, redirect, render_template, request, send_file, url_for
from flask.typing import ResponseReturnValue

from app.accounts.entrance import access, allow
from app.accounts.permissions import Permission
from app.cases import own_profiles
from app.cases.mapping_views import CRS_CHOICES, ZONE_CHOICES
from app.errors import message_of
from app.services import services
from app.translation import _
from app.web import language, notice
from geodata.errors import UserError
from geodata.profiles import (
    FIELD_GROUPS,
    Profile,
    check_profile_name,
    load_profile,
    profile_yaml,
)

blueprint = Blueprint("profiles", __name__, url_prefix="/cases/profiles")


@blueprint.get("")
@allow(Permission.IMPORT)
def list_view() -> str:
    """List the import profiles.

    Template ``cases/profiles.html``: ``profiles`` [`own_profiles.ProfileRow`].
    """
    return render_template(
        "cases/profiles.html", profiles=own_profiles.list_profiles(services().home)
    )


@blueprint.get("/<name>.yaml")
@allow(Permission.IMPORT)
def download(name: str) -> ResponseReturnValue:
    """Give a profile as a YAML file."""
    text = profile_yaml(_known(name))
    return send_file(
        io.BytesIO(text.encode()),
        mimetype="application/yaml",
        as_attachment=True,
        download_name=f"{name}.yaml",
    )


@blueprint.route("/<name>/edit", methods=["GET", "POST"])
@allow(Permission.IMPORT)
def edit(name: str) -> ResponseReturnValue:
    """Change a profile of one's own.

    Template ``cases/profile_form.html``: ``profile``, ``headers`` (field → text), ``values``
    (text), ``groups``, ``crs_choices``, ``zone_choices``, ``problem`` (one line or None).
    """
    profile = _known(check_profile_name(name))
    if request.method == "GET":
        return _form(profile, own_profiles.headers_text(profile), own_profiles.values_text(profile))
    try:
        changed = own_profiles.read_profile(profile, request.form)
        own_profiles.save(access(), services().home, changed)
    except UserError as error:
        headers = {
            key.removeprefix("headers-"): text
            for key, text in request.form.items()
            if key.startswith("headers-")
        }
        problem = message_of(error, language())
        return _form(profile, headers, request.form.get("values", ""), problem), 422
    notice(_("导入方案“%(name)s”已保存。", name=name))
    return redirect(url_for("profiles.list_view"))


@blueprint.post("/<name>/delete")
@allow(Permission.IMPORT)
def delete(name: str) -> ResponseReturnValue:
    """Delete a profile of one's own; what was imported with it stays."""
    own_profiles.delete(access(), services().home, name)
    notice(_("导入方案“%(name)s”已删除。", name=name))
    return redirect(url_for("profiles.list_view"))


def _known(name: str) -> Profile:
    # Only names: a path in the address would open any YAML file of this machine.
    home = services().home
    for row in own_profiles.list_profiles(home):
        if row.name == name:
            return row.profile
    return load_profile(f"{name[:40]}?", home.profiles)


def _form(
    profile: Profile, headers: dict[str, str], values: str, problem: str | None = None
) -> str:
    return render_template(
        "cases/profile_form.html",
        profile=profile,
        headers=headers,
        values=values,
        groups=FIELD_GROUPS,
        crs_choices=CRS_CHOICES,
        zone_choices=ZONE_CHOICES,
        problem=problem,
    )
