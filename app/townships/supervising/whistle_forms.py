"""What may be asked of the pages of whistles."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date
from typing import Any, Literal

from flask_babel import lazy_gettext as _l
from flask_wtf import FlaskForm
from wtforms import (
    HiddenField,
    RadioField,
    SelectField,
    SelectMultipleField,
    StringField,
    TextAreaField,
)
from wtforms.fields.choices import SelectChoice
from wtforms.validators import AnyOf, DataRequired, InputRequired, Length

from app.accounts.models import Unit
from app.errors import InvalidParameter, validated
from app.form_fields import DayField, version_of
from app.queries import Query
from app.townships.duties.keeping import read_path
from app.townships.duties.proposing import Proposal
from app.townships.governing.models import ListItem
from app.townships.supervising.whistles import RATINGS, WhistleValues, called_units

_RATED = [SelectChoice(each) for each in RATINGS]

SUGGESTED = ("township", "title", "path", "item_id")


class UnitsForm(FlaskForm):  # type: ignore[misc]
    """Which units are called, and until when."""

    deadline = DayField(_l("期限"), validators=[InputRequired()])
    lead = SelectField(_l("牵头单位"), validate_choice=False)
    cooperating = SelectMultipleField(_l("配合单位"), validate_choice=False)
    row_version = HiddenField()

    def offer_units(self, units: Sequence[Unit], first: Sequence[int] = ()) -> None:
        """Offer units, those to be `first` before the others."""
        order = {number: at for at, number in enumerate(first)}
        ranked = sorted(units, key=lambda unit: (order.get(unit.id, len(order)), unit.name))
        offered = [SelectChoice(str(unit.id), unit.name) for unit in ranked]
        self.lead.choices = [SelectChoice("", _l("（不设）")), *offered]
        self.cooperating.choices = offered

    def units(self) -> dict[int, bool]:
        """Return who is called: id of the unit → whether it leads.

        Raises
        ------
        InvalidParameter
            Nobody is, or an id is none.
        """
        return called_units(*self._called())

    def version(self) -> int:
        """Return the version that the person saw."""
        return version_of(self.row_version.data)

    def _called(self) -> tuple[int | None, tuple[int, ...]]:
        lead = number_of(self.lead.data) if self.lead.data else None
        return lead, tuple(number_of(each) for each in self.cooperating.data or ())


class WhistleForm(UnitsForm):
    """A whistle that is to be raised."""

    township = SelectField(_l("街乡镇"))
    title = StringField(_l("什么问题"), validators=[DataRequired(), Length(max=200)])
    text = TextAreaField(_l("情况说明"), validators=[Length(max=10_000)])
    path = StringField(_l("问题分类"), validators=[Length(max=600)])
    scenario = StringField(_l("场景"), validators=[Length(max=200)])
    item_id = SelectField(_l("对应的清单事项"), validate_choice=False)

    def offer(self, townships: Mapping[str, str], items: Sequence[ListItem]) -> None:
        """Offer townships, and the items of the one that is chosen."""
        named = sorted(townships.items(), key=lambda pair: pair[1])
        self.township.choices = [SelectChoice(code, name) for code, name in named]
        offered = [SelectChoice(str(item.id), item.title) for item in items]
        self.item_id.choices = [SelectChoice("", _l("（不对应）")), *offered]

    def propose(self, proposals: Sequence[Proposal]) -> None:
        """Choose the units that the duty list says must come; a person may choose others."""
        found = [each for each in proposals if each.unit is not None and not each.own]
        leads = [str(each.unit.id) for each in found if each.leads and each.unit]
        self.lead.data = leads[0] if leads else ""
        others = dict.fromkeys(str(each.unit.id) for each in found if each.unit)
        self.cooperating.data = [each for each in others if each != self.lead.data]

    def classes(self) -> tuple[str, ...]:
        """Return the path of classes that was written."""
        return read_path(self.path.data or "")

    def values(self) -> WhistleValues:
        """Return what was written.

        Raises
        ------
        InvalidParameter
        """
        lead, cooperating = self._called()
        written = {name: getattr(self, name).data or "" for name in
                   ("township", "title", "text", "scenario", "deadline")}  # fmt: skip
        item = number_of(self.item_id.data) if self.item_id.data else None
        more = {"classes": self.classes(), "item_id": item, "lead": lead}
        return validated(WhistleValues, {**written, **more, "cooperating": cooperating})


class AnswerForm(FlaskForm):  # type: ignore[misc]
    """That a unit came, or what it did."""

    words = TextAreaField(_l("处置情况"), validators=[Length(max=10_000)])
    row_version = HiddenField()

    def version(self) -> int:
        """Return the version that the person saw."""
        return version_of(self.row_version.data)

    def said(self) -> str:
        """Return the words."""
        return self.words.data or ""


class RatingForm(AnswerForm):
    """What the township says in the end."""

    rating = RadioField(
        _l("评价"), choices=_RATED, validate_choice=False,
        validators=[AnyOf(RATINGS, _l("请选择评价。"))],
    )  # fmt: skip
    words = TextAreaField(_l("评价说明"), validators=[Length(max=10_000)])


class WithdrawalForm(AnswerForm):
    """Why a whistle is taken back; it stands with the rating, which it does not need."""

    rating = RadioField(_l("评价"), choices=_RATED, validate_choice=False)
    words = TextAreaField(_l("评价说明"), validators=[Length(max=10_000)])


class WhistleFilter(Query):
    """Which whistles to list."""

    state: Literal["open", "rated", "withdrawn"] | None = None
    township: str | None = None


def suggestion(args: Mapping[str, str], deadline: date) -> dict[str, Any]:
    """Return what a link puts into a new form."""
    filled = {name: args[name][:200] for name in SUGGESTED if args.get(name)}
    return {**filled, "deadline": deadline}


def number_of(text: str | None) -> int:
    """Read the id of a unit or an item.

    Raises
    ------
    InvalidParameter
        It is none.
    """
    if text and text.isascii() and text.isdigit() and len(text) < 10:
        return int(text)
    shown = str(text or "")[:40]
    raise InvalidParameter(f"{shown!r} is no id", f"“{shown}”不是编号")
