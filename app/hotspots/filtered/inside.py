"""Which cases are of an area, by codes: the rule of `app.accounts.areas`."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from app.accounts.areas import Area
from app.cases.facts.coding import Entry
from app.cases.facts.table import Facts, Month

Allowed = NDArray[np.bool_]


@dataclass(frozen=True, eq=False)
class Inside:
    """Tables over codes.

    Attributes
    ----------
    here, nowhere : ndarray of bool
        Over ``area``: it lies in the area; it lies in no township.
    named : ndarray of bool
        Over ``reported``: district or township of that name are of the area.
    handled : ndarray of bool
        Over ``handler``: one of the units is of the area.
    """

    here: Allowed
    nowhere: Allowed
    named: Allowed
    handled: Allowed

    @classmethod
    def of(cls, facts: Facts, area: Area) -> Inside | None:
        """Make the tables; None where the area is the whole city."""
        if area.whole:
            return None

        def table(column: str, is_inside: Callable[[Entry], bool]) -> Allowed:
            entries = facts.words[column]
            return np.fromiter(map(is_inside, entries), dtype=bool, count=len(entries))

        return cls(
            here=table("area", lambda at: at[0] in area.districts or at[1] in area.townships),
            nowhere=table("area", lambda at: at[1] is None),
            named=table("reported", lambda names: not area.names.isdisjoint(names)),
            handled=table("handler", lambda units: not area.handlers.isdisjoint(units)),
        )

    def of_month(self, month: Month) -> Allowed:
        """Tell which cases of a month are of the area."""
        lies, named = month.columns["area"], self.named[month.columns["reported"]]
        handled = self.handled[month.columns["handler"]]
        return np.asarray(self.here[lies] | (self.nowhere[lies] & named) | handled)
