"""What may be asked of the pages of warnings, talks, orders and accountability."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import date
from typing import Any, Literal, TypeVar

from flask_babel import lazy_gettext as _l
from flask_wtf import FlaskForm
from pydantic import BaseModel, Field
from wtforms import HiddenField, SelectField, StringField, TextAreaField
from wtforms.fields.choices import SelectChoice
from wtforms.validators import InputRequired, Length, Optional

from app.accounts.models import Unit
from app.errors import validated
from app.form_fields import DayField, version_of
from app.queries import Query
from app.townships.supervising.accountability import AccountabilityValues
from app.townships.supervising.orders import OrderValues, Source
from app.townships.supervising.orders import Which as WhichOrders
from app.townships.supervising.talks import Arrangement, Holding, NewTalk, TalkKind
from app.townships.supervising.talks import Which as WhichTalks

Values = TypeVar("Values", bound=BaseModel)

LONG, SHORT = 10_000, 400

OPTIONAL_DATE = (Optional(),)


class RecordForm(FlaskForm):  # type: ignore[misc]
    """A form of a record that several people may change."""

    row_version = HiddenField()

    def version(self) -> int:
        """Return the version of the record that the person saw."""
        return version_of(self.row_version.data)

    def read(self, model: type[Values]) -> Values:
        """Return what was written, checked once more as a whole.

        Raises
        ------
        InvalidParameter
        """
        written = {name: self[name].data for name in model.model_fields if name in self}
        return validated(model, {name: v for name, v in written.items() if v not in (None, "")})


class WordsForm(RecordForm):
    """Words to a step, and its day where it has one."""

    words = TextAreaField(_l("说明"), validators=[InputRequired(), Length(max=LONG)])
    on = DayField(_l("日期"), validators=OPTIONAL_DATE)

    def said(self) -> str:
        """Return the words."""
        return self.words.data or ""


class ArrangementForm(RecordForm):
    """Who talks with whom, and until when things are to be mended."""

    talkers = StringField(_l("约谈人"), validators=[Length(max=SHORT)])
    joint_units = StringField(_l("会同单位"), validators=[Length(max=SHORT)])
    attendees = StringField(_l("约谈对象"), validators=[Length(max=SHORT)])
    demands = TextAreaField(_l("整改要求"), validators=[Length(max=LONG)])
    deadline = DayField(_l("整改时限"), validators=OPTIONAL_DATE)

    def values(self) -> Arrangement:
        """Return what was written."""
        return self.read(Arrangement)


class HoldingForm(ArrangementForm):
    """What there is to say of a talk that was held."""

    talkers = StringField(_l("约谈人"), validators=[InputRequired(), Length(max=SHORT)])
    demands = TextAreaField(_l("整改要求"), validators=[InputRequired(), Length(max=LONG)])
    held_on = DayField(_l("约谈日期"), validators=[InputRequired()])

    def values(self) -> Holding:
        """Return what was written."""
        return self.read(Holding)


class TalkForm(ArrangementForm):
    """A talk that a person arranges; what it is about is chosen in one list."""

    kind = SelectField(_l("类别"), validators=[InputRequired()])
    about = SelectField(_l("约谈单位"), validators=[InputRequired()])
    reason = TextAreaField(_l("约谈事由"), validators=[InputRequired(), Length(max=2_000)])

    def offer(self, kinds: Mapping[str, str], subjects: Mapping[str, str]) -> None:
        """Offer kinds, and subjects by ``kind:code``."""
        self.kind.choices = [SelectChoice(*pair) for pair in kinds.items()]
        self.about.choices = [SelectChoice("", _l("请选择")), *map(_choice, subjects.items())]

    def new(self) -> NewTalk:
        """Return what was written."""
        kind, _colon, code = (self.about.data or "").partition(":")
        written = self.values().model_dump()
        more = {"kind": self.kind.data, "reason": self.reason.data}
        return validated(NewTalk, {**written, **more, "subject_kind": kind, "subject": code})


class OrderForm(RecordForm):
    """A new supervision order."""

    number = StringField(_l("编号"), validators=[InputRequired(), Length(max=60)])
    source = SelectField(_l("来源"), validators=[InputRequired()])
    level = SelectField(_l("下发单位"), validators=[InputRequired()])
    title = StringField(_l("事项"), validators=[InputRequired(), Length(max=200)])
    demand = TextAreaField(_l("办理要求"), validators=[InputRequired(), Length(max=LONG)])
    unit_id = SelectField(_l("承办单位"), validators=[InputRequired()])
    township = SelectField(_l("街乡镇"))
    issued_on = DayField(_l("下发日期"), validators=[InputRequired()])
    deadline = DayField(_l("办理时限"), validators=[InputRequired()])

    def offer(
        self,
        sources: Mapping[str, str],
        levels: Mapping[str, str],
        units: Iterable[Unit],
        townships: Mapping[str, str],
    ) -> None:
        """Offer what there is to choose."""
        self.source.choices = [SelectChoice(*pair) for pair in sources.items()]
        self.level.choices = [SelectChoice(*pair) for pair in levels.items()]
        self.unit_id.choices = unit_choices(units)
        self.township.choices = [SelectChoice("", _l("（不限）")), *map(_choice, townships.items())]

    def values(self) -> OrderValues:
        """Return what was written."""
        return self.read(OrderValues)


class ExtensionForm(RecordForm):
    """More time for an order."""

    until = DayField(_l("延期至"), validators=[InputRequired()])
    reason = TextAreaField(_l("延期原因"), validators=[InputRequired(), Length(max=2_000)])


class AccountabilityForm(RecordForm):
    """A record of accountability."""

    unit_id = SelectField(_l("单位"), validators=[InputRequired()])
    matter = TextAreaField(_l("移送事项"), validators=[InputRequired(), Length(max=LONG)])
    referred_on = DayField(_l("移送日期"), validators=[InputRequired()])
    received_on = DayField(_l("受理日期"), validators=OPTIONAL_DATE)
    result = TextAreaField(_l("结果"), validators=[Length(max=LONG)])
    result_on = DayField(_l("结果日期"), validators=OPTIONAL_DATE)

    def values(self) -> AccountabilityValues:
        """Return what was written."""
        return self.read(AccountabilityValues)


class WarningQuery(Query):
    """Which warnings to list, and of which cycle new ones are to be raised."""

    state: Literal["open", "talked", "answered", "closed", "overdue"] | None = None
    cycle: str | None = Field(default=None, max_length=60)


class TalkQuery(Query):
    """Which talks to list, and for which cycle the rules are asked."""

    state: WhichTalks | None = None
    kind: TalkKind | None = None
    cycle: str | None = Field(default=None, max_length=60)


class OrderQuery(Query):
    """Which orders to list."""

    state: WhichOrders | None = None
    source: Source | None = None


def unit_choices(units: Iterable[Unit], own: int | None = None) -> list[SelectChoice]:
    """Return units to choose one of: those there are today, and a record's own though it ended."""
    today = date.today()
    named = [
        SelectChoice(str(unit.id), unit.name)
        for unit in units
        if unit.is_valid(today) or unit.id == own
    ]
    return [SelectChoice("", _l("请选择")), *named]


def _choice(pair: tuple[Any, Any]) -> SelectChoice:
    return SelectChoice(*pair)
