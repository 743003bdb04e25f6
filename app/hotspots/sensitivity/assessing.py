"""How stable the hot areas of a run are: the run made again in other ways, kept beside it."""

from __future__ import annotations

import json
import tempfile
from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import polars as pl
import pyarrow as pa
import pyarrow.parquet as pq
from numpy.typing import NDArray

from app.hotspots.analysis import read_cases
from app.hotspots.geography import townships
from app.hotspots.incident_numbers import with_incidents
from app.hotspots.periods import WHOLE_SPAN
from app.hotspots.provenance import code_version, library_versions, run_id
from app.hotspots.runs import RunSummary, load_run, read_table, run_folder
from app.hotspots.sensitivity.resolutions import (
    OtherResolutions,
    read_resolutions,
    resolution_table,
)
from app.hotspots.sensitivity.variants import Base, Made, Plan, make_variant, plans, rows_of
from app.hotspots.significance import NOT_TESTED, SIGNIFICANT_LEVEL
from geodata.areas import Boundaries, load_places
from geodata.home import Home
from spatial.grid import cell_centres, cell_from_name, cell_name
from spatial.sensitivity import VERDICTS, Sensitivity, sensitivity

FILE_PREFIX = "sensitivity-"
RESOLUTIONS_PREFIX = "resolutions-"

FROM_RUN = ("case_store_version", "boundary_versions", "places_version", "parameters", "seed")
"""What the variants take over from the run."""

Progress = Callable[[int, int, str], None]


@dataclass(frozen=True)
class StoredSensitivity:
    """What is kept beside a run.

    Attributes
    ----------
    record : dict
        ``id, determinants, base, variants, areas, verdicts``.
    current : bool
        Whether it was made by the program that runs now.
    """

    record: dict[str, Any]
    current: bool

    @property
    def run(self) -> str:
        """Id of the run."""
        return str(self.record["determinants"]["run"])

    def areas(self, step: int = WHOLE_SPAN) -> list[dict[str, Any]]:
        """Hot areas of a step, those with most cases first."""
        found = [area for area in self.record["areas"] if area["step"] == step]
        return sorted(found, key=lambda area: (-area["count"], area["number"]))

    def verdicts(self, step: int = WHOLE_SPAN) -> dict[str, int]:
        """Count the areas of a step by verdict; every verdict is named."""
        found = Counter(area["verdict"] for area in self.areas(step))
        return {verdict: found[verdict] for verdict in VERDICTS}


def assess_sensitivity(
    home: Home, run_id: str, progress: Progress | None = None
) -> StoredSensitivity:
    """Say for each hot area of a run how stable it is, or return what was said before.

    The run's cases are read as they were when it was made: same versions of store, boundaries and
    places, same window, classes and seed. They are counted and tested anew by the other measures,
    in cells one resolution coarser and finer, and by township.

    Parameters
    ----------
    home : Home
    run_id : str
    progress : callable, optional
        Called with variants done, variants in all, and the name of the one that begins.

    Raises
    ------
    Missing
        There is no such run.
    """
    run = load_run(home, run_id)
    determinants = _determinants(run)
    file = _file(home, run, determinants)
    if file.is_file():
        return _open(file)
    base = _base(home, run)
    wanted = plans(run.resolution, run.measure)
    made: list[Made] = []
    for done, plan in enumerate(wanted):
        if progress is not None:
            progress(done, len(wanted), plan.name)
        made.append(make_variant(base, plan))
    by_name = {plan.name: each for plan, each in zip(wanted, made, strict=True)}
    table = resolution_table(base, by_name["coarser"], by_name["finer"])
    # Before the record, whose presence says that all is there.
    _write_table(_resolutions_file(home, run.id, _hash(determinants)), table)
    record = {
        "id": _hash(determinants),
        "determinants": determinants,
        "other_code": run.record["code_version"] != determinants["code_version"],
        **_compare(run, base, wanted, made),
    }
    _write(file, record)
    return _open(file)


def load_sensitivity(home: Home, run_id: str) -> StoredSensitivity | None:
    """Return what is known of a run's stability, the newest first; None where nobody asked.

    Raises
    ------
    Missing
        There is no such run.
    """
    folder = run_folder(home, run_id)
    current = _file(home, load_run(home, run_id))
    files = sorted(
        folder.glob(f"{FILE_PREFIX}*.json"),
        key=lambda file: (file == current, file.stat().st_mtime_ns, file.name),
    )
    return _open(files[-1]) if files else None


def at_other_resolutions(home: Home, run_id: str, cell: str, step: int) -> OtherResolutions | None:
    """Say what a cell's parent and children show at a step; None where the run was not examined.

    Parameters
    ----------
    home : Home
    run_id : str
    cell : str
        Name of the cell.
    step : int
        −1 for the whole span.

    Raises
    ------
    Missing
        There is no such run.
    """
    found = load_sensitivity(home, run_id)
    if found is None:
        return None
    file = _resolutions_file(home, run_id, str(found.record["id"]))
    return read_resolutions(file, cell_from_name(cell), step)


def _determinants(run: RunSummary) -> dict[str, Any]:
    """All that decides what comes out: the run (with its own determinants) and this program."""
    return {
        "run": run.id,
        **{name: run.record[name] for name in FROM_RUN},
        "variants": [plan.to_json() for plan in plans(run.resolution, run.measure)],
        "code_version": code_version(),
        "library_versions": library_versions(),
    }


