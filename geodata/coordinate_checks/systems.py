"""Does a file use another coordinate system than it says? Told with evidence, never converted.

GCJ-02 and BD-09 move a city by half a kilometre to more than one: far enough that cases leave the
township that they name, the place that they name, and at the rim the city itself. So the
coordinates are read as each of the three systems, and cases are counted that *fit*:

``township``  the case names a township (without townships, a district) and lies in it;
``place``     the case names a place of the register and lies within `PLACE_M` of it;
``extent``    the case names neither, and lies in the city.

Two systems are compared by the cases that fit under one of them only (McNemar's sign test): one is
better where at least `LEAST_BETTER` cases fit under it alone, `BETTER_RATIO` times as many as under
the other alone, by `LEAST_Z` standard deviations and by `LEAST_SHARE` of all that were asked. A
file looks like another system when that is better than the declared one and better than the third;
the declared one fits when it is better than both others; otherwise nothing can be told.

A wrong system of the boundaries themselves shows in the same way: the note says so.
"""

from __future__ import annotations

from dataclasses import asdict, dataclass
from typing import Any

import numpy as np
import polars as pl
import shapely
from numpy.typing import NDArray

from geodata.areas import OUTSIDE, Boundaries, Places
from geodata.coordinate_checks.naming import AreaNaming, named_places
from geodata.coordinates import BD09, GCJ02, WGS84, Floats, is_in_china, parse_crs, to_wgs84
from geodata.notes import Note

SYSTEMS = (WGS84, GCJ02, BD09)

PLACE_M = 250.0
"""The smallest shift between two of the systems in China is about 300 m."""
LEAST_BETTER = 20
BETTER_RATIO = 3.0
LEAST_Z = 5.0
LEAST_SHARE = 0.01
SAMPLED_CASES = 20_000

COLUMNS = (
    "case_id", "source_lng", "source_lat", "source_crs", "reported_township",
    "reported_district", "reported_place", "address",
)  # fmt: skip

FITS, LOOKS_LIKE, CANNOT_TELL, NOT_APPLICABLE = "fits", "looks_like", "cannot_tell", "no_matter"

_METRES_PER_DEGREE = 111_195.0


@dataclass(frozen=True)
class Evidence:
    """Cases of one kind that fit under each system.

    Attributes
    ----------
    by : {"township", "place", "extent"}
    cases : int
        Cases asked.
    fit : dict of str to int
        How many fit, by system.
    """

    by: str
    cases: int
    fit: dict[str, int]


@dataclass(frozen=True)
class SystemVerdict:
    """What a file's coordinates look like.

    Attributes
    ----------
    declared : str
    verdict : {"fits", "looks_like", "cannot_tell", "no_matter"}
        ``no_matter``: outside China the three systems are one, or the file is in another one.
    system : str or None
        The one it looks like.
    better, worse : int
        Cases that fit under that one alone, and under the declared one alone.
    evidence : tuple of Evidence
    """

    declared: str
    verdict: str
    system: str | None = None
    better: int = 0
    worse: int = 0
    evidence: tuple[Evidence, ...] = ()

    def to_json(self) -> dict[str, Any]:
        """Return plain values."""
        return asdict(self)

    @property
    def note(self) -> Note | None:
        """The line that tells people, None where there is nothing to tell."""
        return None if self.verdict != LOOKS_LIKE else _note(self)


def judge_system(
    cases: pl.DataFrame,
    townships: Boundaries | None,
    districts: Boundaries | None,
    places: Places | None,
) -> SystemVerdict:
    """Tell whether cases lie where they say under the system that their file declares.

    Parameters
    ----------
    cases : DataFrame
        `COLUMNS`; a sample is enough. The most frequent system is the declared one, rows of others
        are left out.
    townships, districts : Boundaries or None
    places : Places or None
    """
    declared = _declared(cases)
    if declared not in SYSTEMS:
        return SystemVerdict(declared, NOT_APPLICABLE)
    cases = _usable(cases, declared)
    lng, lat = (cases[name].to_numpy() for name in ("source_lng", "source_lat"))
    if 2 * int(is_in_china(lng, lat).sum()) < max(len(lng), 1):
        return SystemVerdict(declared, NOT_APPLICABLE)
    read = [to_wgs84(lng, lat, system) for system in SYSTEMS]
    kinds = _fits(cases, read, townships, districts, places)
    evidence = tuple(
        Evidence(by, len(fit), dict(zip(SYSTEMS, map(int, fit.sum(axis=0)), strict=True)))
        for by, fit in kinds.items()
        if len(fit)
    )
    fit = np.concatenate(list(kinds.values())) if kinds else np.zeros((0, 3), bool)
    return _verdict(declared, fit, evidence)


