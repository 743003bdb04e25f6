"""Calls as rows of an export, with the headers of the profile `suyuan`."""

from __future__ import annotations

from typing import Any

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

from geodata.sample.calendar import Calendar
from geodata.sample.demand import Calls, Integers
from geodata.sample.handling import Flags, Handling
from geodata.sample.layout import Layout
from geodata.sample.reported import Reported
from geodata.sample.taxonomy import subjects
from geodata.sample.texts import Origins, Texts

CHANNELS = {"电话": 0.74, "微信小程序": 0.15, "网站": 0.05, "移动客户端": 0.06}
KINDS = {"投诉": 0.52, "求助": 0.28, "咨询": 0.1, "建议": 0.06, "举报": 0.04}
CALLBACK_CHANNELS = {"电话": 0.7, "短信": 0.25, "网络": 0.05}
EFFECTS = {True: ("已解决", "基本解决"), False: ("有方案未解决", "未解决")}
ATTITUDES = {"良好": 0.8, "一般": 0.15, "较差": 0.05}

TAGS = {
    "物业管理": "七有五性/宜居性", "市容环境": "七有五性/宜居性", "住房建设": "七有五性/住有所居",
    "公用事业": "七有五性/便利性", "交通出行": "七有五性/便利性", "农村建设": "七有五性/公正性",
    "劳动与社保": "七有五性/劳有所得", "市场消费": "七有五性/公正性", "公共服务": "七有五性/多样性",
}  # fmt: skip

COMPANY_SHARE = 0.05
UNREASONABLE_SHARE = 0.015
NOT_ASSESSED_SHARE = 0.03

CALLER_PREFIX = "12"
"""No Chinese mobile number begins with it."""
CALLER_DIGITS = 9
_STRIDE, _OFFSET = 739_391_119, 412_003_177  # a bijection of nine-digit numbers: odd, not by 5


def case_rows(
    calls: Calls,
    layout: Layout,
    origins: Origins,
    calendar: Calendar,
    handling: Handling,
    reported: Reported,
    texts: Texts,
    rng: np.random.Generator,
) -> pa.Table:
    """Write every call as one row; naive times are the city's wall clock, coordinates WGS84.

    Returns
    -------
    pyarrow.Table
        As many rows as calls, in order of time.
    """
    columns = {
        "case_id": case_ids(calls, calendar),
        "received_at": handling.received,
        **_subject_columns(calls, rng),
        "title": texts.titles,
        "content": texts.contents,
        **_caller_columns(calls, rng),
        **_handling_columns(handling),
        **_callback_columns(handling, rng),
        **_place_columns(calls, layout, origins, reported, texts),
    }
    return pa.table(columns)


def case_ids(calls: Calls, calendar: Calendar) -> list[str]:
    """Return the number of every case: the day and a running number."""
    dates = np.datetime_as_string(calendar.days)
    prefixes = [f"AH{date.replace('-', '')}" for date in dates.tolist()]
    return [f"{prefixes[day]}{i + 1:06d}" for i, day in enumerate(calls.day.tolist())]


def caller_number(caller: Integers) -> list[str]:
    """Return an impossible telephone number for each caller, different for different callers.

    Examples
    --------
    >>> caller_number(np.array([0, 1, 0]))
    ['12412003177', '12151394296', '12412003177']
    """
    digits = caller_digits(caller).tolist()
    return [f"{CALLER_PREFIX}{number:0{CALLER_DIGITS}d}" for number in digits]


def caller_digits(caller: Integers) -> Integers:
    """Return the digits after `CALLER_PREFIX` as a number, different for different callers."""
    digits: Integers = (caller * _STRIDE + _OFFSET) % 10**CALLER_DIGITS
    return digits


def _subject_columns(calls: Calls, rng: np.random.Generator) -> dict[str, Any]:
    n = len(calls.subject)
    return {
        "channel": _drawn(CHANNELS, n, rng),
        "kind": _drawn(KINDS, n, rng),
        **{
            name: _taken([getattr(subject, name) for subject in subjects()], calls.subject)
            for name in ("class_1", "class_2", "class_3")
        },
        "tags": _taken([TAGS[subject.class_1] for subject in subjects()], calls.subject),
    }


def _caller_columns(calls: Calls, rng: np.random.Generator) -> dict[str, Any]:
    company = rng.random(len(calls.caller)) < COMPANY_SHARE
    return {
        "caller": caller_number(calls.caller),
        "caller_kind": _taken(["个人", "企业"], company.astype(np.int64)),
    }


def _handling_columns(handling: Handling) -> dict[str, Any]:
    overdue = handling.overdue
    return {
        "time_limit_hours": handling.limit_hours,
        "lead_handler": handling.lead,
        "assisting_handler": handling.assisting,
        "handler": handling.lead,
        "due_at": handling.due,
        "closed_at": handling.closed,
        "updated_at": handling.updated,
        "status": _taken(["办理中", "已办结"], handling.done.astype(np.int64)),
        "overdue": overdue,
    }


def _callback_columns(handling: Handling, rng: np.random.Generator) -> dict[str, Any]:
    n = len(handling.valid)
    unreasonable = rng.random(n) < UNREASONABLE_SHARE
    effect_words = [*EFFECTS[False], *EFFECTS[True]]
    effect = 2 * handling.resolved + (rng.random(n) < 0.35)
    return {
        "callback_at": handling.called_back,
        "callback_channel": _only(_drawn(CALLBACK_CHANNELS, n, rng), handling.asked),
        "valid": _only(handling.valid, handling.asked),
        "responded": _only(handling.responded, handling.valid),
        "resolved": _only(handling.resolved, handling.valid),
        "effect": _only(_taken(effect_words, effect), handling.valid),
        "attitude": _only(_drawn(ATTITUDES, n, rng), handling.valid),
        "satisfaction": pa.array(handling.satisfaction.tolist(), pa.string()),
        "assessed": ~unreasonable & (rng.random(n) >= NOT_ASSESSED_SHARE),
        "unreasonable": unreasonable,
    }


def _place_columns(
    calls: Calls, layout: Layout, origins: Origins, reported: Reported, texts: Texts
) -> dict[str, Any]:
    township = origins.township[calls.origin]
    named = reported.names_township
    communities = [name or None for name in origins.communities]
    places = [n if c else None for n, c in zip(origins.names, communities, strict=True)]
    lng, lat = reported.coordinates.T
    return {
        "reported_district": _only(_taken(layout.district_names, layout.district[township]), named),
        "reported_township": _only(_taken(layout.names, township), named),
        "reported_community": _only(_taken(communities, calls.origin), named),
        "reported_place": _only(_taken(places, calls.origin), named),
        "address": _only(pa.array(texts.addresses, pa.string()), named),
        "lng": pa.array(lng, mask=np.isnan(lng)),
        "lat": pa.array(lat, mask=np.isnan(lat)),
    }


def _taken(words: list[Any], index: NDArray[np.int64]) -> pa.Array:
    return pa.array(words, pa.string()).take(pa.array(index))


def _drawn(shares: dict[str, float], n: int, rng: np.random.Generator) -> pa.Array:
    return _taken(list(shares), rng.choice(len(shares), n, p=list(shares.values())))


def _only(values: Any, shown: Flags) -> pa.Array:
    """Return the values where they are shown, null elsewhere."""
    array = values if isinstance(values, pa.Array) else pa.array(values)
    return pa.compute.if_else(pa.array(shown), array, pa.scalar(None, array.type))
