"""Which stored cases a definition counts.

With classes alone or words alone these decide. With both, a case must have a class *and* a word,
unless the definition widens: then either is enough. What is excluded, by class or word, is out.
Words are looked for in title and content, tags among the case's tags.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import polars as pl

from app.topics.models import CaseDefinition

CLASS_COLUMNS = ("class_1", "class_2", "class_3")
TEXT_COLUMNS = ("title", "content")
MATCH_COLUMNS = (*CLASS_COLUMNS, *TEXT_COLUMNS, "tags")
"""Columns of the store that a definition looks at."""

Path = tuple[str, ...]

_BETWEEN_TAGS = r"[;；,，、|\s/]+"
"""Offices write several tags into one column, and paths of tags with a stroke."""


@dataclass(frozen=True)
class CaseRule:
    """What a definition says, as plain values: alike definitions count alike.

    Attributes
    ----------
    classes, excluded_classes : tuple of tuple of str
        Paths from class 1 downwards; all below a path are meant.
    tags, keywords, excluded_keywords : tuple of str
    widens : bool
    """

    classes: tuple[Path, ...] = ()
    tags: tuple[str, ...] = ()
    keywords: tuple[str, ...] = ()
    excluded_classes: tuple[Path, ...] = ()
    excluded_keywords: tuple[str, ...] = ()
    widens: bool = False

    def matches(self) -> pl.Expr:
        """Tell which cases it counts; nothing is counted by a rule that says nothing."""
        by_class = _any(_below(path) for path in self.classes)
        by_word = _any([_says(self.keywords), *(_tagged(tag) for tag in self.tags)])
        has_words = bool(self.keywords or self.tags)
        if not (self.classes and has_words):
            found = by_class if self.classes else by_word
        else:
            found = by_class | by_word if self.widens else by_class & by_word
        out = _any([_says(self.excluded_keywords), *(_below(p) for p in self.excluded_classes)])
        return found & ~out


def rule_of(definition: CaseDefinition) -> CaseRule:
    """Return what a stored definition says."""
    return CaseRule(
        _paths(definition.classes),
        tuple(definition.tags),
        tuple(definition.keywords),
        _paths(definition.excluded_classes),
        tuple(definition.excluded_keywords),
        definition.widens,
    )


def _paths(stored: Sequence[Sequence[str]]) -> tuple[Path, ...]:
    return tuple(tuple(path) for path in stored)


def _any(tests: Any) -> pl.Expr:
    kept = [test for test in tests if test is not None]
    return pl.any_horizontal(kept).fill_null(value=False) if kept else pl.lit(value=False)


def _below(path: Path) -> pl.Expr:
    pairs = zip(CLASS_COLUMNS, path, strict=False)
    return pl.all_horizontal(pl.col(column) == name for column, name in pairs).fill_null(
        value=False
    )


def _says(words: tuple[str, ...]) -> pl.Expr | None:
    if not words:
        return None
    text = pl.concat_str(TEXT_COLUMNS, separator="\n", ignore_nulls=True)
    return text.str.contains_any(list(words), ascii_case_insensitive=True)


def _tagged(tag: str) -> pl.Expr:
    tags = pl.lit(";") + pl.col("tags").str.replace_all(_BETWEEN_TAGS, ";") + pl.lit(";")
    plain = ";".join(part for part in tag.split("/") if part)
    return tags.str.contains(f";{plain};", literal=True)
