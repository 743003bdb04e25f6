"""Columns of an unknown file → fields: proposals, the profile that a form describes, a preview."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

import pyarrow as pa

from app.errors import InvalidParameter
from geodata.coordinates import parse_crs
from geodata.home import Home
from geodata.privacy import mask_address
from geodata.profiles import (
    BOOLEAN_FIELDS,
    Profile,
    build_profile,
    known_profiles,
    load_profile,
)
from geodata.reading.headers import Header, match_header
from geodata.reading.parse import parse_batch
from geodata.reading.peek import PEEK_ROWS, FoundHeader, SheetStart, guess_header
from geodata.reading.proposals import (
    Fit,
    fit_profiles,
    guess_date_order,
    is_personal,
    known_headers,
    propose_fields,
)
from geodata.reading.tables import make_rows
from geodata.schema import SATISFACTION

PREVIEW_ROWS = 20
SAMPLES = 3
MOST_WORDS = 12
SAMPLE_LENGTH = 40
HIDDEN = "***"

WORD_FIELDS = (*BOOLEAN_FIELDS, "satisfaction", "status")
"""Fields whose words are listed, so that each can be given a meaning."""

REQUIRED = {"case_id": ("case id", "工单编号"), "received_at": ("time received", "来电时间")}
"""Fields that some column must hold → how people call them, in English and Chinese."""

_NOTHING = "-"
_YES_NO = {"yes": "是", "no": "否", "blank": ""}


@dataclass(frozen=True)
class Column:
    """One column of the file: its place, header, masked samples and proposed field."""

    index: int
    name: str
    samples: list[str]
    filled: int
    field: str


@dataclass(frozen=True)
class Choices:
    """What the form says, or what is proposed before it says anything."""

    fields: list[str]
    name: str
    zone: str
    crs: str
    date_order: str
    blank_is_no: bool
    words: dict[str, dict[str, str]]


@dataclass(frozen=True)
class Preview:
    """First rows as they would be imported: fields, rows of masked texts, and what is wrong."""

    fields: list[str]
    rows: list[dict[str, Any]]
    read: int
    rejected: int
    reasons: list[tuple[str, str, int]]


@dataclass(frozen=True)
class Table:
    """The start of the table that is mapped."""

    start: SheetStart
    header: FoundHeader
    profiles: list[Profile]

    @property
    def body(self) -> list[tuple[int, list[str]]]:
        """The first rows below the header with their numbers, as wide as the header."""
        width = len(self.header.names)
        numbered = enumerate(self.start.rows, start=self.start.first_row)
        below = [(n, row) for place, (n, row) in enumerate(numbered) if place > self.header.place]
        filled = [(n, [*row, *[""] * width][:width]) for n, row in below if any(row)]
        return filled[:PEEK_ROWS]

    def column(self, index: int) -> list[str]:
        """Values of a column."""
        return [row[index] for _, row in self.body]


def all_profiles(home: Home) -> list[Profile]:
    """Return every known profile."""
    names = known_profiles(home.profiles)
    return [load_profile(name, home.profiles) for name in names]


def open_start(home: Home, starts: list[SheetStart], sheet: str | None) -> Table:
    """Choose the sheet to map: the one asked for, else the one with most known headers.

    Raises
    ------
    InvalidParameter
        There is no such sheet, or nothing in the file.
    """
    profiles = all_profiles(home)
    known = set(known_headers(profiles))
    usable = [each for each in starts if sheet in (None, "", each.name)]
    if not usable:
        shown = "、".join(each.name for each in starts)
        raise InvalidParameter(
            f"sheet: '{(sheet or '')[:80]}' is none of {shown}",
            f"工作表“{(sheet or '')[:80]}”不在 {shown} 之中",
        )
    tables = [Table(each, guess_header(each.rows, known), profiles) for each in usable]

    def fitting(table: Table) -> tuple[bool, int]:
        best = fit_profiles(table.header.names, profiles)[0]
        return not table.start.hidden, best.recognised

    return max(tables, key=fitting)


def fits(table: Table) -> list[Fit]:
    """Return the profiles that recognise something, the best first."""
    ranked = fit_profiles(table.header.names, table.profiles)
    return [fit for fit in ranked if fit.recognised]


def propose(table: Table, profile: Profile | None) -> Choices:
    """Propose a mapping, from a profile where one is given, else from headers and looks."""
    names = table.header.names
    if profile is not None:
        by_index = {index: field for field, index in match_header(names, profile).items()}
        fields = [by_index.get(index, "") for index in range(len(names))]
    else:
        columns = [table.column(index) for index in range(len(names))]
        fields = propose_fields(names, columns, known_headers(table.profiles))
    ranked = fits(table)
    best = profile or (ranked[0].profile if ranked else None)
    fitting = profile is not None or bool(ranked and not ranked[0].missing)
    received = fields.index("received_at") if "received_at" in fields else None
    order = guess_date_order(table.column(received)) if received is not None else "ymd"
    words = {
        field: {word: _meaning(field, word, best) for word in found}
        for field, found in words_of(table, fields).items()
    }
    return Choices(
        fields,
        name="",
        zone=best.zone if best else "Asia/Shanghai",
        crs=best.crs if best else "WGS84",
        date_order=best.date_order if profile and best else order,
        # What an empty cell means is not to be guessed for a file that no profile knows.
        blank_is_no=best.blank_is_no if best and fitting else False,
        words=words,
    )


def _meaning(field: str, word: str, profile: Profile | None) -> str:
    """Say what a word is taken to mean: ``yes``, ``no``, an answer, or an empty text: unsettled."""
    plain = word.lower()
    if profile is not None:
        plain = {k.lower(): v for k, v in profile.values.get(field, {}).items()}.get(plain, plain)
    if field not in BOOLEAN_FIELDS:
        return plain if field == "satisfaction" and plain in SATISFACTION else ""
    yes = profile.true_words if profile else Profile.model_fields["true_words"].default
    no = profile.false_words if profile else Profile.model_fields["false_words"].default
    return "yes" if plain in yes else "no" if plain in no else ""


def words_of(table: Table, fields: list[str]) -> dict[str, list[str]]:
    """Return the commonest words in columns whose words have a meaning each."""
    found = {}
    for index, field in enumerate(fields):
        if field in WORD_FIELDS:
            counts = Counter(value.strip() for value in table.column(index) if value.strip())
            found[field] = [word for word, _ in counts.most_common(MOST_WORDS) if len(word) <= 40]
    return found


def read_choices(table: Table, form: Mapping[str, str]) -> Choices:
    """Read the form of the mapping page."""
    fields = [form.get(f"column-{i}", "") for i in range(len(table.header.names))]
    words = {
        field: {word: form.get(f"word-{field}-{n}", _NOTHING) for n, word in enumerate(found)}
        for field, found in words_of(table, fields).items()
    }
    known = propose(table, None).words
    return Choices(
        fields,
        form.get("name", "").strip(),
        form.get("zone", "").strip(),
        form.get("crs", "").strip() or "WGS84",
        form.get("date_order", "ymd"),
        "blank_is_no" in form,
        {
            field: {
                word: known.get(field, {}).get(word, "") if meaning == _NOTHING else meaning
                for word, meaning in each.items()
            }
            for field, each in words.items()
        },
    )


def profile_of(table: Table, choices: Choices) -> Profile:
    """Make the profile that the choices describe.

    Raises
    ------
    InvalidParameter, InvalidProfile, UnknownCrs
        A required field has no column or a field has two, or a setting is wrong.
    """
    _check_single(table, choices.fields)
    _check_required(choices.fields)
    named = [(i, field) for i, field in enumerate(choices.fields) if field]
    values = {field: _values(field, words) for field, words in choices.words.items()}
    content = {
        "name": choices.name or "preview",
        "zone": choices.zone,
        "crs": parse_crs(choices.crs),
        "date_order": choices.date_order,
        "blank_is_no": choices.blank_is_no,
        "columns": {field: (" ".join(table.header.names[i].split()),) for i, field in named},
        "values": {field: each for field, each in values.items() if each},
    }
    return build_profile(content, choices.name)


def _check_single(table: Table, fields: list[str]) -> None:
    twice = next((field for field, n in Counter(filter(None, fields)).items() if n > 1), None)
    if twice is not None:
        names = [table.header.names[i] for i, field in enumerate(fields) if field == twice]
        shown = " / ".join(" ".join(name.split())[:30] for name in names)
        raise InvalidParameter(
            f"{twice}: given to more than one column ({shown})",
            f"同一字段对应了多列（{shown}），请只留一列",
        )


def _check_required(fields: list[str]) -> None:
    missing = [names for field, names in REQUIRED.items() if field not in fields]
    if missing:
        english, chinese = (" and ".join(n[0] for n in missing), "”和“".join(n[1] for n in missing))
        raise InvalidParameter(
            f"no column is chosen yet for the required field: {english}; choose which column "
            "holds it below",
            f"必需的“{chinese}”还没有选定对应的列，请在下面“对应字段”中选定",
        )


def _values(field: str, words: dict[str, str]) -> dict[str, str]:
    """Value map of a field, only with words that would not be understood without it."""
    if field in BOOLEAN_FIELDS:
        usual = {word: _meaning(field, word, None) for word in words}
        return {w: _YES_NO[m] for w, m in words.items() if m in _YES_NO and m != usual[w]}
    return {word: meaning for word, meaning in words.items() if meaning and meaning != word}


def columns_of(table: Table, choices: Choices) -> list[Column]:
    """Return the file's columns with samples that give nobody away."""
    columns = []
    for index, (name, field) in enumerate(zip(table.header.names, choices.fields, strict=True)):
        values = [value.strip() for value in table.column(index) if value.strip()]
        samples = list(dict.fromkeys(values))[:SAMPLES]
        hidden = field == "caller" or is_personal(name)
        shown = [HIDDEN] if hidden and samples else [_shown(text) for text in samples]
        columns.append(Column(index, " ".join(name.split()), shown, len(values), field))
    return columns


