"""Finding the Java that Spark needs."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
from collections.abc import Iterator
from pathlib import Path

from geodata.errors import MissingJava

LEAST_JAVA = 17
"""Oldest version that Spark 4 runs on …"""
TRIED_JAVA = (17, 21)
"""… and those that it is tested on; the first is preferred among several."""

_PLACES = (
    "/usr/lib/jvm/*",
    "/opt/java/*",
    "/Library/Java/JavaVirtualMachines/*/Contents/Home",
    "/opt/homebrew/opt/openjdk*",
    "/usr/local/opt/openjdk*",
)

_VERSION = re.compile(r'version "(?:1\.)?(\d+)')


def find_java() -> Path:
    """Return the home of a Java that Spark runs on.

    ``$JAVA_HOME`` comes first, then ``java`` on the path, then where Debian and macOS put it.

    Raises
    ------
    MissingJava
        None is there; the message says what was found and how to get one.
    """
    found = {home: version for home in _candidates() if (version := _version(home)) is not None}
    usable = [home for home, version in found.items() if version in TRIED_JAVA]
    usable += [home for home, version in found.items() if version > LEAST_JAVA]
    if usable:
        return usable[0]
    there = ", ".join(f"{home} ({version})" for home, version in found.items())
    raise MissingJava(
        f"Spark needs Java {LEAST_JAVA}, found {there or 'none'}: install it "
        f"(Debian: apt-get install openjdk-{LEAST_JAVA}-jre-headless) or set JAVA_HOME",
        f"Spark 需要 Java {LEAST_JAVA}，本机{f'只有 {there}' if there else '没有'}：请安装"
        f"（Debian：apt-get install openjdk-{LEAST_JAVA}-jre-headless）或设置 JAVA_HOME",
    )


def _candidates() -> Iterator[Path]:
    if given := os.environ.get("JAVA_HOME"):
        yield Path(given)
    if on_path := shutil.which("java"):
        yield Path(on_path).resolve().parent.parent
    usual = (home for place in _PLACES for home in sorted(Path("/").glob(place.lstrip("/"))))
    yield from sorted(usual, key=lambda home: f"-{LEAST_JAVA}-" not in f"-{home.name}-")


def _version(home: Path) -> int | None:
    java = home / "bin" / "java"
    if not java.is_file():
        return None
    try:
        told = subprocess.run(  # noqa: S603 -- a Java that was found, without a shell
            [java, "-version"], capture_output=True, text=True, check=False, timeout=30
        )
    except (OSError, subprocess.TimeoutExpired):
        return None
    match = _VERSION.search(told.stderr)
    return int(match[1]) if match else None
