"""What may be asked of the pages of places."""

from __future__ import annotations

import dataclasses
import re
from datetime import date
from typing import Any, Literal

import shapely
from flask_babel import lazy_gettext as _l
from flask_wtf import FlaskForm
from flask_wtf.file import FileField, FileRequired
from pydantic import Field
from wtforms import (
    BooleanField,
    DateField,
    FloatField,
    HiddenField,
    SelectField,
    StringField,
    TextAreaField,
)
from wtforms import Field as FormField
from wtforms import ValidationError as FieldError
from wtforms.fields.choices import SelectChoice
from wtforms.validators import DataRequired, InputRequired, Length, NumberRange, Optional
from wtforms.widgets import TextInput

from app.accounts.areas import EVERYWHERE, Area
from app.cases.listing import township_names
from app.places.kinds import kind_name
from app.places.listing import choices
from app.places.uploading import Choices
from app.queries import Query
from geodata.home import Home
from geodata.places import KINDS, Place
from geodata.places.columns import ALIAS_SEPARATORS

LONGEST_NAME = 200
MOST_ALIASES_TEXT = 10_000
HIGHEST_PAGE = 1_000_000
LARGEST_COUNT = 10_000_000
COORDINATE_DIGITS = 6
"""Decimals of degrees that the form shows (about 10 cm)."""


def _kind_choice(kind: str) -> SelectChoice:
    return SelectChoice(kind, kind_name(kind))


_TOO_LONG = _l("不超过 %(most)s 个字", most=LONGEST_NAME)


class PlaceFilter(Query):
    """Which places to list; every part may be left out."""

    search: str = Field(default="", max_length=LONGEST_NAME)
    kind: str = Field(default="", max_length=LONGEST_NAME)
    township: str = Field(default="", max_length=64)
    page: int = Field(default=1, ge=1, le=HIGHEST_PAGE)

    def query(self) -> dict[str, object]:
        """Return what links of the same list carry, but for the page."""
        return {
            name: value for name, value in self.model_dump().items() if value and name != "page"
        }


class ChangeFilter(Query):
    """Which part of the log to show."""

    kind: Literal["added", "changed", "removed"] | None = None
    page: int = Field(default=1, ge=1, le=HIGHEST_PAGE)


def _text(label: Any, *validators: Any) -> StringField:
    return StringField(
        label,
        filters=[lambda text: text.strip() if text else None],
        validators=[*validators, Length(max=LONGEST_NAME, message=_TOO_LONG)],
    )


def _count(label: Any) -> FloatField:
    between = NumberRange(0, LARGEST_COUNT, message=_l("请填写不小于 0 的数"))
    return FloatField(label, validators=[Optional(), between])


class PlaceForm(FlaskForm):  # type: ignore[misc]
    """A place, new or changed."""

    name = _text(_l("名称"), DataRequired(_l("请填写名称")))
    aliases = TextAreaField(
        _l("别名"), validators=[Optional(), Length(max=MOST_ALIASES_TEXT)], render_kw={"rows": 4}
    )
    kind = SelectField(_l("类型"), default="")
    address = _text(_l("地址"), Optional())
    township = SelectField(_l("街乡镇"), default="")
    households = _count(_l("户数"))
    population = _count(_l("人口"))
    valid_from = DateField(_l("启用日期"), validators=[Optional()])
    valid_to = DateField(_l("停用日期"), validators=[Optional()])
    lng = FloatField(
        _l("经度"), validators=[InputRequired(_l("请在地图上点选位置")), NumberRange(-180, 180)]
    )
    lat = FloatField(
        _l("纬度"), validators=[InputRequired(_l("请在地图上点选位置")), NumberRange(-85, 85)]
    )
    seen = HiddenField()

    def offer(self, home: Home, area: Area, place: Place | None = None) -> None:
        """Offer the kinds there are, the townships of an area, and what the place has already."""
        kinds = dict.fromkeys((*KINDS, *choices(home, area)["kinds"]))
        known = sorted(township_names(home).items(), key=lambda pair: pair[1])
        towns = {code: name for code, name in known if area.has_township(code)}
        if place is not None and place.kind:
            kinds.setdefault(place.kind)
        if place is not None and place.township and place.township not in towns:
            towns[place.township] = place.township
        self.kind.choices = [SelectChoice("", _l("（不明）")), *map(_kind_choice, kinds)]
        self.township.choices = [
            SelectChoice("", _l("（按边界判定）")),
            *(SelectChoice(code, name) for code, name in towns.items()),
        ]

    def validate_valid_to(self, field: FormField) -> None:
        """Refuse an end that is not after the beginning."""
        if self.valid_from.data and field.data and field.data <= self.valid_from.data:
            raise FieldError(_l("停用日期应晚于启用日期"))

    def values(self, place: Place | None = None) -> dict[str, Any]:
        """Return the fields as the register has them; the shape stays where its point stays."""
        point = round(self.lng.data, COORDINATE_DIGITS), round(self.lat.data, COORDINATE_DIGITS)
        same = place is not None and point == shown_point(place)
        return {
            "name": self.name.data,
            "aliases": tuple(re.split(ALIAS_SEPARATORS, self.aliases.data or "")),
            "kind": self.kind.data or None,
            "address": self.address.data or None,
            "township": self.township.data or None,
            "households": self.households.data,
            "population": self.population.data,
            "valid_from": self.valid_from.data.isoformat() if self.valid_from.data else None,
            "valid_to": self.valid_to.data.isoformat() if self.valid_to.data else None,
            "geometry": place.geometry if same and place else shapely.Point(*point),
        }

    def new_place(self) -> Place:
        """Return the place that was written."""
        return dataclasses.replace(Place("", "", shapely.Point()), **self.values())


