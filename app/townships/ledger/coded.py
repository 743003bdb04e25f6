"""The words that stand for codes in the ledger's file, and back."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from functools import cached_property

from app.accounts.models import Unit
from app.accounts.units import list_units
from app.db import Database
from app.townships.governing.issue_types import ISSUE_TYPES
from app.townships.governing.item_codes import CODED
from app.townships.governing.item_steps import STATES
from app.townships.governing.kinds import list_kinds
from app.townships.governing.models import IssueType, ListKind


@dataclass(frozen=True)
class CodedWords:
    """Kinds, types, codes and units with their Chinese names, as they are on a day."""

    kinds: Sequence[ListKind]
    issue_types: Sequence[IssueType]
    units: Sequence[Unit]
    today: date

    @cached_property
    def names(self) -> Mapping[str, Mapping[str, str]]:
        """Column → code → word; of what is no longer used too."""
        return {
            "kind": {each.key: each.chinese for each in self.kinds},
            "issue_type": {each.key: each.chinese for each in self.issue_types},
            "state": STATES,
            **CODED,
        }

    @cached_property
    def codes(self) -> Mapping[str, Mapping[str, str]]:
        """Column → word → code; of two with one word, that which is used."""
        in_use = {each.key for each in self.kinds if each.active}
        in_use |= {each.key for each in self.issue_types if each.active}
        return {
            column: {
                word: code
                for code, word in sorted(words.items(), key=lambda pair: pair[0] in in_use)
            }
            for column, words in self.names.items()
        }

    @cached_property
    def offered(self) -> Mapping[str, list[str]]:
        """Column → words to choose from."""
        return {
            **{column: list(words.values()) for column, words in self.names.items()},
            "kind": [each.chinese for each in self.kinds if each.active],
            "issue_type": [each.chinese for each in self.issue_types if each.active],
            "responsible_id": [each.name for each in self.units if each.is_valid(self.today)],
        }

    @cached_property
    def unit_names(self) -> Mapping[int, str]:
        """Number of a unit → its name."""
        return {each.id: each.name for each in self.units}

    @cached_property
    def units_called(self) -> Mapping[str, list[int]]:
        """Name → units of today that are called so."""
        found: dict[str, list[int]] = {}
        for each in self.units:
            if each.is_valid(self.today):
                found.setdefault(each.name, []).append(each.id)
        return found


def coded_words(database: Database, today: date) -> CodedWords:
    """Return the words as they are today."""
    units = [line.unit for line in list_units(database)]
    return CodedWords(list_kinds(database), ISSUE_TYPES.all(database), units, today)
