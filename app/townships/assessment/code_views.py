"""HTTP of townships whose code changes: what is recorded, what is not yet, and a form."""

from __future__ import annotations

import re

from flask import Blueprint, redirect, render_template, url_for
from flask.typing import ResponseReturnValue
from flask_babel import lazy_gettext as _l
from flask_wtf import FlaskForm
from wtforms import DateField, StringField
from wtforms.validators import InputRequired, Length

from app.accounts.entrance import access, allow
from app.accounts.permissions import Permission
from app.errors import message_of, outcome_of, validated
from app.services import services
from app.succession import lineage
from app.townships.assessment.code_changes import closed_before, unexplained
from app.townships.succession.recording import ChangeValues, record_change, remove_change
from app.translation import _
from app.web import language, notice
from geodata.areas import known_areas
from geodata.errors import UserError

blueprint = Blueprint("codes", __name__, url_prefix="/assessment/codes")

_BETWEEN = re.compile(r"[\s,，、;；]+")


class ChangeForm(FlaskForm):  # type: ignore[misc]
    """Codes that stand for others since a day; several are parted by a comma or a space."""

    before = StringField(_l("原代码"), validators=[InputRequired(), Length(max=1000)])
    after = StringField(_l("新代码"), validators=[InputRequired(), Length(max=1000)])
    since = DateField(_l("起用日期"), validators=[InputRequired()])
    note = StringField(_l("说明"), validators=[Length(max=1000)])

    def values(self) -> ChangeValues:
        """Return what was written, checked once more as a whole."""
        sides = {name: tuple(filter(None, _BETWEEN.split(getattr(self, name).data)))
                 for name in ("before", "after")}  # fmt: skip
        told = {"since": self.since.data, "note": self.note.data or ""}
        return validated(ChangeValues, {**sides, **told})


@blueprint.route("", methods=["GET", "POST"])
@allow(Permission.READ, post=Permission.ASSESS)
def show() -> ResponseReturnValue:
    """List the changes of codes and record one.

    Template ``assessment/codes.html``: ``form`` (`ChangeForm`), ``message`` (why nothing was saved,
    or empty), ``changes`` (`succession.Change`s, the newest first), ``known`` {code: `KnownArea`},
    ``open`` (`code_changes.Unexplained`), ``closed`` (`code_changes.ClosedBefore`s).
    """
    form, error = ChangeForm(), None
    if form.validate_on_submit():
        try:
            record_change(access(), services().home, form.values())
        except UserError as found:
            error = found
        else:
            notice(_("已登记。"))
            return redirect(url_for("codes.show"))
    home, database = services().home, services().database
    known, found_changes = known_areas(home, "township"), lineage(database)
    page = render_template(
        "assessment/codes.html",
        form=form,
        message=message_of(error, language()) if error else "",
        changes=found_changes.changes[::-1],
        known=known,
        open=unexplained(known, home, found_changes),
        closed=closed_before(database, home, found_changes),
    )
    return page, outcome_of(error).status if error else 422 if form.is_submitted() else 200


@blueprint.post("/<int:row>/remove")
@allow(Permission.ASSESS)
def remove(row: int) -> ResponseReturnValue:
    """Take back the change that a row belongs to."""
    remove_change(access(), row)
    notice(_("已撤销这项登记。"))
    return redirect(url_for("codes.show"))
