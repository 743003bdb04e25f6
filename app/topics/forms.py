"""What may be asked of the pages of topics."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date
from typing import Any

from flask_babel import lazy_gettext as _l
from flask_wtf import FlaskForm
from pydantic import Field
from wtforms import (
    BooleanField,
    HiddenField,
    SelectField,
    StringField,
    TextAreaField,
)
from wtforms.fields.choices import SelectChoice
from wtforms.validators import InputRequired, Length, NumberRange, Optional

from app.errors import InvalidParameter, validated
from app.form_fields import DayField, FiniteNumberField, WholeNumberField
from app.queries import Query
from app.topics.candidates import USUAL_SPAN
from app.topics.checking import LARGEST_SEED, LEAST, MOST
from app.topics.definitions import DefinitionValues
from app.topics.figures import LARGEST_VALUE, LONGEST_SOURCE, AssessmentFigures, CallbackFigures
from app.topics.models import CaseDefinition, Topic
from app.topics.problems import ProblemValues
from app.topics.targets import LARGEST_TARGET, Targets, months_of
from app.topics.topics import FIRST_YEAR, LAST_YEAR, LONG, TopicValues
from app.topics.units import CITY_LEVEL, DISTRICT_LEVEL, TOWNSHIP_LEVEL, UnitBook
from app.townships.assessment.class_paths import MARK
from app.townships.supervising.forms import RecordForm, unit_choices

LEVEL_FIELDS = {
    "city_units": CITY_LEVEL,
    "district_units": DISTRICT_LEVEL,
    "township_units": TOWNSHIP_LEVEL,
}
"""Field → level of the cooperating units that it names."""


def _text_of(value: object) -> str:
    """Return what a choice is sent as; nothing chosen is an empty text."""
    return "" if value is None else str(value)


class TopicForm(RecordForm):
    """A topic, new or changed."""

    year = WholeNumberField(
        _l("年份"), validators=[InputRequired(), NumberRange(FIRST_YEAR, LAST_YEAR)]
    )
    month = WholeNumberField(_l("月份"), validators=[InputRequired(), NumberRange(1, 12)])
    title = StringField(_l("题目"), validators=[InputRequired(), Length(max=200)])
    leader = StringField(_l("分管市领导"), validators=[Length(max=200)])
    lead_id = SelectField(_l("牵头单位"), default="", coerce=_text_of)
    city_units = StringField(_l("市级配合单位"), validators=[Length(max=4_000)])
    district_units = StringField(_l("区级配合单位"), validators=[Length(max=4_000)])
    township_units = StringField(_l("街乡镇配合单位"), validators=[Length(max=8_000)])
    grounds = TextAreaField(_l("选题依据"), validators=[Length(max=LONG)])
    needs_measures = BooleanField(_l("需市级改革举措"))
    measures = TextAreaField(_l("需要哪项改革举措"), validators=[Length(max=LONG)])

    def offer(self, book: UnitBook, topic: Topic | None = None) -> None:
        """Offer the city's units to lead; show a topic as it is."""
        own = topic.lead_id if topic else None
        units = [
            *book.of_level(CITY_LEVEL),
            *([book.units[own]] if own and own in book.units else []),
        ]
        self.lead_id.choices = unit_choices(dict.fromkeys(units), own)
        if topic is not None and not self.is_submitted():
            self.lead_id.data = str(own or "")
            for field, level in LEVEL_FIELDS.items():
                self[field].data = "、".join(book.names(topic.cooperating, level))

    def values(self, book: UnitBook) -> TopicValues:
        """Return what was written.

        Raises
        ------
        InvalidParameter
            A name is no unit of its level.
        """
        cooperating = [
            number
            for field, level in LEVEL_FIELDS.items()
            for number in book.read(self[field].data or "", level, field)
        ]
        written = {name: self[name].data for name in TopicValues.model_fields if name in self}
        kept = {name: value for name, value in written.items() if value not in (None, "")}
        return validated(TopicValues, {**kept, "cooperating": list(dict.fromkeys(cooperating))})


