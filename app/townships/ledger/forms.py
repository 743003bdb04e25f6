"""What may be sent from the pages of the ledger."""

from __future__ import annotations

import re
from collections.abc import Sequence
from datetime import date
from typing import Any

from flask import request
from flask_babel import lazy_gettext as _l
from flask_wtf import FlaskForm
from flask_wtf.file import FileField, FileRequired
from wtforms import HiddenField, RadioField, SelectField, TextAreaField
from wtforms.fields.choices import SelectChoice
from wtforms.validators import Length, Optional

from app.accounts.models import Unit
from app.errors import InvalidParameter
from app.form_fields import DayField
from app.townships.governing.item_form import check_day, code_words
from app.townships.governing.models import IssueType
from app.townships.ledger.bulk import Chosen

UNCHANGED, CLEARED = "", "-"

GOOD_ROWS, WHOLE = "good", "whole"

_CHOSEN = re.compile(r"(\d{1,9}):(\d{1,9})")


class BulkForm(FlaskForm):  # type: ignore[misc]
    """What is to be changed of many items."""

    scope = RadioField(
        _l("改哪些"), default="chosen",
        choices=[
            SelectChoice("chosen", _l("勾选的事项")), SelectChoice("all", _l("筛选出的全部事项")),
        ],
    )  # fmt: skip
    mode = RadioField(
        _l("有的不能改时"), default=GOOD_ROWS,
        choices=[SelectChoice(GOOD_ROWS, _l("其余的照改")), SelectChoice(WHOLE, _l("全部不改"))],
    )  # fmt: skip
    due_on = DayField(_l("完成期限"), validators=[Optional(), check_day])
    responsible_id = SelectField(_l("责任单位"), default=UNCHANGED)
    issue_type = SelectField(_l("问题类型"), default=UNCHANGED)
    priority = SelectField(_l("结合的全市工作"), default=UNCHANGED)
    progress_word = SelectField(_l("进展表述"), default=UNCHANGED)
    on = DayField(_l("办理日期"), validators=[Optional()])
    words = TextAreaField(_l("说明"), validators=[Length(max=2_000)])
    seen = HiddenField()

    def offer(
        self, units: Sequence[Unit], issue_types: Sequence[IssueType], *, chinese: bool
    ) -> None:
        """Offer the units and types of today."""
        today = date.today()
        words = code_words()
        begin = [SelectChoice(UNCHANGED, _l("（不改）")), SelectChoice(CLEARED, _l("（清空）"))]
        offered: dict[str, Sequence[tuple[Any, Any]]] = {
            "responsible_id": [(str(each.id), each.name) for each in units if each.is_valid(today)],
            "issue_type": [
                (each.key, each.chinese if chinese else each.english)
                for each in issue_types
                if each.active
            ],
            "priority": list(words["priority"].items()),
            "progress_word": list(words["progress_word"].items()),
        }
        for name, pairs in offered.items():
            self[name].choices = [*begin, *(SelectChoice(value, label) for value, label in pairs)]

    def update(self) -> dict[str, Any]:
        """Return the columns that are to be changed."""
        found: dict[str, Any] = {} if self.due_on.data is None else {"due_on": self.due_on.data}
        nothing = {"responsible_id": None, "issue_type": None, "priority": "", "progress_word": ""}
        for name, cleared in nothing.items():
            value = self[name].data or UNCHANGED
            if value == CLEARED:
                found[name] = cleared
            elif value != UNCHANGED:
                found[name] = int(value) if name == "responsible_id" else value
        return found

    def seen_count(self) -> int:
        """Return how many items the filter kept when the page was shown."""
        text = self.seen.data or ""
        return int(text) if text.isascii() and text.isdigit() and len(text) < 10 else -1

    @staticmethod
    def chosen() -> list[Chosen]:
        """Return the items that were ticked, with the versions that were seen.

        Raises
        ------
        InvalidParameter
            One is written otherwise.
        """
        found = []
        for text in dict.fromkeys(request.form.getlist("item")):
            parts = _CHOSEN.fullmatch(text)
            if parts is None:
                raise InvalidParameter(
                    f"item: {text[:40]!r} is no number and version", "所选事项无效，请刷新页面"
                )
            found.append(Chosen(int(parts[1]), int(parts[2])))
        return found


class LedgerFileForm(FlaskForm):  # type: ignore[misc]
    """A file of the ledger that is handed in."""

    file = FileField(_l("文件"), validators=[FileRequired(_l("请选择文件"))])


class StoreForm(FlaskForm):  # type: ignore[misc]
    """What is to be done with the rows of a file."""

    mode = RadioField(
        _l("有的行有错时"), default=GOOD_ROWS,
        choices=[
            SelectChoice(GOOD_ROWS, _l("导入没有错的行")), SelectChoice(WHOLE, _l("一行都不导入")),
        ],
    )  # fmt: skip
