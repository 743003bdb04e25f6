"""Forms of the rule sets."""

from __future__ import annotations

from typing import Any

from flask_babel import lazy_gettext as _l
from flask_wtf import FlaskForm
from wtforms import DateField, FloatField, HiddenField, SelectField, StringField, TextAreaField
from wtforms.fields.choices import SelectChoice
from wtforms.validators import InputRequired, Length, NumberRange, Optional

from app.errors import validated
from app.form_fields import WholeNumberField, version_of
from app.townships.assessment.cycles import HOURS, LATEST_START_DAY
from app.townships.assessment.governance_forms import GovernanceForm, governance_data
from app.townships.assessment.governance_rules import DEFAULT, governance_of
from app.townships.assessment.models import RuleSet
from app.townships.assessment.rule_sets import RuleSetValues
from app.townships.assessment.rules import PER_CENT, ResultRules, Rules

ATTRIBUTION_CHOICES = [
    SelectChoice("reported", _l("按被反映地")),
    SelectChoice("location", _l("按空间落点")),
    SelectChoice("handler", _l("按承办单位")),
]
BASIS_CHOICES = [
    SelectChoice("callback", _l("按回访日期")),
    SelectChoice("due", _l("按到期日期")),
    SelectChoice("received", _l("按来电日期")),
]
TIES_CHOICES = [SelectChoice("all", _l("全部计入")), SelectChoice("none", _l("都不计入"))]
LEDGER_CHOICES = [SelectChoice("raw", _l("全量")), SelectChoice("assessed", _l("考核"))]


def _per_cent(label: str, most: float = PER_CENT) -> FloatField:
    return FloatField(label, validators=[InputRequired(), NumberRange(0, most)])


def _whole(label: str, least: int, most: int) -> WholeNumberField:
    return WholeNumberField(label, validators=[InputRequired(), NumberRange(least, most)])


class RuleSetForm(GovernanceForm):
    """A rule set, new or changed."""

    name = StringField(_l("名称"), validators=[InputRequired(), Length(max=200)])
    first_day = DateField(_l("生效第一天"), validators=[InputRequired()])
    last_day = DateField(_l("生效最后一天"), validators=[Optional()])
    start_day = _whole(_l("考核月起始日"), 1, LATEST_START_DAY)
    cut_hour = _whole(_l("日切分时刻"), 0, HOURS - 1)
    attribution = SelectField(_l("归属口径"), choices=ATTRIBUTION_CHOICES)
    basis = SelectField(_l("计入哪一期"), choices=BASIS_CHOICES)
    ledger = SelectField(_l("台账"), choices=LEDGER_CHOICES)
    response = _per_cent(_l("响应率权重"))
    resolution = _per_cent(_l("解决率权重"))
    satisfaction = _per_cent(_l("满意率权重"))
    basically_satisfied = FloatField(
        _l("“基本满意”折算"), validators=[InputRequired(), NumberRange(0, 1)]
    )
    advanced_share = _per_cent(_l("先进：名次前"), 50)
    progress_first = _whole(_l("进步：得分上升前"), 0, 1000)
    rectify_share = _per_cent(_l("整改：名次后"), 50)
    rectify_below = FloatField(
        _l("整改：得分低于"), validators=[Optional(), NumberRange(0, PER_CENT)]
    )
    warn_first = _whole(_l("预警：诉求件数前"), 1, 1000)
    warn_ties = SelectField(_l("预警：名次并列而超额"), choices=TIES_CHOICES)
    answer_days = _whole(_l("预警：回应时限"), 1, 365)
    talk_last = _whole(_l("集体约谈：得分最低的"), 0, 1000)
    source = TextAreaField(_l("依据"), validators=[Length(max=2000)])
    row_version = HiddenField()

    @classmethod
    def of(cls, record: RuleSet) -> RuleSetForm:
        """Return the form of a rule set as it stands."""
        results = ResultRules.model_validate(record.results).model_dump()
        days = {"first_day": record.valid_from, "last_day": record.last_day}
        numbers = governance_data(governance_of(record.results))
        return cls(obj=record, data={**days, **results, **numbers})

    @classmethod
    def default(cls, rules: Rules) -> RuleSetForm:
        """Return a new form that begins with some rules."""
        calendar, weights = rules.calendar, rules.weights
        return cls(
            data={
                "start_day": calendar.start_day,
                "cut_hour": calendar.cut_hour,
                "attribution": rules.attribution,
                "basis": rules.basis,
                "ledger": rules.ledger,
                **vars(weights),
                **rules.results.model_dump(),
                **governance_data(DEFAULT),
            }
        )

    def values(self) -> RuleSetValues:
        """Return what was written, checked as a whole.

        Raises
        ------
        InvalidParameter
            The parts do not fit one another, as weights that do not add up.
        """
        results: dict[str, Any] = {name: self[name].data for name in ResultRules.model_fields}
        names = set(RuleSetValues.model_fields) - {"results", "governance"}
        written = {name: self[name].data for name in names}
        written["source"] = written["source"] or ""
        parts = {"results": results, "governance": self.governance()}
        return validated(RuleSetValues, {**written, **parts})

    def version(self) -> int:
        """Return the version of the record that the person saw."""
        return version_of(self.row_version.data)


class EndForm(FlaskForm):  # type: ignore[misc]
    """The last day of a rule set."""

    last_day = DateField(_l("生效最后一天"), validators=[InputRequired()])
    row_version = HiddenField()
