"""What may be asked of the pages of 七有五性."""

from __future__ import annotations

from typing import Literal

from flask_babel import lazy_gettext as _l
from flask_wtf import FlaskForm
from pydantic import Field
from wtforms import FloatField, HiddenField, SelectField, StringField
from wtforms.fields.choices import SelectChoice
from wtforms.validators import InputRequired, Length, NumberRange, Optional

from app.errors import InvalidParameter, validated
from app.queries import Query
from app.townships.assessment.dimension_names import dimension_names
from app.townships.assessment.indicator_reading import LARGEST_WEIGHT
from app.townships.assessment.indicators import IndicatorValues
from spatial.candidates import HIGH, LOW

Dimension = Literal[
    "幼有所育", "学有所教", "劳有所得", "病有所医", "老有所养", "住有所居", "弱有所扶",
    "便利性", "宜居性", "多样性", "公正性", "安全性",
]  # fmt: skip


class IndexQuery(Query):
    """A period, a dimension (all of them where none is named) and a district to open."""

    period: str | None = Field(default=None, max_length=20)
    dimension: Dimension | None = None
    district: str | None = Field(default=None, max_length=64)


class IndicatorForm(FlaskForm):  # type: ignore[misc]
    """An indicator, new or changed."""

    name = StringField(_l("指标名称"), validators=[InputRequired(), Length(max=200)])
    dimension = SelectField(_l("维度"), validators=[InputRequired()])
    direction = SelectField(
        _l("方向"),
        choices=[SelectChoice(HIGH, _l("越高越好")), SelectChoice(LOW, _l("越低越好"))],
        validators=[InputRequired()],
    )
    weight = FloatField(
        _l("权重"), default=1, validators=[InputRequired(), NumberRange(0, LARGEST_WEIGHT)]
    )
    unit = StringField(_l("计量单位"), validators=[Length(max=40)])
    source = StringField(_l("来源"), validators=[Length(max=400)])
    row_version = HiddenField()

    def offer(self) -> None:
        """Offer the dimensions in the reader's language."""
        self.dimension.choices = [SelectChoice(*pair) for pair in dimension_names().items()]

    def values(self) -> IndicatorValues:
        """Return what was written, checked once more as a whole."""
        names = IndicatorValues.model_fields
        return validated(IndicatorValues, {name: getattr(self, name).data or "" for name in names}
                         | {"weight": self.weight.data})  # fmt: skip

    def version(self) -> int:
        """Return the version of the record that the person saw."""
        text = self.row_version.data or ""
        if text.isascii() and text.isdigit() and len(text) < 10:
            return int(text)
        raise InvalidParameter("row_version: missing", "表单缺少版本号，请刷新页面")


class ValueForm(FlaskForm):  # type: ignore[misc]
    """The value of an indicator in a district and period; empty takes it out."""

    district = StringField(validators=[InputRequired(), Length(max=64)])
    period = StringField(_l("时期"), validators=[InputRequired(), Length(max=20)])
    value = FloatField(_l("值"), validators=[Optional()])
