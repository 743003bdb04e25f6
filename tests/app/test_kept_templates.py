"""Compiled templates are kept for the next process, and never taken from a folder of others."""

from __future__ import annotations

import tempfile
from pathlib import Path

import pytest
from jinja2 import Environment
from jinja2.loaders import DictLoader

from app.kept_templates import kept_templates


@pytest.fixture
def temporary(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The system's temporary folder, empty."""
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path))
    return tmp_path


def read(text: str) -> str:
    """Render a template as a process does that has just begun."""
    templates = Environment(
        loader=DictLoader({"page": text}), bytecode_cache=kept_templates(), autoescape=True
    )
    return templates.get_template("page").render(n=3)


def test_what_one_process_compiled_the_next_does_not(
    temporary: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert read("{{ n }} cases") == "3 cases"
    monkeypatch.setattr(Environment, "_parse", lambda *_args: pytest.fail("compiled again"))
    assert read("{{ n }} cases") == "3 cases"


def test_a_changed_template_is_compiled_again(temporary: Path) -> None:
    assert [read("{{ n }} cases"), read("{{ n + 1 }} cases")] == ["3 cases", "4 cases"]


def test_a_folder_that_cannot_be_written_stops_no_page(
    temporary: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def full(*_args: object, **_kept: object) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(tempfile, "NamedTemporaryFile", full)
    assert read("{{ n }} cases") == "3 cases"


def test_the_folder_of_somebody_else_is_not_used(temporary: Path) -> None:
    read("{{ n }} cases")
    (own,) = temporary.iterdir()
    elsewhere = temporary / "elsewhere"
    own.rename(elsewhere)
    own.symlink_to(elsewhere)
    assert kept_templates() is None
    assert read("{{ n }} cases") == "3 cases"
