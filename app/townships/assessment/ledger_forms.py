"""What may be asked of the ledgers and of boards of units, and written into their forms."""

from __future__ import annotations

from datetime import date

from flask_babel import lazy_gettext as _l
from flask_wtf import FlaskForm
from pydantic import Field
from wtforms import DateField, HiddenField, SelectField, StringField, TextAreaField
from wtforms import Field as FormField
from wtforms import ValidationError as FieldError
from wtforms.fields.choices import SelectChoice
from wtforms.validators import InputRequired, Length, Optional

from app.accounts.areas import Area
from app.cases.listing import township_names
from app.errors import InvalidParameter, validated
from app.form_fields import require_in_order
from app.queries import Query
from app.townships.assessment.class_paths import known_paths, path_text, require_path
from app.townships.assessment.exclusions import ExclusionValues
from app.townships.assessment.exclusions import State as ExclusionState
from app.townships.assessment.forms import BoardQuery
from app.townships.assessment.models import Scorecard
from app.townships.assessment.objections import KINDS, ObjectionValues
from app.townships.assessment.objections import State as ObjectionState
from app.townships.assessment.scorecards import ScorecardValues
from app.townships.assessment.units import By
from geodata.home import Home

HIGHEST_PAGE = 1_000_000


class ReconciliationQuery(BoardQuery):
    """A cycle and how it is counted; of the city, of a township (its code), or of a unit."""

    township: str | None = Field(default=None, max_length=64)
    by: By | None = None
    unit: str | None = Field(default=None, max_length=200)


class StepQuery(ReconciliationQuery):
    """The cases of one step."""

    step: str = Field(pattern=r"^[a-z_0-9]{1,60}$")
    page: int = Field(default=1, ge=1, le=HIGHEST_PAGE)


class UnitsQuery(BoardQuery):
    """A cycle by units of a kind; of a topic (its id) the townships.

    A topic is asked for among the topics alone: by districts all cases count, whatever topic the
    page showed before.
    """

    by: By | None = None
    topic: int | None = Field(default=None, ge=1)

    @property
    def kind_of_units(self) -> By:
        """The kind of units that is asked for; districts, where nothing is said."""
        return self.by or ("topic" if self.topic else "district")

    @property
    def topic_id(self) -> int | None:
        """The topic whose townships are asked for."""
        return self.topic if self.kind_of_units == "topic" else None


class ExclusionFilter(Query):
    """Which exclusions to list."""

    state: ExclusionState | None = None


class ObjectionFilter(Query):
    """Which objections to list."""

    state: ObjectionState | None = None


class ExclusionForm(FlaskForm):  # type: ignore[misc]
    """An exclusion that is proposed."""

    name = StringField(_l("名称"), validators=[InputRequired(), Length(max=200)])
    township = SelectField(_l("街乡镇"))
    path = SelectField(_l("问题分类"))
    start = DateField(_l("受理时间起"), validators=[InputRequired()])
    end = DateField(_l("受理时间止"), validators=[InputRequired()])
    source = TextAreaField(_l("依据"), validators=[InputRequired(), Length(max=4_000)])

    def offer(self, home: Home, area: Area) -> None:
        """Offer the townships of a person's area, and the classes of the stored cases."""
        named = sorted(township_names(home).items(), key=lambda pair: pair[1])
        whole = [SelectChoice("", _l("全市"))] if area.whole else []
        here = [SelectChoice(code, name) for code, name in named if area.has_township(code)]
        self.township.choices = [*whole, *here]
        texts = map(path_text, known_paths(home))
        self.path.choices = [SelectChoice("", _l("全部分类")), *(SelectChoice(t, t) for t in texts)]

    def validate_end(self, field: FormField) -> None:
        """Refuse an end before the start."""
        if self.start.data and field.data and field.data < self.start.data:
            raise FieldError(_l("受理时间止早于起"))

    def values(self, home: Home) -> ExclusionValues:
        """Return what was written."""
        path = require_path(home, self.path.data) if self.path.data else ()
        names = ("name", "start", "end", "source")
        written = {name: getattr(self, name).data for name in names}
        township = self.township.data or ""
        return validated(ExclusionValues, {**written, "township": township, "classes": path})


class DecisionForm(FlaskForm):  # type: ignore[misc]
    """A step of an exclusion or objection, on a day, with words."""

    state = SelectField(_l("决定"))
    on = DateField(_l("日期"), validators=[Optional()])
    words = TextAreaField(_l("说明"), validators=[Length(max=4_000)])
    row_version = HiddenField()

    def offer(self, states: tuple[str, ...]) -> None:
        """Offer the states that may follow."""
        self.state.choices = [SelectChoice(state) for state in states]

    def require(self) -> None:
        """Refuse a form that is not in order.

        Raises
        ------
        InvalidParameter
            Names the first field that is not.
        """
        require_in_order(self, "state")

    def day(self) -> date:
        """Return the day, today where none was written."""
        return self.on.data or date.today()

    def version(self) -> int:
        """Return the version of the record that the person saw."""
        return version_of(self.row_version.data)


class ObjectionForm(FlaskForm):  # type: ignore[misc]
    """An objection to a case."""

    kind = SelectField(_l("种类"), choices=[SelectChoice(kind) for kind in KINDS])
    case_id = StringField(_l("工单编号"), validators=[InputRequired(), Length(max=100)])
    raised_on = DateField(_l("提出日期"), validators=[InputRequired()])
    words = TextAreaField(_l("理由"), validators=[InputRequired(), Length(max=4_000)])

    def values(self) -> ObjectionValues:
        """Return what was written."""
        names = ObjectionValues.model_fields
        return validated(ObjectionValues, {name: getattr(self, name).data for name in names})


class ScorecardForm(FlaskForm):  # type: ignore[misc]
    """A topic and its classes."""

    name = StringField(_l("名称"), validators=[InputRequired(), Length(max=100)])
    paths = TextAreaField(_l("问题分类"), validators=[InputRequired(), Length(max=20_000)])
    row_version = HiddenField()

    def show(self, card: Scorecard) -> None:
        """Show a topic as it is."""
        if not self.is_submitted():
            self.paths.data = "\n".join(map(path_text, card.classes))

    def values(self, home: Home) -> ScorecardValues:
        """Return what was written.

        Raises
        ------
        InvalidParameter
            A line names no class of the stored cases.
        """
        lines = [line.strip() for line in (self.paths.data or "").splitlines()]
        paths = dict.fromkeys(require_path(home, line) for line in lines if line)
        return validated(ScorecardValues, {"name": self.name.data, "classes": tuple(paths)})

    def version(self) -> int:
        """Return the version of the record that the person saw."""
        return version_of(self.row_version.data)


def version_of(text: str | None) -> int:
    """Read the version that a form carries.

    Raises
    ------
    InvalidParameter
        It carries none.
    """
    if text and text.isascii() and text.isdigit() and len(text) < 10:
        return int(text)
    raise InvalidParameter("row_version: missing", "表单缺少版本号，请刷新页面")
