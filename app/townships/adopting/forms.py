"""What may be asked of the pages of adoption."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date
from typing import Literal

from flask_babel import lazy_gettext as _l
from flask_wtf import FlaskForm
from pydantic import Field
from wtforms import HiddenField, SelectMultipleField, StringField, TextAreaField
from wtforms.fields.choices import SelectChoice
from wtforms.validators import DataRequired, InputRequired, Length

from app.accounts.models import Unit
from app.db import LARGEST_ID
from app.errors import InvalidParameter, validated
from app.form_fields import DayField, WholeNumberField, version_of
from app.queries import Query
from app.townships.adopting.listing import Chosen
from app.townships.adopting.requests import Answer, AskValues
from app.townships.adopting.subjects import Asked
from app.townships.governing.plans import FIRST_YEAR, LAST_YEAR

HIGHEST_PAGE = 1_000_000


class AskForm(FlaskForm):  # type: ignore[misc]
    """Departments are asked about one thing."""

    source_kind = HiddenField(validators=[Length(max=16)])
    source_id = HiddenField(validators=[Length(max=200)])
    township = HiddenField(validators=[Length(max=64)])
    title = StringField(_l("提请事由"), validators=[DataRequired(), Length(max=200)])
    units = SelectMultipleField(_l("提请部门"), validate_choice=False)
    due_on = DayField(_l("答复期限"), validators=[InputRequired()])
    text = TextAreaField(_l("情况说明"), validators=[Length(max=10_000)])

    def offer(self, units: Sequence[Unit]) -> None:
        """Offer the units that may be asked, by name."""
        ranked = sorted(units, key=lambda unit: (unit.name, unit.id))
        self.units.choices = [SelectChoice(str(unit.id), unit.name) for unit in ranked]

    def asked(self) -> Asked:
        """Return what it is about."""
        named = (self.source_kind.data, self.source_id.data, self.township.data)
        return Asked(*(each or "" for each in named))

    def values(self) -> AskValues:
        """Return what was written.

        Raises
        ------
        InvalidParameter
        """
        written = {"title": self.title.data, "text": self.text.data or "",
                   "due_on": self.due_on.data}  # fmt: skip
        return validated(AskValues, {**written, "units": tuple(self._units())})

    def _units(self) -> list[int]:
        found = self.units.data or []
        for text in found:
            if not (text.isascii() and text.isdigit() and len(text) < 10):
                raise InvalidParameter(
                    f"units: {text[:40]!r} is no id", f"“{text[:40]}”不是单位编号", field="units"
                )
        return [int(text) for text in found]


class Step(FlaskForm):  # type: ignore[misc]
    """A step of a request."""

    row_version = HiddenField()

    def version(self) -> int:
        """Return the version of the request that the person saw."""
        return version_of(self.row_version.data)


class AnswerForm(Step):
    """A department's answer; which, the button says that was pressed."""

    year = WholeNumberField(_l("纳入年度"))
    project = StringField(_l("纳入的项目"), validators=[Length(max=200)])
    reason = TextAreaField(_l("不纳入的理由"), validators=[Length(max=2_000)])

    def answer(self, pressed: str | None) -> Answer:
        """Return what was answered.

        Raises
        ------
        InvalidParameter
            It is neither of the two.
        """
        if pressed not in ("adopted", "not_adopted"):
            raise InvalidParameter("do: expected adopted or not_adopted", "请选择“纳入”或“不纳入”")
        project, reason = self.project.data or "", self.reason.data or ""
        return Answer(pressed == "adopted", self.year.data, project, reason)


class WithdrawForm(Step):
    """Why a request is taken back."""

    reason = TextAreaField(_l("撤回原因"), validators=[Length(max=2_000)])


class RequestFilter(Query):
    """Which requests to list; each part may be left out."""

    state: Literal["asked", "adopted", "not_adopted", "withdrawn"] | None = None
    unit: int | None = Field(default=None, ge=1, le=LARGEST_ID)
    year: int | None = Field(default=None, ge=FIRST_YEAR, le=LAST_YEAR)
    planned: int | None = Field(default=None, ge=FIRST_YEAR, le=LAST_YEAR)
    due: Literal["overdue", "soon"] | None = None
    page: int = Field(default=1, ge=1, le=HIGHEST_PAGE)

    def chosen(self) -> Chosen:
        """Return it as the listing takes it."""
        return Chosen(self.state, self.unit, self.year, self.planned, self.due)

    def kept(self) -> Mapping[str, object]:
        """Return the parts that are set, but the page, for links."""
        return self.model_dump(exclude={"page"}, exclude_none=True)


def first_version(title: str, due_on: date) -> dict[str, object]:
    """Return what a new form begins with."""
    return {"title": title[:200], "due_on": due_on}
