"""The texts of cases without a location of their own, each once: made for a version of the store.

Telling a hundred thousand texts apart takes seconds, and a page has none to spare: what was found
is kept in the home until the store changes. A job makes it after each change. It holds the texts as
the store does, original: it is readable by the home's owner alone, and goes when the store says
something else.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import lru_cache
from pathlib import Path

import polars as pl

from app.accounts.areas import PLACE_COLUMNS, Area
from app.jobs import RunningJob
from app.places.listing import register_version
from geodata.home import Home
from geodata.places import TextKey, current_places
from geodata.placing import (
    DECIDED,
    GEOCODED,
    geocoder_code,
    is_trained,
    questions_of,
    register_geocoder,
    text_key,
)
from geodata.placing.texts import TEXT_COLUMNS, stated_question
from geodata.store import CaseStore

MOST_EXAMPLES = 3
_REPORTED = ("reported_district", "reported_township")
_KEY = ("text", "district", "township")

LAYOUT = 2
"""Of the table that is kept; one of another layout is made anew."""

OPEN, COARSE = "open", "coarse"
"""Texts that nothing was told of, and those of which only road, community or township is known."""

QUICK_CASES = 5_000
"""Unlocated cases whose texts are told apart while a page waits."""

QUICK_PLACES = 2_000
"""Places of a register whose geocoder is trained while a page waits."""

TOLD_EVERY = 5_000
"""Texts between two words of progress."""

Tell = Callable[[int, int], None]


def waiting_texts(home: Home, version: int) -> pl.DataFrame:
    """Return the texts of a version of the store, in each state most cases first.

    Returns
    -------
    DataFrame
        ``state`` (`OPEN`, `COARSE` or `DECIDED`); ``text, district, township`` (`TextKey`) and its
        ``id``; ``cases``; ``examples``, the most frequent ways in which it was written, and
        ``reported_district, reported_township`` as in the first of them; ``where``, the different
        `PLACE_COLUMNS` of its cases.
    """
    return _known(home, version, _path(home, version).exists())


def texts_within(texts: pl.DataFrame, area: Area) -> pl.DataFrame:
    """Keep the texts all of whose cases lie in an area, or name a part of it.

    A decision moves every case of its text, so one that is said elsewhere too is not this area's.
    """
    if area.whole or texts.is_empty():
        return texts
    rows = texts.select("where").with_row_index().explode("where").unnest("where")
    within = rows.group_by("index").agg(here=area.lies_here().all()).filter("here")
    return texts[within["index"].sort()]


def review_ready(home: Home) -> bool:
    """Tell whether a page can have the texts and their candidates at once."""
    return _texts_ready(home) and (is_trained(home) or _few_places(home))


def _few_places(home: Home) -> bool:
    places = current_places(home)
    return places is None or len(places) <= QUICK_PLACES


def _texts_ready(home: Home) -> bool:
    version = CaseStore(home).version
    return version is None or _path(home, version).exists() or _few_wait(home, version)


@lru_cache(maxsize=4)
def _few_wait(home: Home, version: int) -> bool:
    waiting = _waiting(home, version).select(pl.len()).collect(engine="streaming").item()
    return bool(waiting <= QUICK_CASES)


def prepare_texts(home: Home, tell: Tell | None = None) -> None:
    """Make the texts of the newest version of the store and keep them in place of older ones."""
    version = CaseStore(home).version
    if version is None or (path := _path(home, version)).exists():
        return
    made = _made(home, version, tell)
    path.parent.mkdir(mode=0o700, exist_ok=True)
    draft = path.with_suffix(".draft")
    draft.touch(mode=0o600)
    made.write_parquet(draft)
    draft.replace(path)
    forget_old_texts(home)


def forget_old_texts(home: Home) -> None:
    """Delete what was kept of other versions than the newest: a withdrawn batch's texts go too."""
    version = CaseStore(home).version
    now = None if version is None else _path(home, version)
    for old in (home.path / "review").glob("texts-*"):
        if old != now:
            old.unlink(missing_ok=True)