class StepForm(RecordForm):
    """A step of a topic."""

    state = SelectField(_l("改为"), validators=[InputRequired()])
    on = DayField(_l("日期"), validators=[Optional()])
    words = TextAreaField(_l("说明"), validators=[Length(max=LONG)])

    def offer(self, following: Sequence[str], names: Mapping[str, str]) -> None:
        """Offer the states that may follow."""
        self.state.choices = [SelectChoice(each, names[each]) for each in following]

    def day(self) -> date:
        """Return the day of the step; today where none was written."""
        found: date | None = self.on.data
        return found or date.today()


class ProblemForm(RecordForm):
    """A problem of a topic, new or changed."""

    name = StringField(_l("问题名称"), validators=[InputRequired(), Length(max=200)])
    text = TextAreaField(_l("问题说明"), validators=[Length(max=LONG)])

    def values(self) -> ProblemValues:
        """Return what was written."""
        return self.read(ProblemValues)


class MarkForm(FlaskForm):  # type: ignore[misc]
    """A mark of a township."""

    township = SelectField(_l("街乡镇"), validators=[InputRequired()])
    mark = SelectField(_l("标记"), validators=[InputRequired()])

    def offer(self, townships: Mapping[str, str], marks: Mapping[str, str]) -> None:
        """Offer townships by name, and marks."""
        by_name = sorted(townships.items(), key=lambda pair: pair[1])
        self.township.choices = [
            SelectChoice("", _l("请选择")), *(SelectChoice(*pair) for pair in by_name)
        ]  # fmt: skip
        self.mark.choices = [SelectChoice(*pair) for pair in marks.items()]


class ScenarioForm(FlaskForm):  # type: ignore[misc]
    """A new scenario."""

    scenario = StringField(_l("场景名称"), validators=[InputRequired(), Length(max=200)])


class DocumentForm(RecordForm):
    """The rows of a document."""

    text = TextAreaField(_l("内容"), validators=[Length(max=200_000)])


class DefinitionForm(RecordForm):
    """A new version of a case definition."""

    valid_from = DayField(_l("启用日期"), validators=[InputRequired()])
    classes = TextAreaField(_l("问题分类"), validators=[Length(max=4_000)])
    keywords = StringField(_l("关键词"), validators=[Length(max=2_000)])
    tags = StringField(_l("标签"), validators=[Length(max=2_000)])
    widens = BooleanField(_l("含关键词或标签即计入，不限上述分类"))
    excluded_classes = TextAreaField(_l("排除的分类"), validators=[Length(max=4_000)])
    excluded_keywords = StringField(_l("排除的关键词"), validators=[Length(max=2_000)])
    baseline_first = DayField(_l("基期首日"), validators=[InputRequired()])
    baseline_last = DayField(_l("基期末日"), validators=[InputRequired()])
    note = StringField(_l("版本说明"), validators=[Length(max=400)])

    def show(self, definition: CaseDefinition) -> None:
        """Begin with what the newest version says."""
        for name in ("classes", "excluded_classes"):
            paths = getattr(definition, name)
            self[name].data = "\n".join(MARK.join(path) for path in paths)
        for name in ("tags", "keywords", "excluded_keywords"):
            self[name].data = "、".join(getattr(definition, name))
        for name in ("widens", "baseline_first", "baseline_last"):
            self[name].data = getattr(definition, name)

    def values(self) -> DefinitionValues:
        """Return what was written."""
        return self.read(DefinitionValues)


class DrawForm(FlaskForm):  # type: ignore[misc]
    """A sample to draw."""

    size = WholeNumberField(_l("抽查件数"), validators=[InputRequired(), NumberRange(LEAST, MOST)])
    seed = WholeNumberField(
        _l("随机种子"), validators=[InputRequired(), NumberRange(0, LARGEST_SEED)]
    )


class TargetForm(RecordForm):
    """The targets of the months of a year."""

    year = WholeNumberField(
        _l("年份"), validators=[InputRequired(), NumberRange(FIRST_YEAR, LAST_YEAR)]
    )
    definition = HiddenField()

    def offer(self, definition: CaseDefinition, year: int, targets: Targets) -> None:
        """Show the targets of a year by a version."""
        self.year.data, self.definition.data = year, str(definition.id)
        for month in months_of(year):
            self[f"m{month[-2:]}"].data = targets.get((definition.id, month))

    def months(self) -> dict[str, float | None]:
        """Return month → cases, None where none is written."""
        return {month: None if self[f"m{month[-2:]}"].data is None
                else float(self[f"m{month[-2:]}"].data)
                for month in months_of(self.year.data or 0)}  # fmt: skip

    def month_fields(self) -> list[Any]:
        """Return the fields of the months."""
        return [self[f"m{month:02}"] for month in range(1, 13)]

    def definition_id(self) -> int:
        """Return the version that the targets are set against.

        Raises
        ------
        InvalidParameter
            The form names none.
        """
        text = self.definition.data or ""
        if text.isascii() and text.isdigit() and len(text) < 10:
            return int(text)
        raise InvalidParameter("definition: missing", "表单缺少口径版本，请刷新页面")