_hash = run_id
"""Name of what determinants make, as runs are named."""


def _file(home: Home, run: RunSummary, determinants: dict[str, Any] | None = None) -> Path:
    name = _hash(determinants or _determinants(run))
    return home.runs / run.id / f"{FILE_PREFIX}{name}.json"


def _resolutions_file(home: Home, run_id: str, name: str) -> Path:
    return home.runs / run_id / f"{RESOLUTIONS_PREFIX}{name}.parquet"


def _open(file: Path) -> StoredSensitivity:
    record = json.loads(file.read_text("utf-8"))
    return StoredSensitivity(record, record["determinants"]["code_version"] == code_version())


def _write(file: Path, record: dict[str, Any]) -> None:
    """Write beside the place and move there in one step; two who write bring the same bytes."""
    text = json.dumps(record, ensure_ascii=False, sort_keys=True, separators=(",", ":"))
    with tempfile.NamedTemporaryFile(
        "w", encoding="utf-8", dir=file.parent, prefix=".", suffix=".draft", delete=False
    ) as draft:
        draft.write(f"{text}\n")
    Path(draft.name).replace(file)


def _write_table(file: Path, table: pa.Table) -> None:
    with tempfile.NamedTemporaryFile(
        dir=file.parent, prefix=".", suffix=".draft", delete=False
    ) as draft:
        pq.write_table(table, draft, compression="zstd")
    Path(draft.name).replace(file)


def _base(home: Home, run: RunSummary) -> Base:
    """Read the result itself, and the cases that it was made from."""
    table = read_table(home, run.id, "cells", ["cell", "count", "level"])
    shape = (len(run.steps) + 1, -1)
    counts = table["count"].to_numpy().reshape(shape).T
    boundaries = townships(home, run.record["boundary_versions"]["township"])
    version = run.record["places_version"]
    places = load_places(home, version, townships=boundaries) if version else None
    cases = read_cases(home, run.record["parameters"], run.steps, run.record["case_store_version"])
    located = with_incidents(cases.filter("located"), places)
    return Base(
        cells=table["cell"].to_numpy()[: len(counts)],
        counts=counts,
        level=table["level"].to_numpy().reshape(shape).T,
        cases=pl.concat([located, cases.filter(~pl.col("located"))], how="diagonal"),
        boundaries=boundaries,
        places=places,
        resolution=run.resolution,
        measure=run.measure,
        seed=run.record["seed"],
    )


def _compare(
    run: RunSummary, base: Base, wanted: Sequence[Plan], made: Sequence[Made]
) -> dict[str, Any]:
    """Look at every row of the result: the whole span, then step by step."""
    hot = (base.level >= SIGNIFICANT_LEVEL) & (base.level != NOT_TESTED)
    by_row = list(
        zip(
            *(
                rows_of(plan, each, base.resolution)
                for plan, each in zip(wanted, made, strict=True)
            ),
            strict=True,
        )
    )
    found = [sensitivity(base.cells, hot[:, row], each) for row, each in enumerate(by_row)]
    return {
        "base": {"measure": run.measure, "resolution": run.resolution},
        "variants": [
            {
                **plan.to_json(),
                "reason": each.reason,
                "units": len(each.level),
                "needed": by_row[0][column].needed,
                "hot": [int(row[column].hot.sum()) for row in by_row],
                "elsewhere": [int(row.elsewhere[column]) for row in found],
            }
            for column, (plan, each) in enumerate(zip(wanted, made, strict=True))
        ],
        "areas": _areas(base, found),
    }


def _areas(base: Base, found: Sequence[Sensitivity]) -> list[dict[str, Any]]:
    lat, lng = cell_centres(base.cells)
    township = base.boundaries.locate(lng, lat)
    return [
        {
            "step": row + WHOLE_SPAN,
            "number": number,
            **_describe(base, row, np.flatnonzero(result.area == number), township, (lng, lat)),
            "verdict": str(result.verdict[number]),
            "variants": {
                name: {"status": int(status), "share": _rounded(share)}
                for name, status, share in zip(
                    result.names, result.status[number], result.share[number], strict=True
                )
            },
        }
        for row, result in enumerate(found)
        for number in range(len(result.verdict))
    ]


def _describe(
    base: Base,
    row: int,
    members: NDArray[np.int64],
    township: NDArray[np.int64],
    centres: tuple[NDArray[np.float64], NDArray[np.float64]],
) -> dict[str, Any]:
    """Say where an area is and how much it holds; its busiest cell leads to it on the map."""
    counts = base.counts[members, row]
    busiest = members[np.argmax(counts)]
    return {
        "cells": [cell_name(int(cell)) for cell in base.cells[members]],
        "busiest": cell_name(int(base.cells[busiest])),
        "lng": round(float(centres[0][busiest]), 6),
        "lat": round(float(centres[1][busiest]), 6),
        "count": int(counts.sum()),
        "townships": _names(base.boundaries, township[members]),
    }


def _names(boundaries: Boundaries, positions: NDArray[np.int64]) -> list[dict[str, str]]:
    """Name the townships of cells, those with most of them first."""
    held = Counter(int(at) for at in positions if at >= 0)
    return [
        {"code": str(boundaries.codes[at]), "name": str(boundaries.names[at])}
        for at, _ in sorted(held.items(), key=lambda item: (-item[1], item[0]))
    ]


def _rounded(share: float) -> float | None:
    return None if np.isnan(share) else round(float(share), 4)
