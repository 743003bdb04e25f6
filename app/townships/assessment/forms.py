"""What may be asked of the board of a cycle."""

from __future__ import annotations

from dataclasses import replace
from typing import Literal

from flask_babel import lazy_gettext as _l
from flask_wtf import FlaskForm
from flask_wtf.file import FileField, FileRequired
from pydantic import Field

from app.hotspots.filtered.forms import Attribution
from app.queries import Query
from app.townships.assessment.cycles import CycleKind, kind_of_id
from app.townships.assessment.results import ResultKind
from app.townships.assessment.rules import Basis, Ledger, Rules


class BoardQuery(Query):
    """A cycle (``cycle``, its id), or the newest of a kind; and how it is counted.

    What is left out of attribution, basis and ledger is as the rules of the cycle say; ``result``
    keeps the townships with one of the results.
    """

    kind: CycleKind | None = None
    cycle: str | None = Field(default=None, max_length=60)
    attribution: Attribution | None = None
    basis: Basis | None = None
    ledger: Ledger | None = None
    result: ResultKind | None = None

    @property
    def cycle_id(self) -> str | None:
        """The cycle that is asked for; one of another kind than is asked for is none."""
        named = self.cycle and kind_of_id(self.cycle)
        return None if self.kind and named and named != self.kind else self.cycle

    @property
    def cycle_kind(self) -> CycleKind:
        """The kind that is asked for."""
        return self.kind or kind_of_id(self.cycle or "") or "month"

    def rules(self, given: Rules) -> Rules:
        """Return the rules of a cycle, counted as the query asks."""
        told = self.model_dump(include={"attribution", "basis", "ledger"}, exclude_none=True)
        return replace(given, **told)


class PublishedQuery(Query):
    """Which published results: of a cycle (``cycle``, its id) and a kind of unit."""

    cycle: str | None = Field(default=None, max_length=60)
    kind: Literal["township", "district", "department", "enterprise"] = "township"


class TableForm(FlaskForm):  # type: ignore[misc]
    """A table that is handed in."""

    file = FileField(_l("文件"), validators=[FileRequired(_l("请选择文件"))])
