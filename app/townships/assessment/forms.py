"""What may be asked of the board of a cycle."""

from __future__ import annotations

from typing import Literal

from flask_babel import lazy_gettext as _l
from flask_wtf import FlaskForm
from flask_wtf.file import FileField, FileRequired
from pydantic import Field

from app.hotspots.filtered.forms import Attribution
from app.queries import Query
from app.townships.assessment.cycles import Calendar, CycleKind
from app.townships.assessment.rules import Basis, Ledger, Rules


class BoardQuery(Query):
    """A cycle (``cycle``, its id), or the newest of a kind; and how it is counted."""

    kind: CycleKind = "month"
    cycle: str | None = Field(default=None, max_length=40)
    attribution: Attribution = "reported"
    basis: Basis = "callback"
    ledger: Ledger = "raw"

    def rules(self, calendar: Calendar) -> Rules:
        """Return the rules that the query names, of the system's default where it names none."""
        return Rules(calendar, self.attribution, self.basis, self.ledger)


class PublishedQuery(Query):
    """Which published results: of a cycle (``cycle``, its id) and a kind of unit."""

    cycle: str | None = Field(default=None, max_length=60)
    kind: Literal["township", "district", "department", "enterprise"] = "township"


class TableForm(FlaskForm):  # type: ignore[misc]
    """A table that is handed in."""

    file = FileField(_l("文件"), validators=[FileRequired(_l("请选择文件"))])
