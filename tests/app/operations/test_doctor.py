"""What the doctor finds, and in whose language."""

from __future__ import annotations

import json
from importlib.metadata import version
from pathlib import Path

import pytest
from click.testing import CliRunner

from app.cli import main
from app.config import Settings
from app.doctor import check_installation, check_packages


def findings(home: Path, **environment: str) -> dict[str, dict[str, object]]:
    ended = CliRunner().invoke(
        main, ["doctor", "--json"], env={"SUYUAN_HOME": str(home), **environment}
    )
    return {each["name"]: each for each in json.loads(ended.stdout)}


def test_a_city_is_in_order(home: Path) -> None:
    found = findings(home)
    for name in ("python", "disk", "tables", "queue", "boundaries", "cases"):
        assert found[name]["ok"], found[name]


def test_servers_that_do_not_answer_are_named_without_their_passwords(tmp_path: Path) -> None:
    found = findings(
        tmp_path / "home",
        DATABASE_URL=f"postgresql://me:hidden@/suyuan?host={tmp_path}",
        SUYUAN_QUEUE_URL=f"unix://:hidden@{tmp_path}/none.sock",
    )
    assert not found["tables"]["ok"]
    assert not found["queue"]["ok"]
    assert "hidden" not in json.dumps(found)


def test_a_redis_that_answers_is_in_order(tmp_path: Path, redis: str) -> None:
    assert findings(tmp_path / "home", SUYUAN_QUEUE_URL=redis)["queue"]["ok"]


def test_packages_are_compared_with_their_pins() -> None:
    there = f"click=={version('click')}"
    assert check_packages([there, 'nothing==1; python_version < "3"']).ok
    off = check_packages([there, "flask==0.1", "no-such-package==1"])
    assert not off.ok
    for part in ("2 not as pinned", f"flask {version('flask')} (==0.1)", "no-such-package –"):
        assert part in off.english


def test_a_store_that_does_not_open_is_told(home: Path) -> None:
    for file in (home / "cases").rglob("month=*/*.parquet"):
        file.write_bytes(b"nothing")
    assert not findings(home)["cases"]["ok"]


def test_what_only_helps_is_advice(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PATH", str(tmp_path))
    found = {each.name: each for each in check_installation(Settings(home=tmp_path / "home"))}
    for name in ("fonts", "browser"):
        assert found[name].in_order
        assert found[name].to_json()["mark"] == "note"
        assert found[name].to_json("zh")["mark"] == "建议"


def test_each_finding_is_told_in_the_terminals_language(tmp_path: Path) -> None:
    environment = {"SUYUAN_HOME": str(tmp_path / "home"), "SUYUAN_LANGUAGE": "zh"}
    ended = CliRunner().invoke(main, ["doctor"], env=environment)
    assert ended.exit_code == 1
    assert "待修  边界" in ended.stdout
    assert "MEND" not in ended.stdout
