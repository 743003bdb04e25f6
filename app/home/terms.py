"""The words of the product, from one file for the help page and docs/GLOSSARY.md.

``python -m app.home.terms`` writes ``docs/GLOSSARY.md``; a test keeps the two in step.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache
from pathlib import Path

import yaml

SOURCE = Path(__file__).with_name("glossary.yaml")
DOCUMENT = Path(__file__).resolve().parents[2] / "docs" / "GLOSSARY.md"

INTRODUCTION = """\
# Glossary · 术语

<!-- Written from app/home/glossary.yaml by `python -m app.home.terms`; change it there. -->

The words that code, pages and documents use. The first column is the word in code.
"""


@dataclass(frozen=True)
class Term:
    """One word: its name in code, in both languages, and what it means."""

    key: str
    zh: str
    en: str
    zh_text: str
    en_text: str

    def name(self, language: str) -> str:
        """Word in the reader's language (``zh_Hans`` or ``en``)."""
        return self.en if language == "en" else self.zh

    def text(self, language: str) -> str:
        """Meaning in the reader's language (``zh_Hans`` or ``en``)."""
        return self.en_text if language == "en" else self.zh_text


@dataclass(frozen=True)
class TermGroup:
    """Words of one subject."""

    zh: str
    en: str
    terms: tuple[Term, ...]

    def name(self, language: str) -> str:
        """Subject in the reader's language."""
        return self.en if language == "en" else self.zh


@cache
def term_groups() -> tuple[TermGroup, ...]:
    """Return the words by subject, in the order of the file."""
    entries = yaml.safe_load(SOURCE.read_text("utf-8"))
    groups = []
    for entry in entries:
        zh, en = entry["group"]
        groups.append(TermGroup(zh, en, tuple(Term(**term) for term in entry["terms"])))
    return tuple(groups)


def terms() -> tuple[Term, ...]:
    """Return every word, in the order of the file."""
    return tuple(term for group in term_groups() for term in group.terms)


def glossary_markdown() -> str:
    """Return the text of ``docs/GLOSSARY.md``."""
    parts = [INTRODUCTION]
    for group in term_groups():
        parts.append(f"\n## {group.en} · {group.zh}\n\n| code | 中文 | English |\n|---|---|---|\n")
        parts.extend(
            f"| `{term.key}` | **{term.zh}** {term.zh_text} | **{term.en}.** {term.en_text} |\n"
            for term in group.terms
        )
    return "".join(parts)


if __name__ == "__main__":
    DOCUMENT.parent.mkdir(exist_ok=True)
    DOCUMENT.write_text(glossary_markdown(), "utf-8")
