"""HTTP of the dispatch meetings 调度会."""

from __future__ import annotations

from datetime import date

from flask import Blueprint, redirect, render_template, url_for
from flask.typing import ResponseReturnValue
from flask_babel import lazy_gettext as _l
from flask_wtf import FlaskForm
from wtforms import DateField, HiddenField, StringField, TextAreaField
from wtforms.validators import DataRequired, InputRequired, Length

from app.accounts.entrance import access, allow
from app.accounts.permissions import Permission
from app.errors import Conflict, message_of, outcome_of, validated
from app.form_fields import version_of
from app.services import services
from app.townships.designations.models import Designation
from app.townships.governing.register import find_designation
from app.townships.supervising import meetings
from app.townships.supervising.meetings import MeetingValues
from app.townships.supervising.models import Meeting
from app.translation import _
from app.web import language, notice
from geodata.errors import UserError

blueprint = Blueprint("meetings", __name__, url_prefix="/supervision/meetings")


class MeetingForm(FlaskForm):  # type: ignore[misc]
    """The minutes of a meeting."""

    held_on = DateField(_l("日期"), validators=[InputRequired()])
    chair = StringField(_l("主持人"), validators=[Length(max=100)])
    minutes = TextAreaField(_l("纪要"), validators=[DataRequired(), Length(max=20_000)])
    row_version = HiddenField()

    def values(self) -> MeetingValues:
        """Return what was written.

        Raises
        ------
        InvalidParameter
        """
        written = {name: getattr(self, name).data or "" for name in MeetingValues.model_fields}
        return validated(MeetingValues, written)


@blueprint.route("/new/<int:number>", methods=["GET", "POST"])
@allow(Permission.WORK_PLANS)
def new(number: int) -> ResponseReturnValue:
    """Write the minutes of a meeting on a designation; the template of `_form`."""
    designation = find_designation(services().database, number)
    access().require_township(Permission.WORK_PLANS, designation.township)
    form = MeetingForm()
    if not form.is_submitted():
        form.held_on.data = date.today()
    if form.validate_on_submit():
        made = meetings.hold(access(), number, form.values())
        notice(_("已保存。"))
        return redirect(url_for("meetings.show", meeting_id=made.id))
    return _form(form, designation, None)


@blueprint.get("/<int:meeting_id>")
@allow(Permission.READ)
def show(meeting_id: int) -> str:
    """Show a meeting: each line of its minutes, and the item that came of it.

    Template ``supervision/meeting.html``: ``file`` (`meetings.MeetingFile`), ``works`` (whether it
    is the reader's township).
    """
    file = meetings.find_meeting(access(), meeting_id)
    township = file.designation.township
    works = access().reach(Permission.WORK_PLANS).has_township(township)
    return render_template("supervision/meeting.html", file=file, works=works)


@blueprint.route("/<int:meeting_id>/edit", methods=["GET", "POST"])
@allow(Permission.WORK_PLANS)
def edit(meeting_id: int) -> ResponseReturnValue:
    """Change the minutes; the template of `_form`, with ``meeting`` set."""
    file = meetings.find_meeting(access(), meeting_id, Permission.WORK_PLANS)
    form = MeetingForm(obj=file.meeting)
    if form.validate_on_submit():
        try:
            version = version_of(form.row_version.data)
            meetings.change(access(), meeting_id, form.values(), version)
        except Conflict as error:
            return _form(form, file.designation, file.meeting, error)
        notice(_("已保存。"))
        return redirect(url_for("meetings.show", meeting_id=meeting_id))
    return _form(form, file.designation, file.meeting)


def _form(
    form: MeetingForm,
    designation: Designation,
    meeting: Meeting | None,
    error: UserError | None = None,
) -> ResponseReturnValue:
    """Give the form of minutes.

    Template ``supervision/meeting_form.html``: ``form``, ``designation``, ``meeting`` (None for a
    new one), ``conflict`` (a line or empty).
    """
    page = render_template(
        "supervision/meeting_form.html",
        form=form,
        designation=designation,
        meeting=meeting,
        conflict=message_of(error, language()) if error else "",
    )
    return page, outcome_of(error).status if error else 422 if form.is_submitted() else 200
