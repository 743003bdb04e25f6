"""Chinese sentences carry Chinese punctuation: no half-width mark stands beside a Chinese word."""

import io
import re
import tokenize
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import yaml

ROOT = Path(__file__).resolve().parents[1]

PLACEHOLDER = re.compile(r"\{[^{}]*\}|%\(\w+\)s")
CHINESE = "[\u3400-\u9fff\u3001-\u301f\uff01-\uff60]"
HALF_WIDTH = re.compile(rf"{CHINESE} ?[,;:?!()]|[,;:?!()] ?{CHINESE}")


def _strings_of_code(file: Path) -> Iterator[tuple[int, str]]:
    """Find the strings of a module; docstrings and patterns (raw strings) speak no Chinese."""
    for token in tokenize.generate_tokens(io.StringIO(file.read_text("utf-8")).readline):
        if token.type == tokenize.STRING and not re.match(r'\w*r|\w*"""', token.string, re.I):
            yield token.start[0], token.string


def _strings_of_yaml(content: Any) -> Iterator[str]:
    if isinstance(content, str):
        yield content
    elif isinstance(content, dict | list):
        for each in content.values() if isinstance(content, dict) else content:
            yield from _strings_of_yaml(each)


def _faults(file: Path) -> list[str]:
    if file.suffix == ".py":
        strings = list(_strings_of_code(file))
    elif file.suffix == ".yaml":
        content = yaml.safe_load(file.read_text("utf-8"))
        strings = [(0, text) for text in _strings_of_yaml(content)]
    else:
        strings = list(enumerate(file.read_text("utf-8").splitlines(), start=1))
    return [
        f"{file.relative_to(ROOT)}:{line}: {text}"
        for line, text in strings
        if HALF_WIDTH.search(PLACEHOLDER.sub("\0", text))
    ]


@pytest.mark.parametrize(
    ("folder", "pattern"),
    [
        ("app", "**/*.py"),
        ("app/home", "*.yaml"),
        ("app/frontend/src", "**/*.ts"),
        ("app/translations", "**/*.po"),
        ("geodata", "**/*.py"),
        ("templates", "**/*.html"),
    ],
)
def test_no_half_width_punctuation(folder: str, pattern: str) -> None:
    files = sorted((ROOT / folder).glob(pattern))
    assert files
    assert not [fault for file in files for fault in _faults(file)]


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("端口被占用,请另选", True),
        ("{file}:没有这个文件", True),
        ("半径(米)", True),
        ("q 值 (校正后)", True),
        ("端口被占用，请另选", False),
        ("共 1,234 件（q=0.05）", False),
        ("{file}: areas overlap: {names}", False),
    ],
)
def test_the_search_itself(text: str, found: bool) -> None:
    assert bool(HALF_WIDTH.search(PLACEHOLDER.sub("\0", text))) == found
