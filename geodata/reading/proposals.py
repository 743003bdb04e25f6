"""What the columns of an unknown file may mean: by their headers, else by how their values look."""

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

import polars as pl

from geodata.profiles import DateOrder, Profile
from geodata.reading.dates import parse_times
from geodata.reading.headers import match_header, normalise_header, unused_headers

ENOUGH = 0.8
"""Share of values that must look alike."""

_PHONE = re.compile(r"^(?:\+?86[- ]?)?1[3-9]\d[- ]?\d{4}[- ]?\d{4}$|^\(?0\d{2,3}\)?[- ]?\d{7,8}$")
_DECIMAL = re.compile(r"^-?\d{1,3}\.\d{3,}$")
_PLAIN_NUMBER = re.compile(r"^-?\d+(?:\.\d+)?$")
_DIGIT_DATE = re.compile(r"^(?:19|20)\d{6}(?:\d{6})?$")
_YEAR_LAST = re.compile(r"^(\d{1,2})[/.-](\d{1,2})[/.-]\d{4}\b")
_PERSONAL = re.compile(
    r"姓名|电话|手机|号码|联系|身份证|证件|来电人|反映人|诉求人|微信|邮箱|phone|mobile|e-?mail|"
    r"first_?name|last_?name|caller",
    re.IGNORECASE,
)
_LIKELY_HEADERS = {
    "reported_district": (
        "district", "borough", "county", "区", "县", "区名", "区县名称", "区（县）", "行政区",
        "行政区划", "辖区", "所属区县", "所在区县", "被反映区县", "事发区",
    ),
    "reported_township": (
        "township", "subdistrict", "town", "街道", "乡镇", "镇", "街镇", "镇街", "街道（乡镇）",
        "街道名称", "乡镇街道名称", "所在街道", "所属街乡镇", "所属街道乡镇", "被反映街道",
        "事发街道",
    ),
}  # fmt: skip
"""Field → headers that likely mean it, though no profile takes them for it unasked."""

_ID = re.compile(r"[^\s，。；、！？,;!?]{4,32}")
_CHINESE = re.compile(r"[\u4e00-\u9fff]")
_DIGIT = re.compile(r"\d")

NEARLY_ALL = 0.95
"""Share of ids that must differ and look like ids: a few rows may be doubled or spoilt."""

_ORDER = ("workorder12345", "suyuan", "open311", "socrata")


@dataclass(frozen=True)
class Fit:
    """How well a profile fits a header.

    Attributes
    ----------
    profile : Profile
    recognised : int
        Columns that it knows.
    missing : tuple of str
        Required fields that it does not find; empty when the file can be imported with it.
    left_out : tuple of str
        Headers of the columns that an import with it would not read.
    """

    profile: Profile
    recognised: int
    missing: tuple[str, ...]
    left_out: tuple[str, ...] = ()


def fit_profiles(names: Sequence[str], profiles: Iterable[Profile]) -> list[Fit]:
    """Rank profiles by how well they fit a header, the best first.

    Examples
    --------
    >>> from geodata.profiles import load_profile
    >>> known = [load_profile("suyuan"), load_profile("workorder12345")]
    >>> fits = fit_profiles(["工单编号", "来电时间"], known)
    >>> fits[0].profile.name, fits[0].missing, fits[1].missing
    ('workorder12345', (), ('case_id', 'received_at'))
    """
    fits = []
    for profile in profiles:
        columns = match_header(names, profile)
        missing = tuple(field for field in profile.required if field not in columns)
        matched, left_out = len(set(columns.values())), unused_headers(names, columns)
        fits.append(Fit(profile, matched, missing, left_out))
    return sorted(fits, key=lambda fit: (len(fit.missing), -fit.recognised))


def known_headers(profiles: Iterable[Profile]) -> dict[str, str]:
    """Normalised header → field, over all profiles; the first profile that has it decides."""
    ranked = sorted(
        profiles,
        key=lambda each: _ORDER.index(each.name) if each.name in _ORDER else len(_ORDER),
    )
    known: dict[str, str] = {}
    for profile in ranked:
        for field, headers in profile.columns.items():
            for header in headers:
                known.setdefault(normalise_header(header), field)
    return known


