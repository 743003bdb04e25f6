"""The kinds of lists 清单 that plans have: which, how they are called, in which order."""

from __future__ import annotations

from app.townships.governing.models import ListKind
from app.townships.governing.named_kinds import KindNames, NamedKinds

LIST_KINDS = NamedKinds(ListKind, "list_kind", "list", "清单")

list_kinds = LIST_KINDS.all
add_kind = LIST_KINDS.add
change_kind = LIST_KINDS.change
move_kind_up = LIST_KINDS.move_up

__all__ = ["LIST_KINDS", "KindNames", "add_kind", "change_kind", "list_kinds", "move_kind_up"]
