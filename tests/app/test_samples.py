"""`suyuan sample` as one types it."""

from __future__ import annotations

from pathlib import Path

import pyarrow.parquet as pq
from click.testing import CliRunner

from app.cli import main
from tests.conftest import run_suyuan

SMALL = ["--districts", "2", "--townships", "8", "--months", "2"]


def test_a_sample_is_written_and_told(tmp_path: Path) -> None:
    options = ["--cases", "2_000", "--out", tmp_path / "city", "--files", "month"]
    told = run_suyuan(
        tmp_path / "home", "sample", *options, "--faults", "0.01", "--updates", "0.1", *SMALL
    )
    assert told["cases"] == sum(pq.read_metadata(path).num_rows for path in told["case_files"])
    assert (told["cases"], told["updates"], sum(told["faults"].values())) == (2_000, 198, 20)
    assert [Path(path).name for path in told["case_files"]] == [
        "cases-2024-01.parquet",
        "cases-2024-02.parquet",
    ]
    assert Path(told["townships"]).is_file()
    assert told["bytes"] > 100_000


def test_a_wrong_order_ends_with_one_line(tmp_path: Path) -> None:
    wrong = ["sample", "--cases", "2000", "--out", str(tmp_path), "--townships", "2000"]
    ended = CliRunner(env={"SUYUAN_LANGUAGE": "zh"}).invoke(main, wrong)
    assert ended.exit_code == 1
    assert ended.stderr.strip() == "suyuan: townships：应在 64 到 1,000 之间，实为 2,000"
    assert not list(tmp_path.iterdir())
