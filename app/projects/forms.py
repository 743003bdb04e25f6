"""What may be asked of the project pages."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from datetime import date
from typing import Any, Literal

from flask_babel import lazy_gettext as _l
from flask_wtf import FlaskForm
from flask_wtf.file import MultipleFileField
from pydantic import Field as PydanticField
from wtforms import (
    Field,
    FloatField,
    HiddenField,
    SelectField,
    StringField,
    TextAreaField,
)
from wtforms import ValidationError as FieldError
from wtforms.fields.choices import SelectChoice
from wtforms.validators import InputRequired, Length, NumberRange, Optional

from app.cases.listing import choices
from app.errors import validated
from app.form_fields import DayField, WholeNumberField
from app.projects.effects.kept import VERDICTS
from app.projects.listing import Lateness, Order, Wanted
from app.projects.models import DEFAULT_RADIUS_M, Project
from app.projects.photos.keeping import File
from app.projects.points.register import (
    LARGEST_RADIUS_M,
    SMALLEST_RADIUS_M,
    Corners,
    PointValues,
)
from app.projects.projects import (
    LARGEST_COST,
    LARGEST_TARGET,
    MEASURES,
    PROGRESS,
    ProjectValues,
)
from app.projects.states import STATUSES
from app.queries import Query
from app.townships.governing.forms import MoveForm, Sent
from app.townships.governing.models import ListItem
from geodata.home import Home

__all__ = ["MoveForm"]

SUGGESTED = ("name", "township", "class_1", "place")

MEASURE_NAMES = {
    "facility": _l("设施改造"),
    "renewal": _l("更新改造"),
    "management": _l("物业和管理整改"),
    "cleaning": _l("环境整治"),
    "enforcement": _l("执法整治"),
    "service": _l("服务提升"),
    "other": _l("其他措施"),
}
PROGRESS_NAMES = {
    "solved": _l("基本解决"),
    "scheduled": _l("有方案和时间表"),
    "speeding": _l("有方案加快推进"),
    "other": _l("其它"),
}


class PointForm(Sent):
    """A point, new or changed: a disc, or an area with corners."""

    name = StringField(_l("点位名称"), validators=[InputRequired(), Length(max=200)])
    lng = FloatField(_l("经度"), validators=[InputRequired(), NumberRange(-180, 180)])
    lat = FloatField(_l("纬度"), validators=[InputRequired(), NumberRange(-85, 85)])
    radius_m = WholeNumberField(
        _l("半径（米）"),
        default=DEFAULT_RADIUS_M,
        validators=[InputRequired(), NumberRange(SMALLEST_RADIUS_M, LARGEST_RADIUS_M)],
    )
    corners = TextAreaField(_l("范围的角点"), validators=[Length(max=20_000)])
    place = StringField(_l("点位库编码"), validators=[Length(max=64)])

    def validate_corners(self, field: Field) -> None:
        """Refuse a line that is no position."""
        self.read_corners = _corners(field.data or "")

    def point(self) -> PointValues:
        """Return what was written, checked once more as a whole."""
        written = {name: getattr(self, name).data for name in ("name", "lng", "lat", "radius_m")}
        written |= {"corners": self.read_corners, "place": self.place.data or None}
        return validated(PointValues, written)

    read_corners: Corners | None = None


class ProjectForm(Sent):
    """What is written of a project itself."""

    name = StringField(_l("名称"), validators=[InputRequired(), Length(max=200)])
    owner = StringField(_l("责任单位"), validators=[InputRequired(), Length(max=100)])
    township = SelectField(_l("街乡镇"))
    item_id = SelectField(_l("清单事项"), coerce=int, default=0)
    measure = SelectField(_l("措施类型"), default="")
    class_1 = SelectField(_l("问题分类"))
    planned_start = DayField(_l("计划开工"), validators=[Optional()])
    planned_end = DayField(_l("计划完成"), validators=[Optional()])
    target_per_month = FloatField(
        _l("目标（每月不超过件数）"), validators=[Optional(), NumberRange(0, LARGEST_TARGET)]
    )
    cost_yuan = WholeNumberField(
        _l("投入资金（元）"), validators=[Optional(), NumberRange(0, LARGEST_COST)]
    )
    progress = SelectField(_l("工作进展"), default="")
    note = TextAreaField(_l("备注"), validators=[Length(max=10_000)])

    def offer(self, home: Home, items: Iterable[ListItem], record: Project | None = None) -> None:
        """Offer the townships, classes and items there are, and what the record has already."""
        offered = choices(home)
        townships = dict(offered["townships"])
        classes = {name: name for name in offered["class_1"]}
        self.township.choices = _with_own(townships, record.township if record else None)
        self.class_1.choices = _with_own(classes, record.class_1 if record else None)
        self.item_id.choices = [
            SelectChoice(0, _l("（不属于清单）")),
            *(SelectChoice(item.id, f"{item.id} {item.title}") for item in items),
        ]
        # A project of no list has no item; the form calls that 0.
        self.item_id.data = self.item_id.data or 0
        self.measure.choices = _named(MEASURES, MEASURE_NAMES)
        self.progress.choices = _named(PROGRESS, PROGRESS_NAMES)

    def validate_planned_end(self, field: Field) -> None:
        """Refuse an end before the start."""
        if self.planned_start.data and field.data and field.data < self.planned_start.data:
            raise FieldError(_l("计划完成日期早于计划开工日期"))

    def values(self) -> ProjectValues:
        """Return what was written, checked once more as a whole."""
        names = ProjectValues.model_fields
        written = {name: getattr(self, name).data for name in names}
        for name in ("township", "class_1", "item_id"):
            written[name] = written[name] or None
        return validated(ProjectValues, written)


class NewProjectForm(ProjectForm, PointForm):
    """A new project with its first point, which is named as the project is."""

    point_name = StringField(_l("点位名称"), validators=[Length(max=200)])

    def point(self) -> PointValues:
        """Return the point that was written."""
        made = super().point()
        named = (self.point_name.data or "").strip()
        return made.model_copy(update={"name": named}) if named else made


class DetachForm(FlaskForm):  # type: ignore[misc]
    """Cases that are taken off a point, and why."""

    case = HiddenField()
    reason = StringField(_l("移出理由"), validators=[InputRequired(), Length(max=500)])


class PhotoForm(FlaskForm):  # type: ignore[misc]
    """Photos, the point that they show, and what is said of them."""

    photos = MultipleFileField(_l("照片"))
    point_id = SelectField(_l("点位"), coerce=int, default=0)
    words = StringField(_l("说明"), validators=[Length(max=500)])

    def files(self) -> list[File]:
        """Return the files that were sent."""
        return [
            File((each.filename or "")[:80], each.read())
            for each in self.photos.data or ()
            if each and each.filename
        ]


class ProjectFilter(Query):
    """Which projects to list; each part may be left out."""

    status: Literal[STATUSES] | None = None  # type: ignore[valid-type]
    due: Lateness | None = None
    township: str | None = PydanticField(default=None, max_length=64)
    owner: str | None = PydanticField(default=None, max_length=100)
    measure: Literal[MEASURES] | None = None  # type: ignore[valid-type]
    item: int | None = PydanticField(default=None, ge=1)
    q: str | None = PydanticField(default=None, max_length=100)
    order: Order = "changed"
    page: int = PydanticField(default=1, ge=1, le=100_000)

    def wanted(self) -> Wanted:
        """Return which projects these are."""
        return Wanted(
            self.status, self.due, self.township, self.owner, self.measure, self.item,
            (self.q or "").strip() or None, self.order,
        )  # fmt: skip


class MonthAsked(Query):
    """The month of a calendar, as ``2026-01``."""

    month: str | None = PydanticField(default=None, pattern=r"^20\d\d-(0[1-9]|1[0-2])$")

    def first_day(self) -> date:
        """Return its first day; that of this month where none is asked for."""
        return date.fromisoformat(f"{self.month}-01") if self.month else date.today().replace(day=1)


class AlertFilter(Query):
    """Which alerts to list."""

    state: Literal["open", "closed", "reopened"] = "open"


class EffectFilter(Query):
    """Which judgements to list; each part may be left out."""

    verdict: Literal[(*VERDICTS, "not_judged")] | None = None  # type: ignore[valid-type]
    measure: Literal[MEASURES] | None = None  # type: ignore[valid-type]
    page: int = PydanticField(default=1, ge=1, le=100_000)


def suggestion(args: Mapping[str, str]) -> dict[str, Any]:
    """Return what a link from the map puts into a new form; what cannot serve is left empty."""
    filled: dict[str, Any] = {name: args[name][:200] for name in SUGGESTED if args.get(name)}
    for name, bound in (("lng", 180.0), ("lat", 85.0)):
        try:
            value = float(args.get(name, ""))
        except ValueError:
            continue
        if abs(value) <= bound:
            filled[name] = value
    if args.get("item", "").isascii() and args.get("item", "").isdigit():
        filled["item_id"] = int(args["item"][:9])
    return filled


def corners_text(corners: Sequence[Sequence[float]] | None) -> str:
    """Return corners as the form shows them: one ``lng,lat`` a line."""
    return "\n".join(f"{lng:.6f},{lat:.6f}" for lng, lat in corners or ())


def _corners(text: str) -> Corners | None:
    """Read corners, one ``lng,lat`` a line; None without any."""
    found = []
    for number, line in enumerate(text.split("\n"), 1):
        if not line.strip():
            continue
        try:
            lng, lat = (float(part) for part in line.replace("，", ",").split(","))
        except ValueError:
            raise FieldError(
                _l("第 %(number)s 行“%(line)s”应为“经度，纬度”", number=number, line=line[:40])
            ) from None
        found.append((lng, lat))
    return tuple(found) or None


def _named(keys: Iterable[str], names: Mapping[str, Any]) -> list[SelectChoice]:
    return [SelectChoice("", _l("（未定）")), *(SelectChoice(key, names[key]) for key in keys)]


def _with_own(offered: dict[str, str], own: str | None) -> list[SelectChoice]:
    if own and own not in offered:
        offered = {own: own, **offered}
    named = [SelectChoice(value, label) for value, label in offered.items()]
    return [SelectChoice("", _l("（不限）")), *named]
