"""The facts of one month, read from its files in the store and turned into codes."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np
import polars as pl
import pyarrow as pa
import pyarrow.compute as pc
from numpy.typing import NDArray

from app.cases.facts.coding import Numbers, Words
from app.cases.facts.columns import (
    ANSWERS,
    CODED,
    FACT_RESOLUTION,
    LOCATED,
    SECONDS_AN_HOUR,
    TOWNSHIP_ONLY,
    UNLOCATED,
    answer_codes,
)
from geodata.arrays import in_one
from geodata.left_out import read_columns
from spatial.grid import NO_CELL, parents

_COLUMNS = (
    *dict.fromkeys(name for names in CODED.values() for name in names),
    "received_local", "case_id", "caller", "cell", "located", "township_only",
    "valid", "responded", "resolved", "satisfaction",
)  # fmt: skip

Columns = dict[str, NDArray[Any]]


def read_month(
    files: Sequence[Path], words: Mapping[str, Words], cells: Numbers, callers: Numbers
) -> Columns:
    """Return the facts of a month's cases, in the order of its files.

    Parameters
    ----------
    files : sequence of Path
    words : mapping of str to Words
        One list for each of `CODED`; new entries are added.
    cells, callers : Numbers
        Likewise.
    """
    rows = pa.concat_tables([read_columns(path, _COLUMNS, coded=True) for path in files])
    rows = rows.unify_dictionaries()
    facts: Columns = {**_times(rows), "state": _states(rows), "answer": _answers(rows)}
    facts["cell"] = _cells(rows, cells)
    facts["caller"] = _callers(rows, callers)
    for name, texts in CODED.items():
        facts[name] = words[name].encode([rows[text] for text in texts])
    return facts


def _times(rows: pa.Table) -> Columns:
    seconds = in_one(rows["received_local"]).cast(pa.timestamp("s"), safe=False).to_numpy()
    of_month = (seconds - seconds.astype("datetime64[M]")).astype(np.int64)
    slot, second = np.divmod(of_month, SECONDS_AN_HOUR)
    return {"slot": slot.astype(np.uint16), "second": second.astype(np.uint16)}


def _states(rows: pa.Table) -> NDArray[np.uint8]:
    located, township_only = (_flags(rows, name) for name in ("located", "township_only"))
    state = np.select([located, township_only], [LOCATED, TOWNSHIP_ONLY], UNLOCATED)
    return state.astype(np.uint8)


def _answers(rows: pa.Table) -> NDArray[np.uint8]:
    said = rows["satisfaction"].combine_chunks()
    place = {text: place for place, text in enumerate(ANSWERS, 1)}
    places = np.array([0, *(place.get(text, 0) for text in said.dictionary.to_pylist())])
    satisfaction = places[said.indices.cast(pa.int64()).fill_null(-1).to_numpy() + 1]
    responded, resolved = (_yes_or_no(rows, name) for name in ("responded", "resolved"))
    return answer_codes(_flags(rows, "valid"), responded, resolved, satisfaction)


def _cells(rows: pa.Table, cells: Numbers) -> NDArray[np.uint32]:
    stored = in_one(rows["cell"]).fill_null(NO_CELL).to_numpy()
    return cells.encode(parents(stored, FACT_RESOLUTION), stored == NO_CELL)


def _callers(rows: pa.Table, callers: Numbers) -> NDArray[np.uint32]:
    # Callers are told apart by 64 bits of their hash: two share them once in 10^19.
    texts = pl.Series(pl.from_arrow(rows["caller"].cast(pa.string())))
    hashes = texts.hash().to_numpy().view(np.int64)
    return callers.encode(hashes, texts.is_null().to_numpy())


def _flags(rows: pa.Table, name: str) -> NDArray[np.bool_]:
    flags: NDArray[np.bool_] = in_one(rows[name]).fill_null(False).to_numpy(zero_copy_only=False)
    return flags


def _yes_or_no(rows: pa.Table, name: str) -> NDArray[np.int64]:
    said = in_one(rows[name]).cast(pa.int8()).cast(pa.int64())
    answer: NDArray[np.int64] = pc.add(said, 1).fill_null(0).to_numpy()
    return answer


def case_hashes(files: Sequence[Path]) -> pl.DataFrame:
    """Return 64 bits of each case's id (``case``), in the order of a month's files."""
    ids = pa.concat_tables([read_columns(path, ["case_id"]) for path in files])
    return pl.DataFrame(pl.from_arrow(ids)).select(case=pl.col("case_id").hash())
