"""Forms that were sent: what was typed stays, with what is wrong at the field that it is of."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import TypeVar

from flask.typing import ResponseReturnValue
from flask_wtf import FlaskForm

from app.errors import message_of, outcome_of
from app.form_fields import place_error
from app.web import language
from geodata.errors import UserError

Form = TypeVar("Form", bound=FlaskForm)


def wrong_in(form: FlaskForm, error: UserError | None) -> str:
    """Put an error at its field; returns the line that is of none, or an empty one."""
    return "" if error is None else place_error(form, error, message_of(error, language()))


def status_of(form: FlaskForm, error: UserError | None) -> int:
    """Return the status of a form's page."""
    if error is not None:
        return outcome_of(error).status
    return 422 if form.is_submitted() else 200


def sent(
    form: FlaskForm,
    act: Callable[[], object],
    done: Callable[[], ResponseReturnValue],
    page: Callable[[str], str],
) -> ResponseReturnValue:
    """Do what a form asks for; where that cannot be done, show its page again as it was sent.

    Parameters
    ----------
    form : FlaskForm
    act : callable
        Does it; raises a `UserError` where it cannot be done.
    done : callable
        The answer when it was done.
    page : callable
        The page with the form, given a line on an error that is of no field (or an empty one).
    """
    error = None
    if form.validate_on_submit():
        try:
            act()
        except UserError as found_wrong:
            error = found_wrong
        else:
            return done()
    return page(wrong_in(form, error)), status_of(form, error)


def step_form(sent_form: Form | None, kind: type[Form], name: str, version: int) -> Form:
    """Return the form of a record's next step: the one that was sent in vain, or a new one.

    Its fields get ids of their own, for several forms stand on a page. The page shows the record as
    it stands, so what is sent from it next is of this version.
    """
    form: Form = kind(formdata=None) if sent_form is None else sent_form
    form.row_version.data = version
    for field in form:
        field.id = f"{name}-{field.short_name}"
    return form


def step_forms(
    kinds: Mapping[str, type[FlaskForm]],
    version: int,
    name: str = "",
    sent_form: FlaskForm | None = None,
) -> dict[str, FlaskForm]:
    """Return the forms of a record's next steps, the one of a `name` as it was sent in vain."""
    return {
        each: step_form(sent_form if each == name else None, kind, each, version)
        for each, kind in kinds.items()
    }
