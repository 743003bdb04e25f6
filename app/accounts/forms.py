"""Forms of accounts and units."""

from __future__ import annotations

from datetime import date

from flask_babel import lazy_gettext as _l
from flask_wtf import FlaskForm
from pydantic import Field
from wtforms import (
    BooleanField,
    DateField,
    HiddenField,
    IntegerField,
    PasswordField,
    SelectField,
    StringField,
)
from wtforms.validators import EqualTo, InputRequired, Length, Optional, Regexp

from app.accounts.accounts import AccountValues, OfficeIn
from app.accounts.models import Account, Unit
from app.accounts.passwords import LONGEST
from app.accounts.units import UnitValues
from app.accounts.wording import kind_names
from app.errors import InvalidParameter, validated
from app.queries import Query

HIGHEST_PAGE = 1_000_000
LAST_DAY = date(9999, 1, 1)


class SignInForm(FlaskForm):  # type: ignore[misc]
    """Name and password."""

    name = StringField(_l("账号"), validators=[InputRequired(), Length(max=60)])
    password = PasswordField(_l("密码"), validators=[InputRequired(), Length(max=LONGEST)])

    def require(self) -> None:
        """Refuse a form that lacks a part.

        Raises
        ------
        InvalidParameter
        """
        if not self.validate_on_submit():
            raise InvalidParameter("fill in name and password", "请填写账号和密码")


class PasswordForm(FlaskForm):  # type: ignore[misc]
    """The present password, and the new one twice."""

    old = PasswordField(_l("当前密码"), validators=[InputRequired(), Length(max=LONGEST)])
    new = PasswordField(_l("新密码"), validators=[InputRequired(), Length(max=LONGEST)])
    again = PasswordField(
        _l("再输入一次新密码"),
        validators=[InputRequired(), EqualTo("new", _l("两次输入的新密码不一致"))],
    )


class AccountForm(FlaskForm):  # type: ignore[misc]
    """An account; its offices are pairs of fields ``office`` and ``unit``, as many as there are."""

    name = StringField(
        _l("账号"),
        validators=[
            InputRequired(_l("请填写账号")),
            Regexp(r"^[\w.@-]{2,60}$", message=_l("账号为 2 至 60 个字母、数字、汉字或 . _ @ -")),
        ],
    )
    display_name = StringField(
        _l("姓名"), validators=[InputRequired(_l("请填写姓名")), Length(max=100)]
    )
    active = BooleanField(_l("启用"), default=True)
    row_version = HiddenField()

    def values(self, offices: list[tuple[str, str]]) -> AccountValues:
        """Return what was written; `offices` are roles or duties, each with the id of its unit.

        Raises
        ------
        InvalidParameter
        """
        return validated(
            AccountValues,
            {
                "name": self.name.data,
                "display_name": self.display_name.data,
                "active": self.active.data,
                "offices": tuple(
                    dict.fromkeys(
                        OfficeIn(office=office, unit_id=_whole_number(unit))
                        for office, unit in offices
                        if office
                    )
                ),
            },
        )

    def version(self) -> int:
        """Return the version that the form was filled from."""
        return _whole_number(self.row_version.data)

    def fill(self, account: Account) -> None:
        """Show an account as it is."""
        self.name.data, self.display_name.data = account.name, account.display_name
        self.active.data, self.row_version.data = account.active, account.row_version


class UnitForm(FlaskForm):  # type: ignore[misc]
    """A unit."""

    name = StringField(_l("名称"), validators=[InputRequired(_l("请填写名称")), Length(max=200)])
    kind = SelectField(_l("类别"))
    parent_id = SelectField(_l("上级单位"), coerce=int)
    area_code = StringField(_l("区划代码"), validators=[Optional(), Length(max=64)])
    whole_city = BooleanField(_l("辖区为全市"))
    valid_from = DateField(_l("启用日期"), validators=[Optional()])
    valid_to = DateField(_l("停用日期（当日起不再有效）"), validators=[Optional()])
    row_version = IntegerField(validators=[Optional()])

    def offer(self, units: list[Unit]) -> None:
        """Offer kinds, and units to stand below."""
        self.kind.choices = list(kind_names().items())
        self.parent_id.choices = [(0, "—"), *((unit.id, unit.name) for unit in units)]

    def values(self) -> UnitValues:
        """Return what was written.

        Raises
        ------
        InvalidParameter
        """
        written = {name: getattr(self, name).data for name in UnitValues.model_fields}
        written["parent_id"] = written["parent_id"] or None
        written["area_code"] = (written["area_code"] or "").strip() or None
        return validated(UnitValues, written)


class HandlerForm(FlaskForm):  # type: ignore[misc]
    """Which unit a name in cases means."""

    name = StringField(validators=[InputRequired(), Length(max=200)])
    unit_id = IntegerField(validators=[Optional()])


class AuditQuery(Query):
    """Which audit entries to show."""

    who: str | None = Field(default=None, max_length=100)
    action: str | None = Field(default=None, max_length=60)
    start: date | None = None
    end: date | None = Field(default=None, lt=LAST_DAY)
    page: int = Field(default=1, ge=1, le=HIGHEST_PAGE)


def _whole_number(text: object) -> int:
    shown = str(text or "")
    if not (shown.isascii() and shown.isdigit() and len(shown) < 10):
        raise InvalidParameter(f"{shown[:40]!r} is no whole number", f"“{shown[:40]}”不是整数")
    return int(shown)
