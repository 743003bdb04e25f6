"""Fields of which forms of several subjects are made."""

from __future__ import annotations

import math
from decimal import Decimal

from flask_wtf import FlaskForm
from wtforms import DateField, DecimalField, IntegerField

from app.errors import LONGEST_SHOWN, InvalidParameter
from app.translation import _
from geodata.errors import UserError


class WholeNumberField(IntegerField):  # type: ignore[misc]
    """A whole number; what is none is left to the range check, so that one message says it all."""

    data: int | None

    def process_formdata(self, valuelist: list[str]) -> None:
        """Read the number; the check of a range breaks on one of hundreds of digits."""
        try:
            super().process_formdata(valuelist)
            float(self.data or 0)
        except (ValueError, OverflowError):
            self.data = None


class FiniteNumberField(DecimalField):  # type: ignore[misc]
    """A number; what is none, endless or too large is left to the range check, as whole ones are.

    A field of this kind needs a range: it is this that says what is wrong.
    """

    data: Decimal | None

    def process_formdata(self, valuelist: list[str]) -> None:
        """Read the number; a NaN that signals breaks every comparison."""
        try:
            super().process_formdata(valuelist)
            if self.data is not None and not math.isfinite(float(self.data)):
                self.data = None
        except (ValueError, OverflowError):
            self.data = None


class DayField(DateField):  # type: ignore[misc]
    """A day; what is none is told with what was typed and how a day is written."""

    def process_formdata(self, valuelist: list[str]) -> None:
        """Read the day."""
        try:
            super().process_formdata(valuelist)
        except ValueError:
            shown = " ".join(valuelist)[:LONGEST_SHOWN]
            raise ValueError(_("“%(shown)s”不是日期，应如 2025-06-30", shown=shown)) from None


def place_error(form: FlaskForm, error: UserError, line: str) -> str:
    """Put an error at the field that it is about.

    Parameters
    ----------
    form : FlaskForm
    error : UserError
    line : str
        What it says, in the reader's language.

    Returns
    -------
    str
        The line, where the form has no such field; else empty.
    """
    if error.field not in form:
        return line
    form[error.field].errors = [*form[error.field].errors, line]
    return ""


def version_of(text: str | None) -> int:
    """Return the version of the record that the person saw, from the form's hidden field.

    Raises
    ------
    InvalidParameter
        It is none.
    """
    # A number is the record's own, where the form was sent without one.
    if isinstance(text, str) and text.isascii() and text.isdigit() and len(text) < 10:
        return int(text)
    raise InvalidParameter("row_version: missing", "表单缺少版本号，请刷新页面")


def require_in_order(form: FlaskForm, otherwise: str) -> None:
    """Refuse a form that is not in order.

    Parameters
    ----------
    form : FlaskForm
    otherwise : str
        Field that is named where the error is of none.

    Raises
    ------
    InvalidParameter
        Names the first field that is not.
    """
    if form.validate_on_submit():
        return
    name = next((name for name in form.errors if name), otherwise)
    raise InvalidParameter(f"{name}: missing or not allowed", f"参数 {name} 缺失或无效")
