"""Import profiles as people see and change them: the list, and a form's text ↔ a profile."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from app.accounts.access import Access
from app.errors import InvalidParameter
from geodata.coordinates import parse_crs
from geodata.home import Home
from geodata.profiles import (
    FIELD_GROUPS,
    Profile,
    build_profile,
    delete_profile,
    known_profiles,
    load_profile,
    save_profile,
)

SEPARATOR = "|"
"""Between the headers of one field in the form."""


@dataclass(frozen=True)
class ProfileRow:
    """One line of the list."""

    name: str
    profile: Profile
    own: bool


def list_profiles(home: Home) -> list[ProfileRow]:
    """Return the shipped profiles, then those made here."""
    shipped = set(known_profiles())
    return [
        ProfileRow(name, load_profile(name, home.profiles), name not in shipped)
        for name in known_profiles(home.profiles)
    ]


def save(access: Access, home: Home, profile: Profile) -> None:
    """Save a profile under its name, in place of an older one of that name.

    Raises
    ------
    InvalidProfile
        The name cannot be used.
    """
    there = profile.name in known_profiles(home.profiles)
    before = _told(load_profile(profile.name, home.profiles)) if there else None
    save_profile(home.profiles, profile)
    access.record("profile.save", ("profile", profile.name), before, _told(profile))


def delete(access: Access, home: Home, name: str) -> None:
    """Delete a profile of one's own.

    Raises
    ------
    UnknownProfile
        There is none of this name.
    """
    there = name in known_profiles(home.profiles)
    before = _told(load_profile(name, home.profiles)) if there else None
    delete_profile(home.profiles, name)
    access.record("profile.delete", ("profile", name), before)


def _told(profile: Profile) -> dict[str, Any]:
    """Return what the audit keeps of a profile: not its words, which come from a file's cells."""
    return profile.model_dump(mode="json", exclude={"values", "true_words", "false_words"})


def headers_text(profile: Profile) -> dict[str, str]:
    """Field → its headers in one line of text."""
    return {field: f" {SEPARATOR} ".join(each) for field, each in profile.columns.items()}


def values_text(profile: Profile) -> str:
    """Write value maps one a line: ``field: word = meaning``.

    Examples
    --------
    >>> profile = Profile(name="x", zone="UTC", columns={"case_id": ["a"], "received_at": ["b"]},
    ...                   values={"resolved": {"已解决": "是"}})
    >>> values_text(profile)
    'resolved: 已解决 = 是'
    """
    return "\n".join(
        f"{field}: {word} = {meaning}"
        for field, words in profile.values.items()
        for word, meaning in words.items()
    )


def read_values(text: str) -> dict[str, dict[str, str]]:
    """Read what `values_text` wrote.

    Raises
    ------
    InvalidParameter
        A line is none of that kind.
    """
    values: dict[str, dict[str, str]] = {}
    for line in filter(None, map(str.strip, text.splitlines())):
        field, colon, rest = line.replace("：", ":", 1).partition(":")
        word, equals, meaning = rest.partition("=")
        if not (colon and equals and word.strip()):
            raise InvalidParameter(
                f"'{line[:60]}' is no line like 'resolved: done = yes'",
                f"“{line[:60]}”不是“字段：词 = 含义”这样的一行",
            )
        values.setdefault(field.strip(), {})[word.strip()] = meaning.strip()
    return values


def read_profile(old: Profile, form: Mapping[str, str]) -> Profile:
    """Make the profile that the form describes, under the name that it had.

    Raises
    ------
    InvalidParameter, InvalidProfile, UnknownCrs
    """
    fields = [field for group in FIELD_GROUPS.values() for field in group]
    columns = {
        field: tuple(
            filter(None, map(str.strip, form.get(f"headers-{field}", "").split(SEPARATOR)))
        )
        for field in fields
    }
    content = old.model_dump() | {
        "zone": form.get("zone", "").strip(),
        "crs": parse_crs(form.get("crs", "").strip() or "WGS84"),
        "date_order": form.get("date_order", "ymd"),
        "blank_is_no": "blank_is_no" in form,
        "columns": {field: headers for field, headers in columns.items() if headers},
        "values": read_values(form.get("values", "")),
    }
    return build_profile(content, old.name)
