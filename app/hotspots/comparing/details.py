"""The numbers behind one cell of a comparison."""

from __future__ import annotations

from typing import Any

import numpy as np

from app.errors import Missing
from app.hotspots.comparing.areas import finite
from app.hotspots.comparing.stored import StoredComparison, load_comparison, read_change
from app.hotspots.comparing.wording import change_numbers, change_sentence
from app.hotspots.geography import townships
from app.translation import _
from geodata.home import Home
from spatial.grid import cell_centres, cell_from_name, cell_resolution

FIGURES = ("expected", "ratio", "low", "high", "p_value", "q_value")


def cell_change(home: Home, comparison_id: str, name: str) -> dict[str, Any]:
    """Return what is known of one cell, in the reader's language.

    Returns
    -------
    dict
        ``code, title, sentence, numbers`` (``label, value, unit``), ``level, before, after,
        neighbourhood_before, neighbourhood_after, expected, ratio, low, high, p_value, q_value``
        (None where not tested; `ratio` and `high` also where there was no case before),
        ``lng, lat, township``.

    Raises
    ------
    Missing
        There is no such comparison, or it has no such cell.
    """
    found = load_comparison(home, comparison_id)
    row = read_change(home, comparison_id, _parse_cell(found, name))
    if row is None:
        raise _not_there(found, name)
    lat, lng = cell_centres(np.array([row["cell"]]))
    township = _township_at(home, found, float(lng[0]), float(lat[0]))
    where = township["name"] if township else _("区划之外")
    numbers = change_numbers(found, row)
    return {
        "code": name,
        "title": _("%(township)s的分析单元", township=where),
        "sentence": change_sentence(found, row),
        "numbers": [
            {"label": label, "value": value, "unit": unit} for label, value, unit in numbers
        ],
        **{key: value for key, value in row.items() if key != "cell"},
        **{figure: finite(row[figure]) for figure in FIGURES},
        "lng": float(lng[0]),
        "lat": float(lat[0]),
        "township": township,
    }


def _township_at(
    home: Home, found: StoredComparison, lng: float, lat: float
) -> dict[str, str] | None:
    boundaries = townships(home, found.record["boundary_versions"]["township"])
    at = int(boundaries.locate(np.array([lng]), np.array([lat]))[0])
    if at < 0:
        return None
    return {"code": str(boundaries.codes[at]), "name": str(boundaries.names[at])}


def _parse_cell(found: StoredComparison, name: str) -> int:
    try:
        cell = cell_from_name(name)
    except ValueError:
        raise _not_there(found, name) from None
    if cell_resolution(cell) != found.resolution:
        raise _not_there(found, name)
    return cell


def _not_there(found: StoredComparison, name: str) -> Missing:
    return Missing(
        f"comparison {found.id} has no cell {name!r}", f"两期对比 {found.id} 中没有单元 {name!r}"
    )