def _shown(text: str) -> str:
    # Masked before it is cut: half a number would escape the mask.
    masked = " ".join(mask_address(text[: SAMPLE_LENGTH * 4]).split())
    return masked if len(masked) <= SAMPLE_LENGTH else masked[: SAMPLE_LENGTH - 1] + "…"


def preview(home: Home, table: Table, profile: Profile, language: str) -> Preview:
    """Parse the first rows as an import would."""
    columns = match_header(table.header.names, profile)
    header = Header(0, columns, table.header.names)
    body = table.body
    arrays = {
        index: pa.array([row[index] for _, row in body], pa.string())
        for index in sorted(set(columns.values()))
    }
    rows = make_rows(header, pa.array([number for number, _ in body], pa.int64()), arrays)
    cases, rejects = parse_batch(rows, profile, caller_key=home.caller_key(), now=datetime.now(UTC))
    reason = "reason_zh" if language.startswith("zh") else "reason_en"
    wrong = {each["source_row"]: each for each in rejects.to_pylist()}
    right = {each["source_row"]: each for each in cases.to_pylist()}
    shown = []
    for number in sorted([*wrong, *right])[:PREVIEW_ROWS]:
        case = right.get(number)
        texts = {field: _case_text(field, case) for field in columns} if case else {}
        told = wrong.get(number)
        shown.append(
            {
                "row": number,
                "texts": texts,
                "reason": told and told[reason],
                "value": told and told["value"],
            }
        )
    counts = Counter((each[reason], each["rule"]) for each in wrong.values())
    reasons = [(told, rule, n) for (told, rule), n in counts.most_common()]
    return Preview(list(columns), shown, len(right) + len(wrong), len(wrong), reasons)


def _case_text(field: str, case: dict[str, Any]) -> str:
    if field == "received_at":
        return f"{case['received_local']:%Y-%m-%d %H:%M}"
    if field == "class_path":
        levels = (case[level] for level in ("class_1", "class_2", "class_3"))
        return " / ".join(level for level in levels if level)
    value = case.get(field)
    if value is None:
        return ""
    if field == "caller":
        return HIDDEN
    if isinstance(value, bool):
        return _YES_NO["yes" if value else "no"]
    if isinstance(value, datetime):
        return f"{value:%Y-%m-%d %H:%M} UTC"
    return _shown(str(value))
