"""The form of an item of a list."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

from flask_babel import lazy_gettext as _l
from wtforms import Field as FormField
from wtforms import (
    FloatField,
    HiddenField,
    SelectField,
    SelectMultipleField,
    StringField,
    TextAreaField,
)
from wtforms import ValidationError as FieldError
from wtforms.fields.choices import SelectChoice
from wtforms.validators import DataRequired, Length, NumberRange, Optional

from app.accounts.models import Unit
from app.cases.listing import choices
from app.errors import validated
from app.form_fields import DayField, WholeNumberField
from app.townships.designations.life import FIRST_DAY, LAST_DAY
from app.townships.governing.forms import Sent
from app.townships.governing.item_values import (
    LARGEST_AREA,
    LARGEST_MONEY,
    LARGEST_TARGET,
    LONGEST_CASE_ID,
    LONGEST_ENTERPRISES,
    LONGEST_MANAGER,
    LONGEST_SOURCES,
    LONGEST_TEXT,
    MOST_CASES,
    MOST_HOUSEHOLDS,
    ItemValues,
)
from app.townships.governing.items import Source
from app.townships.governing.models import IssueType, ListItem, ListKind
from app.translation import _
from geodata.home import Home

_TEXTS = (
    "text", "problem", "cause", "proposal", "enterprises", "property_manager", "money_sources",
)  # fmt: skip

_BETWEEN_CASES = re.compile(r"[\s,，、;；]+")


@dataclass(frozen=True)
class Offered:
    """What the form of an item offers."""

    kinds: Sequence[ListKind]
    issue_types: Sequence[IssueType]
    units: Sequence[Unit]


def code_words() -> Mapping[str, Mapping[str, Any]]:
    """Return the codes of each coded column with their words in the reader's language."""
    return {
        "support_level": {
            "city": _l("市级"), "district": _l("区级"), "township": _l("街乡镇级"),
        },
        "support_kind": {
            "coordination": _l("协调支持"), "policy": _l("政策支持"), "project": _l("项目支持"),
            "other": _l("其它支持"),
        },
        "priority": {
            "urban_renewal": _l("城市更新"), "beautiful_village": _l("美丽乡村"),
            "topic": _l("每月一题"),
        },
        "progress_word": {
            "solved": _l("基本解决"), "scheduled": _l("有方案和时间表"),
            "accelerating": _l("有方案加快推进"), "other": _l("其它"),
        },
    }  # fmt: skip


def case_ids_of(text: str) -> list[str]:
    """Return the numbers of cases that stand in a text, between spaces, lines or commas.

    Examples
    --------
    >>> case_ids_of("A1、A2  A1")
    ['A1', 'A2']
    """
    return list(dict.fromkeys(each for each in _BETWEEN_CASES.split(text) if each))


def check_day(_form: Sent, field: FormField) -> None:
    """Refuse a day that is not in the years which items may have."""
    if field.data and not FIRST_DAY <= field.data <= LAST_DAY:
        raise FieldError(_("日期应在 %(first)s 至 %(last)s 之间", first=FIRST_DAY, last=LAST_DAY))


