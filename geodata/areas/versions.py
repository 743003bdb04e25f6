"""Layers kept in versions: every import stays, a small file says which one is current."""

from __future__ import annotations

import hashlib
import json
import re
from pathlib import Path
from typing import Any

import geopandas as gpd
import numpy as np
import shapely

from geodata.errors import NotFound

HASH_DIGITS = 12
_CURRENT = "current.json"
_CHINESE_NAMES = {"township": "街乡镇边界", "district": "区边界", "places": "点位库"}


def save_version(folder: Path, layer: str, frame: gpd.GeoDataFrame) -> str:
    """Store a layer under the hash of its content and make it the current one; see below."""
    version = store_version(folder, layer, frame)
    make_current(folder, layer, version)
    return version


def store_version(folder: Path, layer: str, frame: gpd.GeoDataFrame) -> str:
    """Store a layer under the hash of its content; which one is current stays.

    Parameters
    ----------
    folder : Path
        Where versions of this kind are kept.
    layer : str
        Name of the layer, for example ``"township"``.
    frame : GeoDataFrame
        Rows in their final order; every column counts in the hash.

    Returns
    -------
    str
        The version, ``"<layer>-<12 hex digits>"``: equal content, equal version.
    """
    version = f"{layer}-{_content_hash(frame)}"
    target = folder / f"{version}.parquet"
    if not target.exists():
        draft = target.with_suffix(".draft")
        frame.to_parquet(draft)
        draft.replace(target)
    return version


def make_current(folder: Path, layer: str, version: str) -> None:
    """Say which stored version of a layer is in use."""
    _write_current(folder, {**_read_current(folder), layer: version})


def read_version(folder: Path, layer: str, version: str | None) -> tuple[str, gpd.GeoDataFrame]:
    """Return a version of a layer and its rows; the current one when `version` is None.

    Raises
    ------
    NotFound
        When there is no such version, or nothing was imported yet.
    """
    wanted = version or current_version(folder, layer)
    if wanted is None:
        raise NotFound(f"no {layer} layer has been imported yet", f"还没有导入{_named(layer)}")
    path = folder / f"{wanted}.parquet"
    if not re.fullmatch(rf"{re.escape(layer)}-[0-9a-f]{{{HASH_DIGITS}}}", wanted):
        raise NotFound(
            f"{wanted!r} is not a version of the {layer} layer",
            f"“{wanted}”不是{_named(layer)}的版本号",
        )
    if not path.is_file():
        raise NotFound(
            f"no version {wanted!r} of the {layer} layer",
            f"{_named(layer)}没有“{wanted}”这个版本",
        )
    return wanted, gpd.read_parquet(path)


def current_version(folder: Path, layer: str) -> str | None:
    """Return the version of a layer that is in use, None when none was imported."""
    return _read_current(folder).get(layer)


def _named(layer: str) -> str:
    return _CHINESE_NAMES.get(layer, layer)


def _content_hash(frame: gpd.GeoDataFrame) -> str:
    digest = hashlib.sha256()
    attributes = frame.drop(columns="geometry")
    rows = [[_plain(value) for value in row] for row in attributes.itertuples(index=False)]
    columns = list(attributes.columns)
    digest.update(json.dumps([columns, rows], ensure_ascii=False).encode())
    # Normalised: the same ring started at another vertex is the same shape.
    for shape in shapely.to_wkb(shapely.normalize(frame.geometry.to_numpy()), byte_order=1):
        digest.update(shape)
    return digest.hexdigest()[:HASH_DIGITS]


def _plain(value: Any) -> Any:
    if isinstance(value, (float, np.floating)):
        return None if np.isnan(value) else float(value)
    return None if value is None else str(value)


def _read_current(folder: Path) -> dict[str, str]:
    path = folder / _CURRENT
    if not path.exists():
        return {}
    current: dict[str, str] = json.loads(path.read_text(encoding="utf-8"))
    return current


def _write_current(folder: Path, current: dict[str, str]) -> None:
    draft = folder / f"{_CURRENT}.draft"
    draft.write_text(json.dumps(current, indent=1, sort_keys=True), encoding="utf-8")
    draft.replace(folder / _CURRENT)
