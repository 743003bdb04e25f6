"""The fact table: made once a version, month by month, and never of a half."""

from __future__ import annotations

import numpy as np
import polars as pl
import pyarrow as pa
import pytest

from app.cases.batches import withdraw
from app.cases.facts import building, table
from app.cases.facts.coding import Numbers, Words
from app.cases.facts.columns import (
    ANSWERS,
    CODED,
    N_ANSWERS,
    SECONDS_AN_HOUR,
    answer_codes,
    answer_of,
)
from app.cases.selection import case_frame
from app.cases.uploads import import_file
from app.work import FOLLOW_UPS
from geodata.home import Home
from tests.app.filtered.varied_city import make_varied_city, write_cases


@pytest.fixture
def home(tmp_path):
    return make_varied_city(tmp_path / "home")


def written_out(facts):
    """All facts as values, told apart from codes."""
    rows = []
    for month in facts.months:
        columns = month.columns
        for i in range(len(month)):
            values = {name: facts.words[name][columns[name][i]] for name in CODED}
            second = int(columns["slot"][i]) * SECONDS_AN_HOUR + int(columns["second"][i])
            cell = int(facts.cells[columns["cell"][i]])
            rows.append((month.name, second, cell, int(columns["answer"][i]), *values.values()))
    return sorted(rows, key=str)


def callers_and_incidents(facts):
    return [
        len({int(code) for month in facts.months for code in month.columns[name]})
        for name in ("caller", "incident")
    ]


def test_a_month_without_news_keeps_its_file_and_all_is_as_if_made_anew(home, tmp_path):
    before = table.facts_of(home)
    inode = {path.name: path.stat().st_ino for path in _folder(home).glob("*.arrow")}
    write_cases(tmp_path / "more.csv", 200, first=90_000, seed=8, years=(2025, 1))
    import_file(home, tmp_path / "more.csv", "suyuan")
    after = table.facts_of(home)
    assert len(after) == len(before) + 200
    assert after.version > before.version
    for path in _folder(home).glob("*.arrow"):
        assert (inode.get(path.name) == path.stat().st_ino) == (path.name < "2025-01")
    for path in _folder(home).iterdir():
        path.unlink()
    _folder(home).rmdir()
    table._opened.cache_clear()
    anew = table.facts_of(home)
    assert written_out(anew) == written_out(after)
    assert callers_and_incidents(anew) == callers_and_incidents(after)


def test_facts_of_earlier_versions_are_deleted(home, tmp_path):
    table.facts_of(home)
    first = _folder(home)
    write_cases(tmp_path / "more.csv", 20, first=90_000, seed=8)
    report = import_file(home, tmp_path / "more.csv", "suyuan")
    table.facts_of(home)
    assert not first.exists()
    before = len(table.facts_of(home))
    withdraw(home, report.batch)
    assert len(table.facts_of(home)) == before - 20


def test_what_is_left_of_a_killed_build_is_no_facts(home, monkeypatch):
    def fail(*_):
        raise RuntimeError("killed")

    with monkeypatch.context() as patch:
        patch.setattr(building, "read_month", fail)
        with pytest.raises(RuntimeError):
            building.build_facts(home)
    kept = home.path / "cache" / "facts"
    assert [path.name for path in kept.iterdir()] == ["lock"]
    assert len(table.facts_of(home)) == case_frame(home).select(pl.len()).collect().item()


def test_a_home_without_cases_has_no_facts(tmp_path):
    assert len(table.facts_of(Home.at(tmp_path / "empty"))) == 0


def test_counts_are_made_ready_after_everything_that_changes_cases():
    changing = {kind for kind, after in FOLLOW_UPS.items() if "prepare-counts" in after}
    assert changing == {"import", "withdraw", "recheck", "redeclare", "relocate"}


def test_every_answer_of_a_callback_has_a_code_of_its_own():
    seen = set()
    for responded in range(3):
        for resolved in range(3):
            for satisfaction in range(len(ANSWERS) + 1):
                said = (np.array([part]) for part in (responded, resolved, satisfaction))
                (code,) = answer_codes(np.array([True]), *said).tolist()
                answer = answer_of(code)
                words = (None, False, True)
                assert (answer.responded, answer.resolved) == (words[responded], words[resolved])
                assert answer.satisfaction == (None, *ANSWERS)[satisfaction]
                seen.add(code)
    assert seen == set(range(1, N_ANSWERS))
    assert answer_of(0) is None


def test_codes_stay_when_more_come():
    numbers = Numbers(np.empty(0, dtype=np.int64))
    nothing = np.zeros(3, dtype=bool)
    first = numbers.encode(np.array([50, -7, 50]), nothing)
    assert first.tolist() == [2, 1, 2]
    again = Numbers(numbers.values)
    missing = np.array([False, True, False])
    assert again.encode(np.array([99, 50, -7]), missing).tolist() == [3, 0, 1]
    assert again.values.tolist() == [-7, 50, 99]


def test_words_keep_their_places_however_many_there_are():
    words = Words([], 2)
    rng = np.random.default_rng(1)
    drawn = [rng.choice([*map(str, range(3_000)), None], 5_000).tolist() for _ in range(2)]
    columns = [
        pa.chunked_array([pa.array(each, pa.string()).dictionary_encode()]) for each in drawn
    ]
    codes = words.encode(columns)
    assert [words.entries[code] for code in codes] == list(zip(*drawn, strict=True))
    assert (words.encode(columns) == codes).all()


def _folder(home):
    version = table.facts_of(home).version
    return building.fact_folder(home, version)