class ItemForm(Sent):
    """An item of a list, new or changed."""

    title = StringField(_l("事项"), validators=[DataRequired(), Length(max=200)])
    kind = SelectField(_l("清单"))
    text = TextAreaField(_l("具体内容"), validators=[Length(max=LONGEST_TEXT)])
    class_1 = SelectField(_l("问题分类"))
    responsible_id = SelectField(_l("责任单位"), coerce=int)
    cooperating = SelectMultipleField(_l("配合单位"), coerce=int)
    starts_on = DayField(_l("开始日期"), validators=[Optional(), check_day])
    due_on = DayField(_l("完成期限"), validators=[Optional(), check_day])
    target_from = FloatField(
        _l("现状（每月件数）"), validators=[Optional(), NumberRange(0, LARGEST_TARGET)]
    )
    target_to = FloatField(
        _l("目标（每月件数）"), validators=[Optional(), NumberRange(0, LARGEST_TARGET)]
    )
    issue_type = SelectField(_l("问题类型"), default="")
    priority = SelectField(_l("结合的全市工作"), default="")
    progress_word = SelectField(_l("进展表述"), default="")
    problem = TextAreaField(_l("问题描述"), validators=[Length(max=LONGEST_TEXT)])
    cause = TextAreaField(_l("原因分析"), validators=[Length(max=LONGEST_TEXT)])
    case_ids = TextAreaField(
        _l("来源工单编号"), validators=[Length(max=MOST_CASES * (LONGEST_CASE_ID + 1))]
    )
    proposal = TextAreaField(_l("解决建议"), validators=[Length(max=LONGEST_TEXT)])
    support_level = SelectField(_l("支持级别"), default="")
    support_kind = SelectField(_l("支持类型"), default="")
    enterprises = StringField(_l("涉及企业"), validators=[Length(max=LONGEST_ENTERPRISES)])
    property_manager = StringField(_l("物业单位"), validators=[Length(max=LONGEST_MANAGER)])
    households = WholeNumberField(
        _l("涉及户数"), validators=[Optional(), NumberRange(0, MOST_HOUSEHOLDS)]
    )
    area_m2 = FloatField(
        _l("面积（平方米）"), validators=[Optional(), NumberRange(0, LARGEST_AREA)]
    )
    money_needed = FloatField(
        _l("资金需求（万元）"), validators=[Optional(), NumberRange(0, LARGEST_MONEY)]
    )
    money_sources = StringField(_l("资金来源"), validators=[Length(max=LONGEST_SOURCES)])
    source_kind = HiddenField(validators=[Length(max=40)])
    source_id = HiddenField(validators=[Length(max=200)])

    def offer(
        self,
        home: Home,
        offered: Offered,
        item: ListItem | None = None,
        *,
        chinese: bool = True,
        begun: bool = False,
    ) -> None:
        """Offer lists, classes and units; what the item has, or is begun with, stays on offer."""
        own = {item.responsible_id, *item.cooperating} if item else set()
        today = date.today()
        self.kind.choices = _named(offered.kinds, item.kind if item else None, chinese=chinese)
        types = _named(offered.issue_types, item.issue_type if item else None, chinese=chinese)
        self.issue_type.data = self.issue_type.data or ""
        self.issue_type.choices = [SelectChoice("", _l("（未定）")), *types]
        units = [
            SelectChoice(each.id, each.name)
            for each in offered.units
            if each.is_valid(today) or each.id in own
        ]
        self.responsible_id.choices = [SelectChoice(0, _l("（未定）")), *units]
        self.cooperating.choices = units
        classes = list(choices(home)["class_1"])
        written = self.class_1.data
        if written and written not in classes and begun:
            classes.insert(0, written)
        if item is not None and item.class_1 and item.class_1 not in classes:
            classes.insert(0, item.class_1)
        self.class_1.choices = [
            SelectChoice("", _l("（不限）")), *(SelectChoice(each, each) for each in classes)
        ]  # fmt: skip
        for name, words in code_words().items():
            self[name].choices = [
                SelectChoice("", _l("（无）") if name == "priority" else _l("（未填）")),
                *(SelectChoice(code, word) for code, word in words.items()),
            ]

    def show_cases(self, item: ListItem | None, *, may_read: bool) -> None:
        """Show the numbers of the cases, one a line; take the field away from who may not read."""
        if not may_read:
            del self.case_ids
        elif not self.is_submitted():
            self.case_ids.data = "\n".join(item.case_ids) if item else ""

    def validate_due_on(self, field: FormField) -> None:
        """Refuse an end before the start."""
        if self.starts_on.data and field.data and field.data < self.starts_on.data:
            raise FieldError(_l("完成期限早于开始日期"))

    def validate_cooperating(self, field: FormField) -> None:
        """Refuse the responsible unit among those that help."""
        if self.responsible_id.data and self.responsible_id.data in (field.data or []):
            raise FieldError(_l("责任单位不能同时为配合单位"))

    def validate(self, extra_validators: Any = None) -> bool:
        """Check the fields, and that a target goes down and has both ends."""
        fits = super().validate(extra_validators)
        begin, end = self.target_from.data, self.target_to.data
        if self.target_from.errors or self.target_to.errors:
            return False
        if (begin is None) != (end is None):
            self.target_to.errors = [_l("现状和目标要么都填，要么都不填")]
            return False
        if begin is not None and end is not None and end > begin:
            self.target_to.errors = [_l("目标应不高于现状")]
            return False
        return bool(fits)

    def values(self) -> ItemValues:
        """Return what was written, checked once more as a whole."""
        written = {name: self[name].data for name in ItemValues.model_fields if name in self}
        for name in ("class_1", "responsible_id", "issue_type"):
            written[name] = written[name] or None
        for name in _TEXTS:
            written[name] = written[name] or ""
        if "case_ids" in written:
            written["case_ids"] = case_ids_of(written["case_ids"] or "")
        return validated(ItemValues, written)

    def source(self) -> Source:
        """Return what the item came from."""
        return Source(self.source_kind.data or "", self.source_id.data or "")


def _named(
    kinds: Sequence[ListKind] | Sequence[IssueType], own: str | None, *, chinese: bool
) -> list[SelectChoice]:
    return [
        SelectChoice(each.key, each.chinese if chinese else each.english)
        for each in kinds
        if each.active or each.key == own
    ]
