"""What the documents say is so: commands run, all settings are told, links lead somewhere."""

from __future__ import annotations

import os
import re
import subprocess
from collections.abc import Iterator
from pathlib import Path

import click
import pandas as pd
import pytest

from app.cli import main
from tests.app.small_city import write_cases, write_townships
from tests.conftest import ROOT, run_suyuan
from tests.serving import SUYUAN, served

READMES = [ROOT / "README.md", ROOT / "README.zh-CN.md"]
DOCUMENTS = [*READMES, *sorted((ROOT / "docs").rglob("*.md"))]

OWN_CITY = re.compile(r"<!-- run by tests/test_docs.py -->\n```sh\n(.*?)```", re.DOTALL)
SHELL = re.compile(r"```sh\n(.*?)```", re.DOTALL)
SETTING = re.compile(r"SUYUAN_[A-Z_]+")
LINK = re.compile(r"\]\(([^)\s#]+)[^)]*\)")

BETWEEN_PROCESSES = {"SUYUAN_PARENT"}
"""Set by the server for its own worker: not for people."""

WORK_ORDER_HEADERS = {
    "case_id": "工单编号", "received_at": "来电时间", "class_1": "问题分类", "title": "标题",
    "caller": "来电人电话", "address": "详细地址", "reported_township": "被反映街乡镇",
    "resolved": "是否解决", "lng": "经度", "lat": "纬度",
}  # fmt: skip


def write_own_city(folder: Path) -> None:
    """Write the two files that README's lines read."""
    write_townships(folder / "townships.geojson")
    cases = pd.read_csv(write_cases(folder / "cases.csv"))
    cases.rename(columns=WORK_ORDER_HEADERS).to_excel(
        folder / "workorders.xlsx", index=False, startrow=2, engine="xlsxwriter"
    )


def test_the_six_lines_show_ones_own_city(tmp_path: Path) -> None:
    (block,) = OWN_CITY.findall(READMES[0].read_text("utf-8"))
    *lines, last = block.strip().splitlines()
    assert len(lines) == 5
    assert last == "suyuan serve"
    write_own_city(tmp_path)
    home = tmp_path / "my-city"
    environment = {
        **os.environ,
        "PATH": f"{SUYUAN.parent}{os.pathsep}{os.environ['PATH']}",
        "SUYUAN_HOME": str(home),
    }
    for line in lines:
        ended = subprocess.run(
            ["sh", "-c", line], cwd=tmp_path, env=environment, capture_output=True, text=True
        )
        assert ended.returncode == 0, f"{line}\n{ended.stderr}"
    counts = run_suyuan(home, "cases", "count")
    assert counts["located"] + counts["township_only"] == counts["cases"] > 2_000
    assert len(run_suyuan(home, "candidates")) == 3
    with served(home):
        pass


def test_both_readmes_give_the_same_commands_and_settings() -> None:
    english, chinese = (path.read_text("utf-8") for path in READMES)
    assert SHELL.findall(english) == SHELL.findall(chinese)
    assert set(SETTING.findall(english)) == set(SETTING.findall(chinese))


def commands_of(command: click.Command, path: str) -> Iterator[tuple[str, click.Command]]:
    """Give every command that `--help` shows, with what one types to call it."""
    if not isinstance(command, click.Group):
        yield path, command
        return
    for name, inner in command.commands.items():
        if not inner.hidden:
            yield from commands_of(inner, f"{path} {name}")


COMMANDS = dict(commands_of(main, "suyuan"))


@pytest.mark.parametrize("typed", COMMANDS)
def test_every_command_is_told_with_its_options(typed: str) -> None:
    table = (ROOT / "docs" / "COMMANDS.md").read_text("utf-8")
    (told,) = re.findall(rf"^\| `({re.escape(typed)}(?: .*?)?)` \|", table, re.MULTILINE)
    options = {
        name for option in COMMANDS[typed].params for name in option.opts if name[:2] == "--"
    }
    assert set(re.findall(r"--[a-z-]+", told)) == options - {"--help"}


def test_every_setting_is_told() -> None:
    read = {
        name
        for package in ("app", "geodata")
        for path in (ROOT / package).rglob("*.py")
        for name in SETTING.findall(path.read_text("utf-8"))
    }
    rows = "\n".join(
        line for line in READMES[0].read_text("utf-8").splitlines() if line.startswith("| `")
    )
    assert read - BETWEEN_PROCESSES <= set(SETTING.findall(rows))


@pytest.mark.parametrize("document", DOCUMENTS, ids=lambda path: path.name)
def test_links_lead_somewhere(document: Path) -> None:
    links = LINK.findall(document.read_text("utf-8"))
    here = [link for link in links if not re.match(r"[a-z]+:", link)]
    assert not [link for link in here if not (document.parent / link).exists()]
