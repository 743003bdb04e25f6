"""Every word of the pages exists in English, with the same placeholders."""

import re
from pathlib import Path

import pytest
from babel.messages.catalog import Catalog
from babel.messages.extract import extract_from_dir
from babel.messages.pofile import read_po

from app.translation import Values

ROOT = Path(__file__).resolve().parents[2]
ENGLISH = ROOT / "app" / "translations" / "en" / "LC_MESSAGES" / "messages.po"
KEYWORDS = {"_": None, "_l": None, "gettext": None, "lazy_gettext": None, "ngettext": (1, 2)}
PLACEHOLDER = re.compile(r"%\((\w+)\)s|%%")
CHOICE = re.compile(r"%\((\w+):[^|)]+\|[^|)]+\)s")
"""A word that a translation chooses by a value."""
COUNT = "count"
"""A number that stands beside the text, not in it; the text may choose its words by it."""

CHINESE = re.compile(r"[\u4e00-\u9fff]")


def _extracted(folder: str, method: tuple[str, str]) -> dict[str, str]:
    """Map each source text of a folder to the file where it stands."""
    found = extract_from_dir(str(ROOT / folder), method_map=[method], keywords=KEYWORDS)
    texts: dict[str, str] = {}
    for file, _line, message, _comments, _context in found:
        for text in message if isinstance(message, tuple) else (message,):
            texts[text] = f"{folder}/{file}"
    return texts


@pytest.fixture(scope="module")
def source_texts() -> dict[str, str]:
    return _extracted("app", ("**.py", "python")) | _extracted("templates", ("**.html", "jinja2"))


@pytest.fixture(scope="module")
def english() -> Catalog:
    with ENGLISH.open("rb") as file:
        return read_po(file, locale="en")


def test_every_text_is_translated(source_texts: dict[str, str], english: Catalog) -> None:
    missing = [
        f"{file}: {text}"
        for text, file in source_texts.items()
        if not (entry := english.get(text)) or not entry.string or entry.fuzzy
    ]
    assert not missing


def test_catalogue_holds_nothing_that_no_page_says(
    source_texts: dict[str, str], english: Catalog
) -> None:
    assert not [entry.id for entry in english if entry.id and entry.id not in source_texts]


def test_placeholders_agree(english: Catalog) -> None:
    for entry in english:
        if entry.id:
            wanted = sorted(PLACEHOLDER.findall(entry.id))
            assert sorted(PLACEHOLDER.findall(entry.string)) == wanted, entry.id
            assert set(CHOICE.findall(entry.string)) <= {*wanted, COUNT}, entry.id


def test_texts_can_be_filled_in(english: Catalog) -> None:
    """A lone per cent sign would end a page with an error."""
    for entry in english:
        names = [name for name in PLACEHOLDER.findall(str(entry.id)) if name]
        if names:
            values = dict.fromkeys([*names, COUNT], "x")
            assert entry.id % values
            assert entry.string % Values(values), entry.string


def test_english_holds_no_chinese(english: Catalog) -> None:
    assert not [entry.string for entry in english if CHINESE.search(entry.string)]


def test_templates_say_nothing_past_the_catalogue() -> None:
    """Chinese in a template stands inside a call that translates it, or in the language switch."""
    for file in sorted((ROOT / "templates").rglob("*.html")):
        rest = re.sub(r"\{#.*?#\}", "", file.read_text("utf-8"), flags=re.DOTALL)
        rest = re.sub(r"""_\((["']).*?\1[,)]""", "", rest, flags=re.DOTALL)
        rest = rest.replace('lang="zh-Hans">中文<', "").replace('join("；")', "")
        assert not CHINESE.findall(rest), f"{file.name}: {CHINESE.findall(rest)}"