_LIKELY = {
    normalise_header(header): field
    for field, headers in _LIKELY_HEADERS.items()
    for header in headers
}


def is_personal(header: str) -> bool:
    """Tell by its header whether a column may hold names or numbers of persons.

    Examples
    --------
    >>> is_personal("联系方式"), is_personal("问题分类")
    (True, False)
    """
    return _PERSONAL.search(header) is not None


def propose_fields(
    names: Sequence[str], columns: Sequence[Sequence[str]], known: dict[str, str]
) -> list[str]:
    """Propose a field for each column, or an empty text.

    Parameters
    ----------
    names : sequence of str
        Headers.
    columns : sequence of sequence of str
        Values of each column.
    known : dict of str
        As `known_headers` gives it.

    Returns
    -------
    list of str
        Each field at most once.
    """
    fields = [""] * len(names)
    for index, name in enumerate(names):
        field = known.get(normalise_header(name), "") if name.strip() else ""
        fields[index] = field if field not in fields else ""
    for index, name in enumerate(names):
        field = _LIKELY.get(normalise_header(name), "") if name.strip() else ""
        if not fields[index] and field not in fields:
            fields[index] = field
    for index, values in enumerate(columns):
        if not fields[index] and names[index].strip():
            field = look_of([value for value in values if value.strip()])
            fields[index] = field if field not in fields else ""
    return fields


def look_of(values: Sequence[str]) -> str:
    """Tell the field whose values look like these; an empty text when none does.

    Examples
    --------
    >>> look_of(["116.39712", "116.40003"]), look_of(["2025/3/19 8:05"]), look_of(["路灯不亮"])
    ('source_lng', 'received_at', '')
    """
    if not values:
        return ""
    texts = [value.strip() for value in values]
    if _share(texts, _PHONE) >= ENOUGH:
        return "caller"
    if _share(texts, _DECIMAL) >= ENOUGH:
        largest = max(abs(float(text)) for text in texts if _DECIMAL.match(text))
        return "source_lat" if largest <= 60 else "source_lng" if largest <= 180 else ""
    if _looks_like_dates(texts):
        return "received_at"
    return "case_id" if _look_like_ids(texts) else ""


def _look_like_ids(texts: Sequence[str]) -> bool:
    distinct = len(set(texts)) >= NEARLY_ALL * len(texts) and len(set(texts)) > 1
    return distinct and sum(map(_is_id, texts)) >= NEARLY_ALL * len(texts)


def _is_id(text: str) -> bool:
    """Tell an id, in which digits prevail, from an address or a sentence with some digits."""
    digits, chinese = len(_DIGIT.findall(text)), len(_CHINESE.findall(text))
    return _ID.fullmatch(text) is not None and digits > 0 and 2 * chinese <= digits


def _share(texts: Sequence[str], pattern: re.Pattern[str]) -> float:
    return sum(pattern.match(text) is not None for text in texts) / len(texts)


def _looks_like_dates(texts: Sequence[str]) -> bool:
    # Five digits may be anything: serial numbers of days are not guessed.
    given = [text for text in texts if _DIGIT_DATE.match(text) or not _PLAIN_NUMBER.match(text)]
    if len(given) < ENOUGH * len(texts):
        return False
    orders: tuple[DateOrder, ...] = ("mdy", "dmy")
    series = pl.Series(given, dtype=pl.String)
    return any(
        parse_times(series, zone="UTC", order=order).unreadable.sum() <= (1 - ENOUGH) * len(given)
        for order in orders
    )


def guess_date_order(values: Iterable[str]) -> DateOrder:
    """Tell the order of dates that have their year last; ``ymd`` where there are none.

    Examples
    --------
    >>> guess_date_order(["3/19/2025"]), guess_date_order(["19.3.2025"]), guess_date_order(["2025"])
    ('mdy', 'dmy', 'ymd')
    """
    parts = [found.groups() for value in values if (found := _YEAR_LAST.match(value.strip()))]
    if not parts:
        return "ymd"
    return "dmy" if any(int(first) > 12 for first, _ in parts) else "mdy"
