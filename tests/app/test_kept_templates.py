"""Compiled templates are kept for the next process; what is not whole is compiled again."""

from __future__ import annotations

import stat
import tempfile
from pathlib import Path

import jinja2
import pytest
from jinja2 import Environment
from jinja2.loaders import DictLoader

from app import create_app
from app.config import Settings
from app.kept_templates import kept_templates
from tests.people import first_client

TEXT = "{{ n }} cases"


def read(cache: Path, text: str = TEXT) -> str:
    """Render a template as a process does that has just begun."""
    templates = Environment(
        loader=DictLoader({"page": text}), bytecode_cache=kept_templates(cache), autoescape=True
    )
    return templates.get_template("page").render(n=3)


def kept(cache: Path) -> Path:
    (file,) = (cache / "templates").iterdir()
    return file


def test_what_one_process_compiled_the_next_does_not(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert read(tmp_path) == "3 cases"
    monkeypatch.setattr(Environment, "_parse", lambda *_args: pytest.fail("compiled again"))
    assert read(tmp_path) == "3 cases"


def test_a_changed_template_is_compiled_again(tmp_path: Path) -> None:
    assert [read(tmp_path), read(tmp_path, "{{ n + 1 }} cases")] == ["3 cases", "4 cases"]


def test_what_another_jinja_compiled_is_not_taken(tmp_path: Path) -> None:
    read(tmp_path)
    assert jinja2.__version__ in kept(tmp_path).name


@pytest.mark.parametrize("left", [0, 10, 40, 120])
def test_a_file_that_was_cut_off_is_made_again(tmp_path: Path, left: int) -> None:
    read(tmp_path)
    whole = kept(tmp_path).read_bytes()
    kept(tmp_path).write_bytes(whole[:left])
    assert read(tmp_path) == "3 cases"
    assert kept(tmp_path).read_bytes() == whole


def test_a_folder_that_cannot_be_written_stops_no_page(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def full(*_args: object, **_kept: object) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(tempfile, "NamedTemporaryFile", full)
    assert read(tmp_path) == "3 cases"


def test_a_folder_that_cannot_be_made_stops_no_page(tmp_path: Path) -> None:
    (tmp_path / "templates").write_text("in the way", "utf-8")
    assert read(tmp_path) == "3 cases"


def test_pages_keep_theirs_in_the_home_for_its_owner_alone(tmp_path: Path) -> None:
    app = create_app(Settings(home=tmp_path / "home"))
    assert first_client(app).get("/help").status_code == 200
    folder = tmp_path / "home" / "cache" / "templates"
    assert any(folder.iterdir())
    for each in (folder, folder.parent):
        assert stat.S_IMODE(each.stat().st_mode) == 0o700