class PlaceReadingForm(FlaskForm):  # type: ignore[misc]
    """How a file of places is read, besides its columns."""

    crs = StringField(_l("坐标系"), validators=[Optional(), Length(max=40)])
    update = BooleanField(_l("文件里没有的点位保留不动"))

    def crs_text(self) -> str | None:
        """Return the coordinate system, None where the file is to tell it."""
        return (self.crs.data or "").strip() or None


class PlaceUploadForm(PlaceReadingForm):
    """A file of places."""

    file = FileField(_l("文件"), validators=[FileRequired(_l("请选择文件"))])

    def choices(self) -> Choices:
        """Return how the file is to be read at first: by its usual headers."""
        return Choices({}, self.crs_text(), bool(self.update.data))


class MergeForm(FlaskForm):  # type: ignore[misc]
    """Two places and how they looked."""

    other = HiddenField(validators=[InputRequired()])
    seen_kept = HiddenField()
    seen_other = HiddenField()


def shown_point(place: Place) -> tuple[float, float]:
    """Return the point of a place as the form shows it."""
    lng, lat = place.lng_lat
    return round(lng, COORDINATE_DIGITS), round(lat, COORDINATE_DIGITS)


def form_data(place: Place) -> dict[str, Any]:
    """Return what the form of a place is filled with."""
    lng, lat = shown_point(place)
    days = {
        name: date.fromisoformat(value) if (value := getattr(place, name)) else None
        for name in ("valid_from", "valid_to")
    }
    same = ("name", "kind", "address", "township", "households", "population")
    return {
        **{name: getattr(place, name) for name in same},
        **days,
        "aliases": "\n".join(place.aliases),
        "lng": lng,
        "lat": lat,
        "seen": place.fingerprint(),
    }


class DegreesField(FloatField):  # type: ignore[misc]
    """Degrees from -most to most, or nothing; what is no number is told in the same words."""

    # A field of numbers would not show again what is none.
    widget = TextInput()

    def __init__(self, label: Any, most: int, **others: Any) -> None:
        self._within = _l("%(name)s应为 −%(most)s 到 %(most)s 之间的度数", name=label, most=most)
        allowed = NumberRange(-most, most, message=self._within)
        super().__init__(label, validators=[Optional(), allowed], **others)

    def process_formdata(self, valuelist: list[str]) -> None:
        """Read the number."""
        try:
            super().process_formdata(valuelist)
        except ValueError as error:
            raise ValueError(self._within) from error


class DecisionForm(FlaskForm):  # type: ignore[misc]
    """What is done with a text of the queue."""

    how = SelectField(
        choices=[SelectChoice(how) for how in ("candidate", "search", "map", "unplaced")]
    )
    place = HiddenField()
    name = _text(_l("名称"), Optional())
    kind = SelectField(_l("类型"), default="")
    lng = DegreesField(_l("经度"), 180)
    lat = DegreesField(_l("纬度"), 85)
    reason = _text(_l("原因"), Optional())
    words = _text(_l("查找点位"), Optional())

    def offer(self, home: Home) -> None:
        """Offer the kinds there are."""
        kinds = dict.fromkeys((*KINDS, *choices(home, EVERYWHERE)["kinds"]))
        self.kind.choices = [SelectChoice("", _l("（不明）")), *map(_kind_choice, kinds)]

    def problem(self) -> str | None:
        """Return what is wrong or missing for what was chosen, None where nothing is."""
        self.validate()
        wrong = next(iter(self.errors.values()), None)
        missing = wrong[0] if wrong else self._missing()
        return None if missing is None else str(missing)

    def typed(self) -> list[tuple[str, str]]:
        """Return what was filled in by hand: labels and words."""
        by_hand = {"map": ("name", "kind", "lng", "lat"), "unplaced": ("reason",)}
        fields = (self[name] for name in by_hand.get(self.how.data, ("words",)))
        return [(str(each.label.text), str(each.data)) for each in fields if each.data]

    def _missing(self) -> Any:
        if self.how.data in ("candidate", "search") and not self.place.data:
            return _l("请先选择一个点位")
        if self.how.data == "map" and (self.lng.data is None or self.lat.data is None):
            return _l("请先在地图上点选位置")
        if self.how.data == "map" and not self.name.data:
            return _l("请填写名称")
        if self.how.data == "unplaced" and not self.reason.data:
            return _l("请填写不定位的原因")
        return None


class ReviewState(Query):
    """Where in the queue the planner is."""

    at: int = Field(default=0, ge=0, le=HIGHEST_PAGE)
    state: str = Field(default="open", pattern="^(open|coarse)$")
