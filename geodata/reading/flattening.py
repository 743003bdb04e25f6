"""Nested records → one level of named texts, by one rule for JSON and XML.

Names of nested values are joined by dots (``location.latitude``). A list of plain values becomes
one text with commas, a list of records stays JSON text. A GeoJSON point gives ``NAME.longitude``
and ``NAME.latitude``. Numbers stay the very digits that the file has.
"""

import json
from collections.abc import Iterator, Mapping

DEEPEST = 16
"""Levels of nesting that are read; real sources have two or three."""


class NestedTooDeepError(ValueError):
    """A record holds more than `DEEPEST` levels."""


def flatten(record: Mapping[str, object]) -> dict[str, str | None]:
    """Flatten a record.

    Parameters
    ----------
    record : mapping
        Values are text, None, booleans, lists and mappings; numbers are text already.

    Raises
    ------
    NestedTooDeepError

    Examples
    --------
    >>> flatten({"id": "7", "point": {"type": "Point", "coordinates": ["116.4", "39.9"]}})
    {'id': '7', 'point.type': 'Point', 'point.longitude': '116.4', 'point.latitude': '39.9'}
    """
    flat: dict[str, str | None] = {}
    for name, text in _walk(record, "", 1):
        flat.setdefault(name, text)
    return flat


def _walk(
    record: Mapping[str, object], prefix: str, depth: int
) -> Iterator[tuple[str, str | None]]:
    if depth > DEEPEST:
        raise NestedTooDeepError
    point = _point(record)
    for key, value in record.items():
        name = f"{prefix}{key}"
        if point and key == "coordinates":
            yield f"{prefix}longitude", point[0]
            yield f"{prefix}latitude", point[1]
        elif isinstance(value, dict):
            yield from _walk(value, f"{name}.", depth + 1)
        else:
            yield name, _text(value)


def _point(record: Mapping[str, object]) -> tuple[str, str] | None:
    coordinates = record.get("coordinates")
    if record.get("type") != "Point" or not isinstance(coordinates, list) or len(coordinates) < 2:
        return None
    lng, lat = coordinates[:2]
    return (lng, lat) if isinstance(lng, str) and isinstance(lat, str) else None


def _text(value: object) -> str | None:
    if value is None or isinstance(value, str):
        return value
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, list) and not any(isinstance(each, (dict, list)) for each in value):
        return ", ".join(_text(each) or "" for each in value)
    return json.dumps(value, ensure_ascii=False)
