"""The geocoder of a home's register: built once a version, its model trained once a file.

Training takes seconds to minutes, an index less than one. A register that people have edited keeps
the model of the file that it came from, so that an edit shows at once and the same register gives
the same answers, whatever was asked before. Models are kept beside the register.
"""

from __future__ import annotations

import dataclasses
import json
import threading
from functools import lru_cache
from pathlib import Path
from typing import Any, get_type_hints

import numpy as np
import shapely

import geodata.geocoding
from geodata.areas import Boundaries, Places, current_boundaries, load_boundaries
from geodata.areas.places import PLACES_LAYER
from geodata.areas.versions import current_version
from geodata.errors import NotFound
from geodata.geocoding import Gazetteer, Geocoder, Model
from geodata.geocoding.index import TOWNSHIP
from geodata.home import Home
from geodata.places import places_of_version, read_changes
from geodata.program import source_digest

MODELS = "models"

_building = threading.Lock()


def register_geocoder(home: Home, version: str) -> Geocoder:
    """Return the geocoder that knows every name, alias and address of a version's places."""
    # Threads of an import ask at once; one builds, the others wait for it.
    with _building:
        return _geocoder(home, version, current_version(home.boundaries, "township"))


def is_trained(home: Home) -> bool:
    """Tell whether the model of the register in use is kept, so that its geocoder is soon built."""
    version = current_version(home.places, PLACES_LAYER)
    if version is None:
        return True
    townships = current_version(home.boundaries, "township")
    return _model_file(home, _root(home, version), townships).exists()


def home_geocoder(home: Home) -> Geocoder:
    """Return the geocoder of what a home knows: its register, else the names of its townships.

    Raises
    ------
    NotFound
        When neither places nor townships were imported.
    """
    version = current_version(home.places, PLACES_LAYER)
    if version is not None:
        return register_geocoder(home, version)
    townships = current_boundaries(home, "township")
    if townships is None:
        raise NotFound(
            "nothing to place addresses by: import townships (suyuan boundaries import) and places "
            "(suyuan places import) first",
            "没有可供匹配的地点：请先导入街乡镇边界（suyuan boundaries import）和点位库"
            "（suyuan places import）",
        )
    inner = shapely.point_on_surface(townships.geometry)
    names, n = townships.names.tolist(), len(townships)
    return Geocoder(
        Gazetteer.of(
            names, shapely.get_x(inner), shapely.get_y(inner), place=[None] * n, township=names,
            district=townships.district_names.tolist(), kind=[TOWNSHIP] * n,
        )
    )  # fmt: skip


@lru_cache(maxsize=2)
def _geocoder(home: Home, version: str, townships: str | None) -> Geocoder:
    root = _root(home, version)
    model = _kept_model(home, root, townships)
    if model is None:
        model = Geocoder(_gazetteer(home, root, townships)).model
        _keep_model(home, root, townships, model)
    return Geocoder(_gazetteer(home, version, townships), model=model)


def _root(home: Home, version: str) -> str:
    """Return the version that the last file brought, before people edited it."""
    after = version
    for change in reversed(read_changes(home)):
        if change.after != after:
            continue
        if change.action == "import" or change.before is None:
            return after
        after = change.before
    return after


def _gazetteer(home: Home, version: str, townships_version: str | None) -> Gazetteer:
    townships = load_boundaries(home, "township", townships_version) if townships_version else None
    return gazetteer_of(places_of_version(home, version), townships)


def gazetteer_of(places: Places, townships: Boundaries | None) -> Gazetteer:
    """Return a line for every name, alias and address of every place."""
    names: dict[Any, Any] = {}
    districts: dict[Any, Any] = {}
    if townships is not None:
        names = dict(zip(townships.codes, townships.names, strict=True))
        districts = dict(zip(townships.codes, townships.district_names, strict=True))
    columns = zip(places.names, places.aliases, places.addresses, strict=True)
    lines = dict.fromkeys(
        (text, i)
        for i, (name, aliases, address) in enumerate(columns)
        for text in (name, *aliases, address)
        if text
    )
    at = np.array([i for _, i in lines], dtype=np.int64)
    codes, given = places.township[at], places.given_townships[at]
    return Gazetteer.of(
        [text for text, _ in lines],
        places.lng[at],
        places.lat[at],
        place=places.codes[at].tolist(),
        township=[names.get(code, own) for code, own in zip(codes, given, strict=True)],
        district=[
            own or districts.get(code)
            for code, own in zip(codes, places.districts[at], strict=True)
        ],
        kind=places.kinds[at].tolist(),
    )


def _kept_model(home: Home, version: str, townships: str | None) -> Model | None:
    path = _model_file(home, version, townships)
    return _read(Model, json.loads(path.read_text("utf-8"))) if path.exists() else None


def _keep_model(home: Home, version: str, townships: str | None, model: Model) -> None:
    path = _model_file(home, version, townships)
    path.parent.mkdir(mode=0o700, exist_ok=True)
    draft = path.with_suffix(".draft")
    draft.write_text(json.dumps(_plain(model)), "utf-8")
    draft.replace(path)


def _plain(value: Any) -> Any:
    """Return a dataclass of arrays, numbers and such dataclasses as JSON can hold it."""
    if dataclasses.is_dataclass(value):
        return {each.name: _plain(getattr(value, each.name)) for each in dataclasses.fields(value)}
    return value.tolist() if isinstance(value, np.ndarray) else float(value)


def _read(kind: Any, value: Any) -> Any:
    """Return what `_plain` made this of."""
    if dataclasses.is_dataclass(kind):
        kinds = get_type_hints(kind)
        return kind(**{name: _read(kinds[name], each) for name, each in value.items()})  # type: ignore[operator]
    return np.array(value, dtype=float) if isinstance(value, list) else value


def _model_file(home: Home, version: str, townships: str | None) -> Path:
    return home.places / MODELS / f"{version}-{townships or 'none'}-{geocoder_code()}.json"


def geocoder_code() -> str:
    """Name what the geocoder is: another program trains its own models, tells texts apart anew."""
    return source_digest(geodata.geocoding).hex()[:8]
