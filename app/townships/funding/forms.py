"""What may be asked of the pages of funding."""

from __future__ import annotations

from typing import Any

from flask_babel import lazy_gettext as _l
from flask_wtf import FlaskForm
from flask_wtf.file import FileField, FileRequired
from pydantic import Field
from wtforms import Field as FormField
from wtforms import HiddenField, SelectField, TextAreaField
from wtforms.fields.choices import SelectChoice
from wtforms.validators import InputRequired, Length, NumberRange
from wtforms.widgets import TextInput

from app.errors import LONGEST_SHOWN, validated
from app.form_fields import WholeNumberField, version_of
from app.queries import Query
from app.townships.funding.amounts import NoAmountError, in_yuan, read_amount
from app.townships.funding.lines import LONGEST_NOTE, FundingValues
from app.townships.funding.models import SOURCES
from app.townships.funding.wording import source_names
from app.townships.governing.plans import FIRST_YEAR, LAST_YEAR
from app.translation import _
from app.web import language


class AmountField(FormField):  # type: ignore[misc]
    """An amount in yuan; ``data`` is in fen, and nothing typed is nothing."""

    widget = TextInput()
    data: int | None

    def process_formdata(self, valuelist: list[str]) -> None:
        """Read the amount, and say why what was typed is none."""
        typed = " ".join(valuelist).strip()
        self.data = 0
        if not typed:
            return
        try:
            self.data = read_amount(typed)
        except NoAmountError as error:
            self.data = None
            why = error.chinese if language().startswith("zh") else error.english
            raise ValueError(
                _("“%(shown)s”%(why)s", shown=typed[:LONGEST_SHOWN], why=why)
            ) from None

    def _value(self) -> str:
        if self.raw_data:
            return " ".join(str(each) for each in self.raw_data)
        return in_yuan(self.data) if self.data else ""


class FundingForm(FlaskForm):  # type: ignore[misc]
    """A line of funding, new or changed."""

    year = WholeNumberField(
        _l("年度"),
        validators=[
            InputRequired(),
            NumberRange(FIRST_YEAR, LAST_YEAR),
        ],
    )
    source = SelectField(_l("资金来源"))
    planned = AmountField(_l("计划（元）"))
    allocated = AmountField(_l("下达（元）"))
    spent = AmountField(_l("支出（元）"))
    note = TextAreaField(_l("备注"), validators=[Length(max=LONGEST_NOTE)])
    row_version = HiddenField()

    def __init__(self, *args: Any, **named: Any) -> None:
        super().__init__(*args, **named)
        names = source_names()
        self.source.choices = [SelectChoice(key, names[key]) for key in SOURCES]

    def values(self) -> FundingValues:
        """Return what was written.

        Raises
        ------
        InvalidParameter
        """
        written = {name: getattr(self, name).data for name in FundingValues.model_fields}
        return validated(FundingValues, {**written, "note": written["note"] or ""})

    def version(self) -> int:
        """Return the version of the line that the person saw."""
        return version_of(self.row_version.data)


class RemoveForm(FlaskForm):  # type: ignore[misc]
    """The word to take a line away."""

    row_version = HiddenField()

    def version(self) -> int:
        """Return the version of the line that the person saw."""
        return version_of(self.row_version.data)


class FundingFileForm(FlaskForm):  # type: ignore[misc]
    """A file of funding."""

    file = FileField(_l("文件"), validators=[FileRequired(_l("请选择文件"))])


class FundingQuery(Query):
    """Which year, and of which place the lines are listed."""

    year: int | None = Field(default=None, ge=FIRST_YEAR, le=LAST_YEAR)
    of: str | None = Field(default=None, max_length=80, pattern=r"^(township|district):.+$")

    def place(self) -> tuple[str, str]:
        """Return level and code of the place whose lines are listed; empty for none."""
        level, _colon, code = (self.of or "").partition(":")
        return level, code
