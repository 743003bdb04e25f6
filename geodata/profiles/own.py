"""Profiles made on this installation: one YAML file each, in a folder of the home."""

import re
from pathlib import Path

import yaml

from geodata.errors import InvalidProfile, UnknownProfile
from geodata.profiles.model import Profile
from geodata.profiles.shipped import known_profiles

_NAME = re.compile(r"[\w-]{1,40}")


def profile_yaml(profile: Profile) -> str:
    """Write a profile as YAML; settings that have their usual value are left out.

    Examples
    --------
    >>> from geodata.profiles import load_profile
    >>> profile_yaml(load_profile("open311")).splitlines()[0]
    'name: open311'
    """
    content = profile.model_dump(mode="json", exclude_defaults=True)
    content["columns"] = {field: list(headers) for field, headers in profile.columns.items()}
    text: str = yaml.safe_dump(content, allow_unicode=True, sort_keys=False, width=100)
    return text


def check_profile_name(name: str) -> str:
    """Return a name that a profile of one's own may have.

    Raises
    ------
    InvalidProfile
        It is empty, has other characters than letters, digits, ``_`` and ``-``, or is shipped.

    Examples
    --------
    >>> check_profile_name("安和市_热线")
    '安和市_热线'
    """
    if not _NAME.fullmatch(name):
        raise InvalidProfile(
            f"profile name '{name[:40]}': expected 1 to 40 letters, digits, _ or -",
            f"方案名称“{name[:40]}”不合要求：应为 1 至 40 个文字、字母、数字、_ 或 -",
        )
    if name in known_profiles():
        raise InvalidProfile(
            f"'{name}' is a shipped profile; choose another name",
            f"“{name}”是自带的方案；请另取名称",
        )
    return name


def save_profile(folder: Path, profile: Profile) -> Path:
    """Save a profile under its name, in place of an older one of that name.

    Raises
    ------
    InvalidProfile
        The name cannot be used.
    """
    name = check_profile_name(profile.name)
    folder.mkdir(mode=0o700, exist_ok=True)
    path = folder / f"{name}.yaml"
    draft = path.with_suffix(".draft")
    draft.write_text(profile_yaml(profile), "utf-8")
    draft.replace(path)
    return path


def delete_profile(folder: Path, name: str) -> None:
    """Delete a profile of one's own.

    Raises
    ------
    UnknownProfile
        There is none of this name.
    """
    path = folder / f"{name}.yaml"
    if not _NAME.fullmatch(name) or not path.is_file():
        raise UnknownProfile(
            f"no profile of one's own is called '{name[:40]}'", f"没有名为“{name[:40]}”的自建方案"
        )
    path.unlink()