for _month in range(1, 13):
    setattr(
        TargetForm,
        f"m{_month:02}",
        FiniteNumberField(
            _l("%(n)s 月", n=_month), places=None,
            validators=[Optional(), NumberRange(0, LARGEST_TARGET)],
        ),
    )  # fmt: skip


class CallbackForm(FlaskForm):  # type: ignore[misc]
    """What the callbacks of a month found of a problem."""

    problem_id = SelectField(_l("问题"), validators=[InputRequired()])
    month = StringField(_l("月份"), validators=[InputRequired(), Length(max=20)])
    asked = WholeNumberField(_l("回访件数"), validators=[InputRequired(), NumberRange(0)])
    solved = WholeNumberField(_l("解决件数"), validators=[InputRequired(), NumberRange(0)])
    satisfied = WholeNumberField(_l("满意件数"), validators=[InputRequired(), NumberRange(0)])
    source = StringField(_l("来源"), validators=[Length(max=LONGEST_SOURCE)])

    def offer(self, problems: Mapping[int, str]) -> None:
        """Offer the problems of all topics."""
        named = [SelectChoice(str(number), name) for number, name in problems.items()]
        self.problem_id.choices = [SelectChoice("", _l("请选择")), *named]

    def figures(self) -> CallbackFigures:
        """Return what was written."""
        return CallbackFigures(
            int(self.problem_id.data), (self.month.data or "").strip(), self.asked.data or 0,
            self.solved.data or 0, self.satisfied.data or 0, (self.source.data or "").strip(),
        )  # fmt: skip


class AssessmentForm(FlaskForm):  # type: ignore[misc]
    """One figure of an assessment."""

    topic_id = SelectField(_l("题目"), validators=[InputRequired()])
    period = SelectField(_l("评估"), validators=[InputRequired()])
    indicator = StringField(_l("指标"), validators=[InputRequired(), Length(max=200)])
    value = FiniteNumberField(
        _l("数值"),
        places=None,
        validators=[InputRequired(), NumberRange(-LARGEST_VALUE, LARGEST_VALUE)],
    )
    unit = StringField(_l("计量单位"), validators=[Length(max=40)])
    source = StringField(_l("来源"), validators=[Length(max=LONGEST_SOURCE)])

    def offer(self, topics: Mapping[int, tuple[str, int]], periods: Mapping[str, str]) -> None:
        """Offer topics and periods."""
        named = [SelectChoice(str(n), f"{title} · {year}") for n, (title, year) in topics.items()]
        self.topic_id.choices = [SelectChoice("", _l("请选择")), *named]
        self.period.choices = [SelectChoice(*pair) for pair in periods.items()]

    def figures(self) -> AssessmentFigures:
        """Return what was written."""
        return AssessmentFigures(
            int(self.topic_id.data), self.period.data, (self.indicator.data or "").strip(),
            float(self.value.data or 0), (self.unit.data or "").strip(),
            (self.source.data or "").strip(),
        )  # fmt: skip


class TopicQuery(Query):
    """Which year to list."""

    year: int | None = Field(default=None, ge=FIRST_YEAR, le=LAST_YEAR)


class CandidateQuery(Query):
    """Over how many months, and at which level of classes."""

    months: int = Field(default=USUAL_SPAN, ge=1, le=12)
    level: int = Field(default=2, ge=2, le=3)


class NewTopicQuery(Query):
    """The candidate that a new topic comes of."""

    path: str | None = Field(default=None, max_length=600)
    months: int = Field(default=USUAL_SPAN, ge=1, le=12)
    level: int = Field(default=2, ge=2, le=3)


class ProblemQuery(Query):
    """Of which year the targets are set."""

    year: int | None = Field(default=None, ge=FIRST_YEAR, le=LAST_YEAR)
