"""Reports as rows of an export with the headers of the profile `suyuan`."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

from geodata.sample.demand import Integers
from geodata.sample.handling import (
    ANSWERS,
    ANSWERS_IF_NOT,
    ANSWERS_IF_SOLVED,
    HOURS_USED,
    NOT_ASKED,
    VALID_SHARE,
    as_seconds,
    in_office_hours,
    lead_units,
)
from geodata.sample.large.city import LargeCity
from geodata.sample.large.digits import numbered
from geodata.sample.large.reports import Reports
from geodata.sample.large.wording import Wording
from geodata.sample.records import CALLER_DIGITS, CALLER_PREFIX, CHANNELS, KINDS, caller_digits
from geodata.sample.reported import report_places
from geodata.sample.taxonomy import subjects

ID_PREFIX = "AHL"
"""Begins every case's number, followed by the day and a running number."""
_RUNNING_DIGITS = 8
_DATE_DIGITS = 8

_NEVER = np.datetime64("NaT", "s")

Instants = NDArray[np.datetime64]
Flags = NDArray[np.bool_]


@dataclass(frozen=True)
class Course:
    """What becomes of every report in the end, whether or not a file tells of it yet.

    Attributes
    ----------
    received, closed, called_back : ndarray of datetime64[s], shape (n,)
        Wall clock in the city.
    valid, resolved : ndarray of bool, shape (n,)
    answer : ndarray of int64, shape (n,)
        As a place in `ANSWERS`.
    """

    received: Instants
    closed: Instants
    called_back: Instants
    valid: Flags
    resolved: Flags
    answer: Integers


