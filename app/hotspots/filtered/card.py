"""What a selection amounts to: the numbers of the card that a click or a lasso opens."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from app.accounts.areas import EVERYWHERE, Area
from app.cases.callback_rates import CallbackRates
from app.cases.facts.columns import N_ANSWERS, answer_of
from app.hotspots.filtered.class_paths import path_text, paths_of
from app.hotspots.filtered.counting import (
    CodeAxis,
    Counts,
    SpanAxis,
    TimeAxis,
    by_state,
    count_tables,
    every_case,
)
from app.hotspots.filtered.narrowing import Narrowed
from app.hotspots.filtered.series import parts_json
from geodata.counting import CALLERS, INCIDENTS, REPORTS
from geodata.places import current_places, names_of_places

TOP_CLASSES, TOP_PLACES = 8, 10


def selection_json(narrowed: Narrowed, area: Area = EVERYWHERE) -> dict[str, Any]:
    """Return the card of all that the filter keeps; places are named of an area.

    Returns
    -------
    dict
        ``reports, callers`` (distinct known ones, and one for each report of an unknown one),
        ``unknown_callers, top_caller_reports`` (of the most frequent known one), ``incidents``;
        ``parts`` (`parts_json`); ``cells`` with cases; ``classes``: the most frequent, each
        ``name`` (levels joined by " / ", None without a class), ``path, count``, and
        ``other_classes``, the sum of all others; ``periods``: ``label, from, to, days, count``;
        ``rates`` (`CallbackRates.to_json`); ``places``: ``code, name, count`` of those with
        most cases.
    """
    facts, chosen = narrowed.facts, narrowed.chosen
    window, every, time = SpanAxis(narrowed.steps), every_case(), TimeAxis(narrowed.steps)
    cells, of_code = facts.cells_at(chosen.cell_resolution)
    states, callers, answers, cell_counts = count_tables(
        narrowed,
        [
            (by_state(), window),
            (_codes("caller", facts.n_callers), window),
            (_codes("answer", N_ANSWERS), window),
            (CodeAxis("cell", of_code, cells.size), window),
        ],
        REPORTS,
    )
    classes, places, curve = count_tables(
        narrowed,
        [
            (_codes("class", len(facts.words["class"])), window),
            (_codes("place", len(facts.words["place"])), window),
            (every, time),
        ],
        chosen.measure,
    )
    (incidents,) = count_tables(narrowed, [(every, window)], INCIDENTS)
    known = callers[1:, 0]
    return {
        "version": facts.version,
        "measure": chosen.measure,
        REPORTS: int(states.sum()),
        CALLERS: int(np.count_nonzero(known) + callers[0, 0]),
        "unknown_callers": int(callers[0, 0]),
        "top_caller_reports": int(known.max(initial=0)),
        INCIDENTS: int(incidents[0, 0]),
        "parts": parts_json(states)[0],
        "cells": int(np.count_nonzero(cell_counts)),
        **_classes(narrowed, classes[:, 0]),
        "periods": [
            {**step.to_json(), "count": int(count)}
            for step, count in zip(time.steps, curve[0], strict=True)
        ],
        "rates": _rates(answers).to_json(),
        "places": _places(narrowed, places[:, 0], area),
    }


def _codes(column: str, n: int) -> CodeAxis:
    return CodeAxis(column, np.arange(n, dtype=np.int32), n)


def _most(counts: NDArray[np.int32], n: int) -> Sequence[int]:
    """Return the codes with most cases, the most frequent first."""
    first: list[int] = np.argsort(-counts.astype(np.int64), kind="stable")[:n].tolist()
    return [code for code in first if counts[code]]


def _classes(narrowed: Narrowed, counts: NDArray[np.int32]) -> dict[str, Any]:
    entries = narrowed.facts.words["class"]
    top = _most(counts, TOP_CLASSES)
    named = [
        {
            "name": " / ".join(filter(None, entries[code])) or None,
            "path": path_text(paths_of(entries[code])[-1]),
            "count": int(counts[code]),
        }
        for code in top
    ]
    return {"classes": named, "other_classes": int(counts.sum() - counts[top].sum())}


def _rates(answers: Counts) -> CallbackRates:
    counted = ((answer_of(code), n) for code, n in enumerate(answers[:, 0].tolist()) if n)
    return CallbackRates.of({answer: n for answer, n in counted if answer is not None})


def _places(narrowed: Narrowed, counts: NDArray[np.int32], area: Area) -> list[dict[str, Any]]:
    known = counts.copy()
    known[0] = 0
    if not area.whole:
        known[~_named_in(narrowed, area)] = 0
    top = _most(known, TOP_PLACES)
    codes = [narrowed.facts.words["place"][code][0] or "" for code in top]
    names = names_of_places(narrowed.home, codes)
    return [
        {"code": code, "name": names.get(code, ""), "count": int(known[at])}
        for at, code in zip(top, codes, strict=True)
    ]


def _named_in(narrowed: Narrowed, area: Area) -> NDArray[np.bool_]:
    """Tell which places, by their code among the facts, lie in an area."""
    places = current_places(narrowed.home)
    at = {} if places is None else places.positions()
    here = {
        code
        for code, i in at.items()
        if places is not None and area.has_township(places.township[i])
    }
    return np.array([entry[0] in here for entry in narrowed.facts.words["place"]], dtype=bool)
