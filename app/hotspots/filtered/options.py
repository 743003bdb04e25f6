"""What each part of the filter offers, with how many reports it keeps."""

from __future__ import annotations

from collections import Counter
from typing import Any

import numpy as np

from app.cases.facts.columns import unit_of
from app.hotspots.filtered.classes import class_levels, class_tree
from app.hotspots.filtered.counting import CodeAxis, Table, count_tables, every_case
from app.hotspots.filtered.forms import NO_VALUE
from app.hotspots.filtered.narrowing import Narrowed
from app.hotspots.filtered.townships import township_axis
from geodata.areas import current_boundaries
from geodata.counting import REPORTS

_TEXTS = ("channel", "kind", "status")


def options_json(narrowed: Narrowed) -> dict[str, Any]:
    """Return the values that cases have, the most frequent first.

    Returns
    -------
    dict
        ``version``; ``from, to``: the days of the store (None without cases); ``class``: the tree
        (`class_tree`); ``channel, kind, status, handler``: ``value, count``; ``district,
        township``: ``value, name, count``, by the attribution, a township with its ``district``.
        `NO_VALUE` stands for cases without a value.
    """
    facts, attributed = narrowed.facts, narrowed.attributed
    levels, areas, every = class_levels(facts), township_axis(narrowed), every_case()
    districts = sorted({code for code in attributed.district if code})
    tables: list[Table] = [
        *((_axis(name, len(facts.words[name])), every) for name in _TEXTS),
        (_axis("handler", len(facts.words["handler"])), every),
        (areas, every),
        (_district_axis(narrowed, districts), every),
        *((level.axis, every) for level in levels),
    ]
    counts = [counted[:, 0].tolist() for counted in count_tables(narrowed, tables, REPORTS)]
    n = len(_TEXTS) + 1
    units = [unit_of(entry) for entry in facts.words["handler"]]
    names = district_names(narrowed, districts)
    return {
        "version": facts.version,
        "from": facts.days and facts.days[0].isoformat(),
        "to": facts.days and facts.days[1].isoformat(),
        "class": class_tree(levels, [np.array(each, dtype=np.int32) for each in counts[n + 2 :]]),
        **{
            name: _offered([text for (text,) in facts.words[name]], counts[at])
            for at, name in enumerate(_TEXTS)
        },
        "handler": _offered(units, counts[n - 1]),
        "township": _townships(narrowed, counts[n]),
        "district": _named([*districts, None], [*names, None], counts[n + 1]),
    }


def _townships(narrowed: Narrowed, counts: list[int]) -> list[dict[str, Any]]:
    attributed = narrowed.attributed
    district = dict(zip(attributed.codes, attributed.districts, strict=True))
    offered = _named([*attributed.codes, None], [*attributed.names, None], counts)
    return [{**each, "district": district.get(each["value"])} for each in offered]


def _axis(column: str, n: int) -> CodeAxis:
    return CodeAxis(column, np.arange(n, dtype=np.int32), n)


def _district_axis(narrowed: Narrowed, districts: list[str]) -> CodeAxis:
    place = {code: at for at, code in enumerate(districts)}
    group = [place.get(code, len(districts)) for code in narrowed.attributed.district]
    column = narrowed.attributed.column
    return CodeAxis(column, np.array(group, dtype=np.int32), len(districts) + 1)


def district_names(narrowed: Narrowed, codes: list[str]) -> list[str | None]:
    """Return what districts are called; their codes where there is no name."""
    boundaries = current_boundaries(narrowed.home, "district")
    known = {} if boundaries is None else dict(zip(boundaries.codes, boundaries.names, strict=True))
    return [str(known.get(code, code)) for code in codes]


def _offered(texts: list[str | None], counts: list[int]) -> list[dict[str, Any]]:
    found: Counter[str] = Counter()
    for text, n in zip(texts, counts, strict=True):
        found[NO_VALUE if text is None else text] += n
    ordered = sorted(found.items(), key=lambda pair: (-pair[1], pair[0]))
    return [{"value": value, "count": n} for value, n in ordered if n]


def _named(
    codes: list[str | None], names: list[str | None], counts: list[int]
) -> list[dict[str, Any]]:
    by_code = dict(zip(codes, names, strict=True))
    offered = _offered(codes, counts)
    return [{**each, "name": by_code.get(each["value"])} for each in offered]