def sample_of(cases: pl.LazyFrame) -> dict[str, pl.DataFrame]:
    """Return `COLUMNS` of some `SAMPLED_CASES` cases of each ``batch``, whatever their order."""
    counted = cases.group_by("batch").len().collect(engine="streaming")
    every = counted.select(
        "batch", every=pl.max_horizontal(pl.lit(1), pl.col("len") // SAMPLED_CASES)
    )
    rows = cases.select(*COLUMNS, "batch").join(every.lazy(), on="batch")
    sample = _sampled(rows, pl.col("every"))
    return {
        str(batch): found.select(COLUMNS)
        for (batch,), found in sample.partition_by("batch", as_dict=True).items()
    }


def sample_of_batch(cases: pl.LazyFrame) -> pl.DataFrame:
    """Return the same sample of cases that are all of one batch, in a fraction of the time."""
    rows = int(cases.select(pl.len()).collect(engine="streaming").item())
    return _sampled(cases.select(COLUMNS), pl.lit(max(1, rows // SAMPLED_CASES), pl.UInt32))


def _sampled(cases: pl.LazyFrame, every: pl.Expr) -> pl.DataFrame:
    chosen = cases.filter(pl.col("case_id").hash(seed=1) % every == 0)
    return chosen.collect(engine="streaming").sort("case_id")


def _declared(cases: pl.DataFrame) -> str:
    named = cases["source_crs"].drop_nulls()
    if named.is_empty():
        return WGS84
    counted = named.value_counts().sort("count", "source_crs", descending=[True, False])
    return parse_crs(str(counted["source_crs"][0]))


def _usable(cases: pl.DataFrame, declared: str) -> pl.DataFrame:
    lng, lat = pl.col("source_lng"), pl.col("source_lat")
    return cases.filter(
        pl.col("source_crs").fill_null(declared) == declared,
        lng.is_finite() & lat.is_finite() & (lng.abs() <= 180) & (lat.abs() <= 90),
        (lng != lng.round()) | (lat != lat.round()),
    )


def _fits(
    cases: pl.DataFrame,
    read: list[tuple[Floats, Floats]],
    townships: Boundaries | None,
    districts: Boundaries | None,
    places: Places | None,
) -> dict[str, NDArray[np.bool_]]:
    """Return whether each case of a kind fits under each system; shape (cases, systems)."""
    addresses = cases["address"].fill_null("").to_list()
    found: dict[str, NDArray[np.bool_]] = {}
    silent = np.ones(cases.height, dtype=bool)
    areas = townships if townships is not None else districts
    if areas is not None:
        field = "reported_township" if townships is not None else "reported_district"
        named = AreaNaming(areas).find(
            cases[field].to_list(), cases["reported_district"].to_list(), addresses
        )
        where = np.column_stack([areas.locate(*points) for points in read])
        # A case that no system brings into the city tells nothing of systems.
        anywhere = (where != OUTSIDE).any(axis=1)
        asked = (named != OUTSIDE) & anywhere
        found["township"] = where[asked] == named[asked, None]
        silent &= (named == OUTSIDE) & anywhere
    if places is not None:
        place = named_places(cases["reported_place"].to_list(), addresses, places)
        asked = place != OUTSIDE
        found["place"] = _near(places, place[asked], [(x[asked], y[asked]) for x, y in read])
        silent &= ~asked
    if areas is not None:
        found["extent"] = where[silent] != OUTSIDE
    return found


def _near(
    places: Places, place: NDArray[np.int64], read: list[tuple[Floats, Floats]]
) -> NDArray[np.bool_]:
    """Return whether each case lies near its place under each system, on one local plane."""
    if not place.size:
        return np.zeros((0, len(SYSTEMS)), dtype=bool)
    across = np.cos(np.radians(np.median(places.lat)))
    scale = np.array([across, 1.0]) * _METRES_PER_DEGREE
    shapes = shapely.transform(places.geometry, lambda corner: corner * scale)[place]
    points = (shapely.points(np.column_stack(each) * scale) for each in read)
    return np.column_stack([shapely.dwithin(shapes, each, PLACE_M) for each in points])


def _verdict(
    declared: str, fit: NDArray[np.bool_], evidence: tuple[Evidence, ...]
) -> SystemVerdict:
    own = SYSTEMS.index(declared)
    others = [each for each in range(len(SYSTEMS)) if each != own]
    if all(_is_better(fit, own, other) for other in others):
        return SystemVerdict(declared, FITS, evidence=evidence)
    for system in others:
        if all(_is_better(fit, system, other) for other in range(3) if other != system):
            better, worse = _alone(fit, system, own)
            name = SYSTEMS[system]
            return SystemVerdict(declared, LOOKS_LIKE, name, better, worse, evidence)
    return SystemVerdict(declared, CANNOT_TELL, evidence=evidence)


def _alone(fit: NDArray[np.bool_], one: int, other: int) -> tuple[int, int]:
    """Cases that fit under one system alone, and under the other alone."""
    return int((fit[:, one] & ~fit[:, other]).sum()), int((fit[:, other] & ~fit[:, one]).sum())


def _is_better(fit: NDArray[np.bool_], one: int, other: int) -> bool:
    better, worse = _alone(fit, one, other)
    return (
        better >= LEAST_BETTER
        and better >= BETTER_RATIO * worse
        and better - worse >= LEAST_Z * np.sqrt(better + worse)
        and better - worse >= LEAST_SHARE * len(fit)
    )


_KINDS = {
    "township": ("lie in the township they name", "落在所报街乡镇内"),
    "place": ("lie at the place they name", "落在所报点位处"),
    "extent": ("lie in the city", "落在本市范围内"),
}


def _note(verdict: SystemVerdict) -> Note:
    system, declared = str(verdict.system), verdict.declared
    english, chinese = [], []
    for each in verdict.evidence:
        here, there = each.fit[declared], each.fit[system]
        if here == there:
            continue
        words = _KINDS[each.by]
        english.append(
            f"{there:,} of {each.cases:,} {words[0]} if read as {system}, {here:,} as {declared}"
        )
        chinese.append(
            f"{each.cases:,} 件中按 {system} 读有 {there:,} 件{words[1]}，"
            f"按 {declared} 为 {here:,} 件"
        )
    return Note(
        f"these coordinates look like {system}, not {declared}: {'; '.join(english)}. Nothing was "
        f"converted; if the boundaries are right, import the file again with --crs {system}, or "
        "choose it on the page of this import",
        f"坐标看起来是 {system} 而不是 {declared}：{'；'.join(chinese)}。未作任何转换；若边界无误，"
        f"请以 --crs {system} 重新导入，或在本批次页面上选择",
    )
