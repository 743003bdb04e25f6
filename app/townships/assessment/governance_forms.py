"""Fields of a rule set for the numbers of governance, one for each; empty ones are the default."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from annotated_types import Ge, Le
from flask_babel import lazy_gettext as _l
from flask_wtf import FlaskForm
from wtforms import Field, FloatField
from wtforms.validators import NumberRange, Optional

from app.errors import validated
from app.form_fields import WholeNumberField
from app.townships.assessment.governance_rules import DEFAULT, SUBJECTS, GovernanceRules


def _number(subject: str, name: str, label: str) -> Field:
    """Return the field of a number; its bounds stand with the rules alone."""
    told = type(getattr(DEFAULT, subject)).model_fields[name]
    least = next(each.ge for each in told.metadata if isinstance(each, Ge))
    most = next(each.le for each in told.metadata if isinstance(each, Le))
    made = WholeNumberField if told.annotation is int else FloatField
    return made(label, validators=[Optional(), NumberRange(least, most)])


class GovernanceForm(FlaskForm):  # type: ignore[misc]
    """The numbers, each named by its subject."""

    suggestion_first = _number("suggestion", "first", _l("诉求件数前"))
    suggestion_in_times = _number("suggestion", "in_times", _l("建议纳入：至少几期居前"))
    suggestion_in_cycles = _number("suggestion", "in_cycles", _l("建议纳入：看最近几期"))
    suggestion_out_cycles = _number("suggestion", "out_cycles", _l("建议退出：连续几期居外"))
    suggestion_out_done = _number("suggestion", "out_done", _l("建议退出：事项完成比例"))
    slow_points = _number("slow", "points", _l("进展缓慢：落后应完成比例"))
    slow_days = _number("slow", "days", _l("进展缓慢：有事项逾期超过"))
    watch_months = _number("watch", "months", _l("退出后跟踪"))
    desk_window_days = _number("desk", "window_days", _l("高频问题：看最近几天"))
    desk_class_top = _number("desk", "class_top", _l("高频分类：件数前"))
    desk_class_least = _number("desk", "class_least", _l("高频分类：不少于"))
    desk_before_windows = _number("desk", "before_windows", _l("新增：与纳入前几段比较"))
    desk_item_days = _number("desk", "item_days", _l("一键列入：完成期限"))
    desk_whistle_days = _number("desk", "whistle_days", _l("吹哨：默认期限"))
    monitor_shift = _number("monitor", "shift", _l("反弹：升到预期的"))
    monitor_false_alarms = _number("monitor", "false_alarms", _l("反弹：一年误报不超过"))
    monitor_baseline = _number("monitor", "baseline", _l("反弹：基期半月数"))
    monitor_least_baseline = _number("monitor", "least_baseline", _l("反弹：基期最少半月数"))
    talks_last_districts = _number("talks", "last_districts", _l("末位约谈：得分最低的区"))
    talks_last_departments = _number("talks", "last_departments", _l("集体约谈：得分最低的部门"))
    talks_last_enterprises = _number("talks", "last_enterprises", _l("集体约谈：得分最低的企业"))

    def governance(self) -> GovernanceRules:
        """Return what was written; what was left out is the system's default.

        Raises
        ------
        InvalidParameter
            Two of them do not fit one another.
        """
        told = {
            subject: {
                name: self[f"{subject}_{name}"].data
                for name in type(getattr(DEFAULT, subject)).model_fields
                if self[f"{subject}_{name}"].data is not None
            }
            for subject in SUBJECTS
        }
        return validated(GovernanceRules, told)

    def default_of(self, field: Field) -> str:
        """Return the system's default of a field, as it is shown."""
        return f"{governance_data(DEFAULT)[field.short_name]:g}"

    def is_default(self, field: Field) -> bool:
        """Tell whether what stands in a field is the system's default."""
        return bool(field.data == governance_data(DEFAULT)[field.short_name])


def governance_data(rules: GovernanceRules) -> dict[str, Any]:
    """Return the numbers by the names of their fields."""
    return dict(_named(rules))


def _named(rules: GovernanceRules) -> Iterator[tuple[str, Any]]:
    for subject, told in rules.model_dump().items():
        for name, value in told.items():
            yield f"{subject}_{name}", value
