"""Find a profile by name or path and say clearly what is wrong with a bad one."""

from pathlib import Path

import yaml
from pydantic import ValidationError

from geodata.errors import InvalidProfile, UnknownProfile
from geodata.profiles.model import Profile

_FOLDER = Path(__file__).parent
_SUFFIXES = (".yaml", ".yml")


def known_profiles() -> tuple[str, ...]:
    """Names of the shipped profiles, in alphabetical order.

    Examples
    --------
    >>> known_profiles()
    ('boston311', 'chicago311', 'suyuan', 'workorder12345')
    """
    return tuple(sorted(path.stem for path in _FOLDER.glob("*.yaml")))


def load_profile(name_or_path: str | Path) -> Profile:
    """Load a shipped profile by name, or one's own by the path of its YAML file.

    Parameters
    ----------
    name_or_path : str or Path
        ``suyuan``, ``workorder12345``, … or a path that ends in ``.yaml`` or ``.yml``.

    Raises
    ------
    UnknownProfile
        When neither a shipped profile nor a file has this name; the message lists what there is.
    InvalidProfile
        When the file breaks the rules for profiles.

    Examples
    --------
    >>> load_profile("workorder12345").zone
    'Asia/Shanghai'
    """
    name = str(name_or_path)
    if name in known_profiles():
        return _read(_FOLDER / f"{name}.yaml")
    path = Path(name_or_path)
    if path.suffix in _SUFFIXES and path.is_file():
        return _read(path)
    raise UnknownProfile(
        f"no profile is called '{name}'; known profiles: {', '.join(known_profiles())}, "
        "or give the path of a .yaml file"
    )


def _read(path: Path) -> Profile:
    try:
        content = yaml.safe_load(path.read_text(encoding="utf-8-sig"))
    except (yaml.YAMLError, UnicodeDecodeError) as error:
        reason = " ".join(str(error).split())
        raise InvalidProfile(f"profile {path.name}: not readable as YAML ({reason})") from error
    if not isinstance(content, dict):
        raise InvalidProfile(f"profile {path.name}: expected 'name: value' lines, found none")
    try:
        return Profile.model_validate(content)
    except ValidationError as error:
        raise InvalidProfile(f"profile {path.name}: {_first_fault(error)}") from error


def _first_fault(error: ValidationError) -> str:
    fault = error.errors()[0]
    place = " → ".join(str(part) for part in fault["loc"])
    message = fault["msg"].removeprefix("Value error, ")
    hint = " (put it in quotes)" if fault["type"] == "string_type" else ""
    return f"{place}: {message}{hint}" if place else f"{message}{hint}"