def prepare_job(home: Home, job: RunningJob, /) -> dict[str, str]:
    """Do the work of a ``prepare-review`` job: the texts, and the model behind candidates."""

    def tell(done: int, of: int) -> None:
        job.report(done, of, f"{done:,} of {of:,} texts", f"已整理 {done:,} / {of:,} 段文本")

    job.report(0, None, "reading", "开始读取")
    prepare_texts(home, tell)
    register = register_version(home)
    if register is not None and not is_trained(home):
        job.report(0, None, "learning from the register", "正在从点位库学习地址写法")
        register_geocoder(home, register)
    return {"url": "/places/review"}


def _path(home: Home, version: int) -> Path:
    return home.path / "review" / f"texts-{LAYOUT}-{geocoder_code()}-{version}.parquet"


@lru_cache(maxsize=4)
def _known(home: Home, version: int, kept: bool) -> pl.DataFrame:
    return pl.read_parquet(_path(home, version)) if kept else _made(home, version, None)


def _made(home: Home, version: int, tell: Tell | None) -> pl.DataFrame:
    """Group the ways in which texts were written by what tells texts apart."""
    written = _distinct(home, version).with_columns(
        pl.col(name).fill_null("") for name in _REPORTED
    )
    keyed = written.join(_keys(written, tell), on=["question", *_REPORTED])
    counted = (
        keyed.sort("where")
        .group_by("state", "id", *_KEY, "question", *_REPORTED, maintain_order=True)
        .agg(pl.col("len").sum(), pl.col("where"))
    )
    ways = counted.sort("len", "question", *_REPORTED, descending=[True, False, False, False])
    return (
        ways.group_by("state", "id", *_KEY, maintain_order=True)
        .agg(
            cases=pl.col("len").sum(),
            examples=pl.col("question").unique(maintain_order=True).head(MOST_EXAMPLES),
            reported_district=pl.col("reported_district").first(),
            reported_township=pl.col("reported_township").first(),
            where=pl.col("where").explode().unique(maintain_order=True),
        )
        .sort("cases", *_KEY, descending=[True, False, False, False])
    )


def _keys(written: pl.DataFrame, tell: Tell | None) -> pl.DataFrame:
    rows = written.select("question", *_REPORTED).unique()
    keys = []
    for done, (text, district, township) in enumerate(rows.iter_rows()):
        if tell is not None and done % TOLD_EVERY == 0:
            tell(done, rows.height)
        key = TextKey.of(text_key(text), district, township)
        keys.append((*key, key.id))
    schema = dict.fromkeys((*_KEY, "id"), pl.String)
    return rows.hstack(pl.DataFrame(keys, schema=schema, orient="row"))


def _distinct(home: Home, version: int) -> pl.DataFrame:
    """Return the distinct questions of the cases without a location of their own, counted."""
    waiting = _waiting(home, version)
    by = ["question", *_REPORTED, "where", "state"]
    stated = waiting.with_columns(stated_question()).group_by(by).len().collect(engine="streaming")
    parts = [stated.filter(pl.col("question").is_not_null())]
    if stated["question"].has_nulls():
        parts += _silent(waiting, by)
    return pl.concat(parts).group_by(by).agg(pl.col("len").sum())


def _waiting(home: Home, version: int) -> pl.LazyFrame:
    state = (
        pl.when(pl.col("location_method") == DECIDED)
        .then(pl.lit(DECIDED))
        .when(pl.col("location_method") == GEOCODED)
        .then(pl.lit(COARSE))
        .otherwise(pl.lit(OPEN))
        .alias("state")
    )
    unlocated = ~pl.col("located") | (pl.col("location_method") == DECIDED)
    frame = CaseStore(home).scan(version).filter(unlocated)
    return frame.select(*TEXT_COLUMNS, "month", state, where=pl.struct(PLACE_COLUMNS))


def _silent(waiting: pl.LazyFrame, by: list[str]) -> list[pl.DataFrame]:
    """Count what titles and contents name, a month at a time: contents are long."""
    silent = waiting.filter(stated_question().is_null())
    parts = []
    for month in silent.select(pl.col("month").unique()).collect().to_series().sort():
        cases = silent.filter(pl.col("month") == month).collect(engine="streaming")
        asked = cases.with_columns(questions_of(cases)).filter(pl.col("question").is_not_null())
        parts.append(asked.group_by(by).len())
    return parts
