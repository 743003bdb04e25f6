"""What the security policy and the promise to work offline ask of every template."""

import re
from html.parser import HTMLParser
from pathlib import Path

import pytest

TEMPLATES = Path(__file__).resolve().parents[2] / "templates"
FILES = sorted(TEMPLATES.rglob("*.html"))
EVENT = re.compile(r"\son[a-z]+\s*=", re.IGNORECASE)


def plain(file: Path) -> str:
    """Return the markup of a template, its Jinja parts blanked."""
    text = re.sub(r"\{#.*?#\}", "", file.read_text("utf-8"), flags=re.DOTALL)
    return re.sub(r"\{%.*?%\}|\{\{.*?\}\}", " ", text, flags=re.DOTALL)


class Labels(HTMLParser):
    """Collect the controls that a person fills in, and what labels point at."""

    def __init__(self) -> None:
        super().__init__()
        self.controls: list[dict[str, str | None]] = []
        self.targets: set[str | None] = set()
        self.images: list[dict[str, str | None]] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        found = dict(attrs)
        if tag in ("select", "textarea") or (tag == "input" and found.get("type") != "hidden"):
            self.controls.append(found)
        if tag == "label":
            self.targets.add(found.get("for"))
        if tag == "svg":
            self.images.append(found)


@pytest.mark.parametrize("file", FILES, ids=lambda file: str(file.relative_to(TEMPLATES)))
class TestTemplate:
    def test_no_inline_style_or_handler(self, file: Path) -> None:
        text = plain(file)
        assert "style=" not in text
        assert "<style" not in text
        assert not EVENT.search(text)

    def test_scripts_are_files_or_data(self, file: Path) -> None:
        for tag in re.findall(r"<script[^>]*>", file.read_text("utf-8")):
            assert "src=" in tag or 'type="application/json"' in tag, tag

    def test_names_no_other_host(self, file: Path) -> None:
        assert not re.findall(r"https?://|[\"'(]//\w", plain(file))

    def test_posts_carry_the_token(self, file: Path) -> None:
        text = file.read_text("utf-8")
        forms = re.findall(r'<form[^>]*method="post".*?</form>', text, flags=re.DOTALL)
        assert all("csrf()" in form for form in forms)

    def test_controls_have_labels(self, file: Path) -> None:
        parser = Labels()
        parser.feed(plain(file))
        for control in parser.controls:
            assert control.get("aria-label") or control.get("id") in parser.targets

    def test_drawings_are_named_or_hidden(self, file: Path) -> None:
        parser = Labels()
        parser.feed(plain(file))
        for image in parser.images:
            assert image.get("aria-hidden") == "true" or "aria-label" in image

    def test_tables_have_captions(self, file: Path) -> None:
        text = plain(file)
        assert text.count("<table") == text.count("<caption")
