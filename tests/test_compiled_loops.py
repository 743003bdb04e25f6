"""Compiled code is kept on disk until its file changes; so a loop may take nothing from others.

What a compiled function takes from another file, a function or a number, is compiled into it, and
would stay as it was when that file changes.
"""

from __future__ import annotations

import ast
from pathlib import Path

import pytest

from tests.conftest import ROOT

PACKAGES = ("app", "geodata", "spatial")
NO_CODE = {"compiled", "Any", "NDArray"}


def taken_from_other_files(source: str) -> set[str]:
    """Return the names imported from these packages that compiled functions use."""
    tree = ast.parse(source)
    imported = {
        alias.asname or alias.name
        for node in ast.walk(tree)
        if isinstance(node, ast.ImportFrom) and (node.module or "").split(".")[0] in PACKAGES
        for alias in node.names
    }
    used = {
        name.id
        for function in ast.walk(tree)
        if isinstance(function, ast.FunctionDef)
        and any(isinstance(d, ast.Name) and d.id == "compiled" for d in function.decorator_list)
        for name in ast.walk(function)
        if isinstance(name, ast.Name)
    }
    return (imported & used) - NO_CODE


SOURCES = [
    path
    for package in PACKAGES
    for path in sorted((ROOT / package).rglob("*.py"))
    if "node_modules" not in path.parts and "@compiled" in path.read_text(encoding="utf-8")
]


@pytest.mark.parametrize("path", SOURCES, ids=lambda path: str(path.relative_to(ROOT)))
def test_compiled_loops_take_nothing_from_other_files(path: Path) -> None:
    assert taken_from_other_files(path.read_text(encoding="utf-8")) == set()


def test_what_is_taken_is_seen() -> None:
    source = "from geodata.x import f, g\n@compiled\ndef loop(a):\n    return f(a)\n"
    assert taken_from_other_files(source) == {"f"}
    assert len(SOURCES) > 10
