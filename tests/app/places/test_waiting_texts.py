"""The texts that wait: against a plain grouping; kept for a version; many are made by a job."""

from __future__ import annotations

from collections import Counter, defaultdict
from pathlib import Path

import numpy as np
import polars as pl
import pytest
from click.testing import CliRunner
from flask.testing import FlaskClient

from app.accounts.areas import EVERYWHERE
from app.cases.batches import withdraw
from app.cases.uploads import import_file
from app.cli import main
from app.places import waiting_texts as module
from app.places.review import review_queue
from app.places.waiting_texts import COARSE, OPEN, prepare_texts, review_ready, waiting_texts
from app.services import services
from geodata.home import Home
from geodata.intake import relocate_cases
from geodata.places import TextKey, decide, import_places, read_decisions, undo_decision
from geodata.placing import is_trained, text_key
from geodata.store import CaseStore
from tests.app.small_register import make_small_register

WRITTEN = (
    "火星大道9号301室", "火星大道9号302室", "火星大道９号", "月球路7弄", "月球路7弄3号",
    "金星街12号", "那家店",
)  # fmt: skip


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Many cases that write a few texts in several ways, as reported in several townships."""
    folder = tmp_path_factory.mktemp("texts")
    home = Home.at(make_small_register(folder))
    rng = np.random.default_rng(8)
    n = 600
    pl.DataFrame(
        {
            "case_id": [f"T{i}" for i in range(n)],
            "received_at": [f"2025-0{1 + i % 4}-0{1 + i % 9} 09:00:00" for i in range(n)],
            "address": [WRITTEN[i] for i in rng.integers(0, len(WRITTEN), n)],
            "reported_township": [("东街道", "东 街道", None)[i] for i in rng.integers(0, 3, n)],
        }
    ).write_csv(folder / "texts.csv")
    import_file(home, folder / "texts.csv", "suyuan")
    return home.path


def version_of(home: Home) -> int:
    version = CaseStore(home).version
    assert version is not None
    return version


def plainly(home: Home) -> dict[TextKey, tuple[int, list[str]]]:
    """Group the open texts case by case: key → cases, and the ways, commonest first."""
    ways: dict[TextKey, Counter[tuple[str, str, str]]] = defaultdict(Counter)
    cases = CaseStore(home).scan().filter(~pl.col("located")).collect()
    for case in cases.iter_rows(named=True):
        if case["location_method"] not in ("decided", "geocoded") and case["address"]:
            district, township = case["reported_district"] or "", case["reported_township"] or ""
            key = TextKey.of(text_key(case["address"]), district, township)
            ways[key][case["address"], district, township] += 1
    return {
        key: (
            found.total(),
            list(dict.fromkeys(w[0] for w in sorted(found, key=lambda w: (-found[w], w))))[:3],
        )
        for key, found in ways.items()
    }


def test_texts_are_grouped_as_a_plain_look_groups_them(home: Home) -> None:
    texts = review_queue(home, EVERYWHERE, OPEN).texts()
    expected = plainly(home)
    assert len(expected) > 8
    assert {text.key: (text.cases, list(text.examples)) for text in texts} == expected
    assert [(-t.cases, t.key) for t in texts] == sorted((-t.cases, t.key) for t in texts)
    found = waiting_texts(home, version_of(home))
    assert found["id"].to_list() == [
        TextKey(*row).id for row in found.select("text", "district", "township").iter_rows()
    ]


def test_positions_and_ids_lead_to_the_same_texts(home: Home) -> None:
    queue = review_queue(home, EVERYWHERE, OPEN)
    everything = queue.texts()
    assert len(queue) == len(everything)
    assert queue.texts(2, 3) == everything[2:5]
    assert queue.texts(len(queue), 3) == ()
    assert all(queue.find(text.key.id) == text for text in everything)
    assert queue.find("0" * 16) is None


def test_progress_counts_what_is_decided_before_and_after_it_is_applied(home: Home) -> None:
    first, second, *_ = before = review_queue(home, EVERYWHERE, OPEN).texts()
    cases = sum(text.cases for text in before)
    for text in (first, second):
        decide(home, text.key, example="", place="P3", how="search")
    for applied in (False, True):
        if applied:
            relocate_cases(home)
        progress = review_queue(home, EVERYWHERE, OPEN).progress
        assert (progress.texts_done, progress.texts) == (2, len(before))
        assert (progress.cases_done, progress.cases) == (first.cases + second.cases, cases)
        assert review_queue(home, EVERYWHERE, OPEN).texts() == before[2:]
    undo_decision(home, read_decisions(home).all[0].number)
    relocate_cases(home)
    assert review_queue(home, EVERYWHERE, OPEN).texts()[0] == first


def test_each_list_counts_its_own_texts(client: FlaskClient, home: Home) -> None:
    texts = {state: review_queue(home, EVERYWHERE, state).texts() for state in (OPEN, COARSE)}
    assert len(texts[COARSE]) == 1, "of one text only the township can be told"

    def expect(decided: dict[str, int]) -> None:
        for state, before in texts.items():
            queue, done = review_queue(home, EVERYWHERE, state), before[: decided[state]]
            progress = queue.progress
            assert (progress.texts_done, progress.texts) == (len(done), len(before))
            assert len(queue) == len(before) - len(done)
            assert progress.cases_done == sum(text.cases for text in done)
            assert progress.cases == sum(text.cases for text in before)

    def decide_first(state: str, n: int) -> None:
        for text in texts[state][:n]:
            address = f"/places/review/{text.key.id}?state={state}"
            assert client.post(address, data={"how": "search", "place": "P3"}).status_code == 302

    expect({OPEN: 0, COARSE: 0})
    decide_first(OPEN, 3)
    expect({OPEN: 3, COARSE: 0})
    relocate_cases(home)
    expect({OPEN: 3, COARSE: 0})
    decide_first(COARSE, 1)
    relocate_cases(home)
    expect({OPEN: 3, COARSE: 1})


def test_what_is_kept_is_what_would_be_made(home: Home) -> None:
    made = waiting_texts(home, version_of(home))
    told: list[tuple[int, int]] = []
    prepare_texts(home, lambda done, of: told.append((done, of)))
    (file,) = (home.path / "review").iterdir()
    assert file.stat().st_mode & 0o077 == 0
    assert told
    assert waiting_texts(home, version_of(home)).equals(made)
    decide(
        home, review_queue(home, EVERYWHERE).texts()[0].key, example="", place="P3", how="search"
    )
    relocate_cases(home)
    prepare_texts(home)
    (newer,) = (home.path / "review").iterdir()
    assert newer != file, "what the store does not say any more is not kept"
    assert not waiting_texts(home, version_of(home)).equals(made)


def test_many_texts_are_told_apart_by_a_job(
    client: FlaskClient, home: Home, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(module, "QUICK_CASES", 10)
    assert not review_ready(home)
    answer = client.get("/places/review")
    assert answer.status_code == 302
    job = answer.headers["Location"].removesuffix("/watch")
    assert client.get(job).get_json()["result_url"] == "/places/review"
    assert review_ready(home)
    assert client.get("/places/review").status_code == 200


def test_a_large_register_is_learnt_from_by_a_job(
    client: FlaskClient, home: Home, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert is_trained(home), "the import of cases has trained it"
    prepare_texts(home)
    (tmp_path / "p.csv").write_text("code,name,lng,lat\nN1,新村,83.01,39.01\n", "utf-8")
    import_places(home, tmp_path / "p.csv", update=True)
    assert not is_trained(home)
    assert review_ready(home), "few places are learnt from at once"
    monkeypatch.setattr(module, "QUICK_PLACES", 1)
    answer = client.get("/places/review")
    assert answer.status_code == 302
    assert is_trained(home)
    assert client.get("/places/review").status_code == 200


def test_a_job_that_changes_cases_is_followed_by_it(client: FlaskClient, home: Home) -> None:
    text = review_queue(home, EVERYWHERE).texts()[0]
    client.post(f"/places/review/{text.key.id}", data={"how": "search", "place": "P3"})
    client.post("/places/apply")
    (file,) = (home.path / "review").iterdir()
    assert file.stem.endswith(f"-{version_of(home)}")
    assert services(client.application).home.path == home.path


@pytest.mark.parametrize("command", [["withdraw", "--yes"], ["clean"]])
def test_texts_of_a_withdrawn_batch_are_not_kept(
    home: Home, monkeypatch: pytest.MonkeyPatch, command: list[str]
) -> None:
    monkeypatch.setenv("SUYUAN_HOME", str(home.path))
    prepare_texts(home)
    batch = next(b["batch"] for b in CaseStore(home).batches() if b["file"] == "texts.csv")
    if command == ["clean"]:
        withdraw(home, batch)
        arguments = command
    else:
        arguments = [command[0], batch, *command[1:]]
    ended = CliRunner().invoke(main, ["cases", *arguments])
    assert ended.exit_code == 0, ended.output
    assert list((home.path / "review").iterdir()) == []


def test_an_empty_home_has_nothing_to_prepare(empty_client: FlaskClient) -> None:
    home = services(empty_client.application).home
    assert review_ready(home)
    prepare_texts(home)
    assert not (home.path / "review").exists()
