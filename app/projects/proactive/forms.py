"""What may be asked of the pages of proactive projects."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, Literal

from flask_babel import lazy_gettext as _l
from flask_wtf import FlaskForm
from pydantic import Field
from wtforms import (
    FieldList,
    Form,
    FormField,
    HiddenField,
    SelectField,
    SelectMultipleField,
    StringField,
    TextAreaField,
)
from wtforms.fields.choices import SelectChoice
from wtforms.validators import DataRequired, InputRequired, Length, NumberRange, Optional

from app.accounts.areas import Area
from app.accounts.models import Unit
from app.cases.listing import township_names
from app.errors import InvalidParameter, validated
from app.form_fields import DayField, WholeNumberField, version_of
from app.places.forms import DegreesField
from app.projects.proactive.applying import (
    LARGEST_RADIUS_M,
    LONGEST_TEXT,
    MOST_POINTS,
    SMALLEST_RADIUS_M,
    USUAL_RADIUS_M,
    PointValues,
    ProactiveValues,
)
from app.projects.proactive.models import ProactiveProject
from app.queries import Query
from app.townships.assessment.class_paths import known_paths, path_text, require_path
from app.townships.assessment.near_points import NamedPoint
from geodata.home import Home
from geodata.places import current_places

FIRST_ROWS = 3
"""Rows for points of a new form."""

MORE = "more"
"""Name of the button that asks for another row."""

MOST_OFFERED = 500
"""Places of the register that are offered by name."""

SHOWN_PATHS = 10
"""Classes that are seen at once where several may be chosen."""

COORDINATE_DIGITS = 6


class ProactiveFilter(Query):
    """Which applications to list; each part may be left out."""

    state: (
        Literal[
            "draft", "applied", "district_reviewed", "approved", "ended", "returned", "refused",
            "withdrawn",
        ] | None
    ) = None  # fmt: skip
    district: str | None = Field(default=None, max_length=64)
    township: str | None = Field(default=None, max_length=64)


class NewQuery(Query):
    """What a link puts into a new application."""

    township: str | None = Field(default=None, max_length=64)
    class_1: str | None = Field(default=None, max_length=200)
    place: str | None = Field(default=None, max_length=64)
    former: int | None = Field(default=None, ge=1)


class PointRow(Form):  # type: ignore[misc]
    """A point of an application; a row that is left empty is none."""

    name = StringField(_l("点位名称"), validators=[Length(max=100)],
                       render_kw={"list": "register-places", "autocomplete": "off"})  # fmt: skip
    lng = DegreesField(_l("经度"), 180)
    lat = DegreesField(_l("纬度"), 85)
    radius_m = WholeNumberField(
        _l("半径（米）"),
        default=USUAL_RADIUS_M,
        validators=[Optional(), NumberRange(SMALLEST_RADIUS_M, LARGEST_RADIUS_M)],
    )

    @property
    def is_empty(self) -> bool:
        """Whether nothing tells a point; a radius alone tells none."""
        return not (self.name.data or "").strip() and self.lng.data is None and (
            self.lat.data is None
        )  # fmt: skip


class ProactiveForm(FlaskForm):  # type: ignore[misc]
    """An application, new or changed."""

    title = StringField(_l("名称"), validators=[InputRequired(), Length(max=200)])
    township = SelectField(_l("街乡镇"), validators=[DataRequired()])
    unit_id = SelectField(_l("申请单位"), coerce=int, validators=[Optional()])
    root_cause = TextAreaField(_l("共性根源"), validators=[Length(max=LONGEST_TEXT)])
    problems = TextAreaField(_l("问题清单"), validators=[Length(max=LONGEST_TEXT)])
    measures = TextAreaField(_l("治理任务"), validators=[Length(max=LONGEST_TEXT)])
    points = FieldList(FormField(PointRow), min_entries=FIRST_ROWS, max_entries=MOST_POINTS)
    paths = SelectMultipleField(
        _l("问题分类"), validators=[DataRequired()], render_kw={"size": SHOWN_PATHS}
    )
    source_cases = TextAreaField(_l("源诉求编号"), validators=[Length(max=40_000)])
    window_start = DayField(_l("剔除窗口起"), validators=[InputRequired()])
    window_end = DayField(_l("剔除窗口止"), validators=[InputRequired()])
    work_start = DayField(_l("治理开始"), validators=[InputRequired()])
    work_end = DayField(_l("治理完成"), validators=[InputRequired()])
    former = HiddenField()
    row_version = HiddenField()

    def offer(
        self, home: Home, area: Area, units: Sequence[Unit], record: ProactiveProject | None = None
    ) -> None:
        """Offer townships of a person's area, classes and units; what a record has stays."""
        named = sorted(township_names(home).items(), key=lambda pair: pair[1])
        here = [SelectChoice(code, name) for code, name in named if area.has_township(code)]
        self.township.choices = [SelectChoice("", _l("（请选择）")), *here]
        paths = [*known_paths(home), *(tuple(path) for path in (record.paths if record else ()))]
        texts = [path_text(path) for path in dict.fromkeys(paths)]
        self.paths.choices = [SelectChoice(text, text) for text in texts]
        offered = [SelectChoice(unit.id, unit.name) for unit in units]
        self.unit_id.choices = [SelectChoice(0, _l("（未定）")), *offered]

    def another_row(self) -> None:
        """Add an empty row, as long as there may be more."""
        if len(self.points) < MOST_POINTS:
            self.points.append_entry()

    def row_to_fill(self) -> int:
        """Return the number of the row that a click on the map fills: the first without a place."""
        rows = enumerate(self.points)
        free = (at for at, row in rows if row.form.lng.data is None and row.form.lat.data is None)
        return next(free, len(self.points) - 1)

    def placed_points(self) -> list[NamedPoint]:
        """Return the points that have a place, for the map."""
        return [
            NamedPoint((row.form.name.data or "").strip(), row.form.lng.data, row.form.lat.data,
                       row.form.radius_m.data or USUAL_RADIUS_M)
            for row in self.points
            if row.form.lng.data is not None and row.form.lat.data is not None
            and row.form.validate()
        ]  # fmt: skip

    def values(self, home: Home) -> ProactiveValues:
        """Return what was written.

        Raises
        ------
        InvalidParameter
            A point is not whole, or no class is one of the stored cases.
        """
        names = ("title", "window_start", "window_end", "work_start", "work_end")
        texts = ("root_cause", "problems", "measures")
        lines = (self.source_cases.data or "").replace(",", "\n").replace("，", "\n").splitlines()
        written = {
            **{name: getattr(self, name).data for name in names},
            **{name: getattr(self, name).data or "" for name in texts},
            "township": self.township.data,
            "unit_id": self.unit_id.data or None,
            "points": self._points(home),
            "paths": tuple(require_path(home, text) for text in self.paths.data),
            "source_cases": tuple(dict.fromkeys(line.strip() for line in lines if line.strip())),
        }
        return validated(ProactiveValues, written)

    def former_id(self) -> int | None:
        """Return the application that this one is to take the place of."""
        text = self.former.data or ""
        return int(text) if text.isascii() and text.isdigit() and len(text) < 10 else None

    def version(self) -> int:
        """Return the version of the record that the person saw."""
        return version_of(self.row_version.data)

    def _points(self, home: Home) -> tuple[PointValues, ...]:
        rows = [(at, row.form) for at, row in enumerate(self.points, 1) if not row.form.is_empty]
        if not rows:
            raise InvalidParameter(
                "points: at least one point with a name and a place is needed",
                "至少要有一个点位，写明名称和位置",
                field="points",
            )
        return tuple(self._point(home, at, row) for at, row in rows)

    def _point(self, home: Home, at: int, row: PointRow) -> PointValues:
        name, lng, lat = (row.name.data or "").strip(), row.lng.data, row.lat.data
        if not name:
            raise InvalidParameter(
                f"points: row {at} has a place and no name",
                f"第 {at} 个点位没有名称",
                field="points",
            )
        if lng is None and lat is None:
            name, lng, lat = registered_point(home, self.township.data, name)
        elif lng is None or lat is None:
            raise InvalidParameter(
                f"points: {name!r} needs both longitude and latitude",
                f"点位“{name}”的经度和纬度要一起填",
                field="points",
            )
        radius = row.radius_m.data or USUAL_RADIUS_M
        return PointValues(name=name, lng=lng, lat=lat, radius_m=radius)