class RowWriter:
    """Makes rows of reports.

    Parameters
    ----------
    city : LargeCity
    """

    def __init__(self, city: LargeCity) -> None:
        self._city = city
        self._wording = Wording(city)
        self._addresses = pa.array(city.buildings.addresses, pa.string())
        self._dates = np.char.replace(np.datetime_as_string(city.calendar.days), "-", "").astype(
            np.int64
        )
        self._limit = np.array([subject.limit for subject in subjects()])
        self._solved = np.array([subject.solved for subject in subjects()])
        self._classes = {
            name: Words([getattr(subject, name) for subject in subjects()])
            for name in ("class_1", "class_2", "class_3")
        }
        layout = city.layout
        self._districts = Words([layout.district_names[index] for index in layout.district])
        self._townships = Words(layout.names)
        self._places = Words(city.origins.names)
        self._lead = Words([unit for units in lead_units(layout) for unit in units])
        self._end = (city.calendar.days[-1] + 1).astype("M8[s]")

    def write(
        self, reports: Reports, open_still: Flags, rng: np.random.Generator
    ) -> tuple[pa.Table, pa.Table]:
        """Write the rows of a batch, and the later rows of those that are open still.

        Parameters
        ----------
        reports : Reports
        open_still : ndarray of bool, shape (n,)
            Reports whose closing and callback come with a later file.
        rng : numpy Generator

        Returns
        -------
        rows, updates : pyarrow.Table
            The same columns.
        """
        course = self._course(reports, rng)
        known = self._columns(reports, rng)
        done = (course.closed < self._end) & ~open_still
        asked = (course.called_back < self._end) & ~open_still
        rows = pa.table({**known, **self._state(course, done, asked)})
        later = np.flatnonzero(open_still)
        everything = np.ones(len(open_still), dtype=bool)
        closing = pa.table(self._state(course, everything, everything)).take(pa.array(later))
        updates = pa.table(known).take(pa.array(later))
        for name in closing.column_names:
            updates = updates.append_column(name, closing[name])
        return rows, updates

    def _columns(self, reports: Reports, rng: np.random.Generator) -> dict[str, Any]:
        """Return what does not change in a case's life."""
        n = len(reports.origin)
        title, content = self._wording.write(reports, rng)
        return {
            "case_id": self._ids(reports),
            "received_at": pa.array(self._received(reports)),
            "channel": _CHANNELS.column(_shared_out(CHANNELS, n, rng)),
            "kind": _KINDS.column(_shared_out(KINDS, n, rng)),
            **{name: words.column(reports.subject) for name, words in self._classes.items()},
            "title": title,
            "content": content,
            "caller": numbered(caller_digits(reports.caller), CALLER_DIGITS, CALLER_PREFIX),
            **self._place_columns(reports, rng),
            "lead_handler": self._units(reports),
            "due_at": pa.array(self._received(reports) + as_seconds(self._limit[reports.subject])),
        }

    def _ids(self, reports: Reports) -> pa.Array:
        day = self._dates[reports.day] * 10**_RUNNING_DIGITS
        return numbered(day + reports.number + 1, _DATE_DIGITS + _RUNNING_DIGITS, ID_PREFIX)

    def _received(self, reports: Reports) -> Instants:
        days = self._city.calendar.days[reports.day].astype("M8[s]")
        received: Instants = days + reports.second.astype("m8[s]")
        return received

    def _place_columns(self, reports: Reports, rng: np.random.Generator) -> dict[str, Any]:
        city = self._city
        township = city.origins.township[reports.origin]
        everywhere = np.zeros(len(township), dtype=bool)
        told = report_places(reports.position, city.default_point, everywhere, rng)
        hidden = ~told.names_township
        lng, lat = told.coordinates.T
        at_places = reports.origin < len(city.settlements.names)
        return {
            "reported_district": self._districts.column(township, hidden),
            "reported_township": self._townships.column(township, hidden),
            "reported_place": self._places.column(reports.origin, hidden | ~at_places),
            "address": self._addresses.take(pa.array(reports.building, mask=hidden)),
            "lng": pa.array(lng, mask=np.isnan(lng)),
            "lat": pa.array(lat, mask=np.isnan(lat)),
        }

    def _units(self, reports: Reports) -> pa.Array:
        township = self._city.origins.township[reports.origin]
        return self._lead.column(township * len(subjects()) + reports.subject)

    def _course(self, reports: Reports, rng: np.random.Generator) -> Course:
        n = len(reports.origin)
        received = self._received(reports)
        hours = self._limit[reports.subject] * np.exp(rng.normal(*HOURS_USED, n))
        closed = in_office_hours(received + as_seconds(hours))
        resolved = rng.random(n) < self._solved[reports.subject]
        answers = (ANSWERS_IF_NOT, ANSWERS_IF_SOLVED)
        share = rng.random(n)
        if_not, if_solved = (np.searchsorted(np.cumsum(p)[:-1], share, "right") for p in answers)
        return Course(
            received=received,
            closed=closed,
            called_back=in_office_hours(closed + as_seconds(rng.uniform(12, 60, n))),
            valid=rng.random(n) < VALID_SHARE,
            resolved=resolved,
            answer=np.where(resolved, if_solved, if_not),
        )

    def _state(self, course: Course, done: Flags, asked: Flags) -> dict[str, Any]:
        """Return what a file knows of the cases' handling; nothing lies beyond the sample's end."""
        closed = np.minimum(course.closed, self._end)
        called_back = np.minimum(course.called_back, self._end)
        valid = asked & course.valid
        answer = np.where(valid, course.answer, len(ANSWERS))
        return {
            "closed_at": pa.array(np.where(done, closed, _NEVER)),
            "updated_at": pa.array(
                np.where(asked, called_back, np.where(done, closed, course.received))
            ),
            "status": _STATUS.column(done.astype(np.int64)),
            "callback_at": pa.array(np.where(asked, called_back, _NEVER)),
            "valid": pa.array(course.valid, mask=~asked),
            "resolved": pa.array(course.resolved, mask=~valid),
            "satisfaction": _ANSWERS.column(answer),
        }


class Words:
    """A list of words, many of them the same: as codes of the different ones.

    Parameters
    ----------
    words : sequence of str

    Examples
    --------
    >>> words = Words(["乙", "甲", "乙"])
    >>> words.column(np.array([0, 1, 2]), np.array([False, False, True])).to_pylist()
    ['乙', '甲', None]
    """

    def __init__(self, words: Sequence[str]) -> None:
        different, codes = np.unique(np.array(words), return_inverse=True)
        # Parquet keeps a dictionary only when its words differ.
        self._words = pa.array(different.tolist(), pa.string())
        self._codes = codes.astype(np.int32)

    def column(self, index: Integers, hidden: Flags | None = None) -> pa.Array:
        """Return the words at these places, null where hidden."""
        codes = pa.array(self._codes[index], mask=hidden)
        return pa.DictionaryArray.from_arrays(codes, self._words)


_STATUS = Words(["办理中", "已办结"])
_ANSWERS = Words([*ANSWERS, NOT_ASKED])
_CHANNELS, _KINDS = Words(list(CHANNELS)), Words(list(KINDS))


def _shared_out(shares: Mapping[str, float], n: int, rng: np.random.Generator) -> Integers:
    """Draw places in a list of words by the words' shares."""
    return np.searchsorted(np.cumsum(list(shares.values()))[:-1], rng.random(n), "right")
