"""Which Java is taken, and what is said without one."""

from __future__ import annotations

from pathlib import Path

import pytest

from geodata.engines import java
from geodata.errors import MissingJava


def install(folder: Path, version: str) -> Path:
    """Make a Java that tells a version as real ones do."""
    program = folder / "bin" / "java"
    program.parent.mkdir(parents=True)
    program.write_text(f"#!/bin/sh\necho 'openjdk version \"{version}\" 2025-04-15' >&2\n")
    program.chmod(0o755)
    return folder


@pytest.fixture
def bare(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Path:
    """A machine without any Java but below the folder given."""
    monkeypatch.delenv("JAVA_HOME", raising=False)
    monkeypatch.setattr(java.shutil, "which", lambda name: None)
    monkeypatch.setattr(java, "_PLACES", (str(tmp_path / "jvm" / "*"),))
    return tmp_path


def test_java_home_comes_first(bare: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    install(bare / "jvm" / "java-17-openjdk-amd64", "17.0.15")
    own = install(bare / "own", "21.0.2")
    monkeypatch.setenv("JAVA_HOME", str(own))
    assert java.find_java() == own


def test_a_java_too_old_is_passed_over(bare: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("JAVA_HOME", str(install(bare / "old", "1.8.0_402")))
    seventeen = install(bare / "jvm" / "java-17-openjdk-amd64", "17.0.15")
    install(bare / "jvm" / "java-11-openjdk-amd64", "11.0.1")
    install(bare / "jvm" / "a-21-openjdk", "21.0.1")
    assert java.find_java() == seventeen


def test_a_tried_java_is_preferred_to_a_newer_one(bare: Path) -> None:
    install(bare / "jvm" / "a-25", "25")
    tried = install(bare / "jvm" / "b-21", "21.0.1")
    assert java.find_java() == tried


def test_without_java_one_line_asks_for_it(bare: Path) -> None:
    install(bare / "jvm" / "java-11-openjdk-amd64", "11.0.1")
    with pytest.raises(MissingJava) as caught:
        java.find_java()
    for line in (str(caught.value), caught.value.chinese):
        assert "Java 17" in line
        assert "(11)" in line
        assert "apt-get install openjdk-17-jre-headless" in line