def offered_places(home: Home, township: str | None) -> list[str]:
    """Return the names of the registered places of a township, at most `MOST_OFFERED`."""
    places = current_places(home)
    if places is None or not township:
        return []
    names = {str(places.names[at]) for at in range(len(places))
             if places.township[at] == township}  # fmt: skip
    return sorted(names)[:MOST_OFFERED]


def registered_point(home: Home, township: str | None, name: str) -> tuple[str, float, float]:
    """Return the name and place of a point of the register, by its name or code.

    Raises
    ------
    InvalidParameter
        The township has none of this name, or several.
    """
    places = current_places(home)
    found = [] if places is None else [
        at for at in range(len(places))
        if places.township[at] == township and name in (places.names[at], places.codes[at])
    ]  # fmt: skip
    if places is None or len(found) != 1:
        raise InvalidParameter(
            f"points: the register has {len(found)} places {name!r} in the township: give "
            "longitude and latitude",
            f"点位库中本街乡镇有 {len(found)} 个“{name}”，请填写经纬度",
            field="points",
        )
    at = found[0]
    lng, lat = (round(float(each[at]), COORDINATE_DIGITS) for each in (places.lng, places.lat))
    return str(places.names[at]), lng, lat


def form_data(record: ProactiveProject) -> dict[str, Any]:
    """Return what the form of an application is filled with."""
    same = ("title", "township", "root_cause", "problems", "measures", "window_start",
            "window_end", "work_start", "work_end")  # fmt: skip
    return {
        **{name: getattr(record, name) for name in same},
        "unit_id": record.unit_id or 0,
        "points": [dict(point) for point in record.points],
        "paths": [path_text(path) for path in record.paths],
        "source_cases": "\n".join(record.source_cases),
        "former": str(record.former_id or ""),
        "row_version": record.row_version,
    }


def first_point(name: str, lng_lat: Sequence[float]) -> Mapping[str, Any]:
    """Return the row of a point that a link begins with."""
    lng, lat = (round(float(each), COORDINATE_DIGITS) for each in lng_lat)
    return {"name": name[:100], "lng": lng, "lat": lat, "radius_m": USUAL_RADIUS_M}
