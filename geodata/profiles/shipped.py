"""Find a profile by name or path and say clearly what is wrong with a bad one."""

from collections.abc import Mapping
from pathlib import Path

import yaml
from pydantic import ValidationError

from geodata.errors import InvalidProfile, UnknownProfile
from geodata.notes import Note
from geodata.profiles.model import Profile, ProfileFault

_FOLDER = Path(__file__).parent
_SUFFIXES = (".yaml", ".yml")

_FAULTS_ZH = {
    "missing": "缺少这一项",
    "extra_forbidden": "没有这样的设置项",
    "string_type": "应为文本，请加上引号",
    "dict_type": "应为“name: value”的列表",
    "tuple_type": "应为列表",
    "bool_type": "应为 true 或 false",
    "bool_parsing": "应为 true 或 false",
    "literal_error": "不是允许的取值",
}
"""What pydantic finds, by its own code for it."""


def known_profiles(folder: Path | None = None) -> tuple[str, ...]:
    """Names of the shipped profiles in alphabetical order, then of those in a folder of one's own.

    Examples
    --------
    >>> known_profiles()
    ('boston311', 'chicago311', 'open311', 'socrata', 'suyuan', 'workorder12345')
    """
    shipped = sorted(path.stem for path in _FOLDER.glob("*.yaml"))
    own = sorted(path.stem for path in folder.glob("*.yaml")) if folder else []
    return (*shipped, *(name for name in own if name not in shipped))


def load_profile(name_or_path: str | Path, folder: Path | None = None) -> Profile:
    """Load a shipped profile by name, one of the folder's, or one by the path of its YAML file.

    Parameters
    ----------
    name_or_path : str or Path
        ``suyuan``, ``workorder12345``, … or a path that ends in ``.yaml`` or ``.yml``.
    folder : Path, optional
        Folder of profiles made on this installation (`Home.profiles`).

    Raises
    ------
    UnknownProfile
        When neither a known profile nor a file has this name; the message lists what there is.
    InvalidProfile
        When the file breaks the rules for profiles.

    Examples
    --------
    >>> load_profile("workorder12345").zone
    'Asia/Shanghai'
    """
    name = str(name_or_path)
    known = known_profiles(folder)
    if name in known:
        shipped = _FOLDER / f"{name}.yaml"
        return _read(shipped if shipped.is_file() or folder is None else folder / shipped.name)
    path = Path(name_or_path)
    if path.suffix in _SUFFIXES and path.is_file():
        return _read(path)
    raise UnknownProfile(
        f"no profile is called '{name}'; known profiles: {', '.join(known)}, "
        "or give the path of a .yaml file",
        f"没有名为“{name}”的导入方案；现有 {'、'.join(known)}，也可以给出 .yaml 文件的路径",
    )


def _read(path: Path) -> Profile:
    try:
        content = yaml.safe_load(path.read_text(encoding="utf-8-sig"))
    except (yaml.YAMLError, UnicodeDecodeError) as error:
        reason = " ".join(str(error).split())
        raise InvalidProfile(
            f"profile {path.name}: not readable as YAML ({reason})",
            f"导入方案 {path.name}：不是可读的 YAML（技术信息：{reason}）",
        ) from error
    if not isinstance(content, dict):
        raise InvalidProfile(
            f"profile {path.name}: expected 'name: value' lines, found none",
            f"导入方案 {path.name}：没有“name: value”这样的行",
        )
    return build_profile(content, path.name)


def build_profile(content: Mapping[str, object], label: str) -> Profile:
    """Make a profile of plain values.

    Parameters
    ----------
    content : mapping
        What a profile's YAML file holds.
    label : str
        Name for messages, empty where it has none yet.

    Raises
    ------
    InvalidProfile
    """
    try:
        return Profile.model_validate(content)
    except ValidationError as error:
        fault, named = _first_fault(error), f" {label}" if label else ""
        raise InvalidProfile(
            f"profile{named}: {fault.english}", f"导入方案{named}：{fault.chinese}"
        ) from error


def _first_fault(error: ValidationError) -> Note:
    fault = error.errors()[0]
    place = " → ".join(str(part) for part in fault["loc"])
    own = fault.get("ctx", {}).get("error")
    if isinstance(own, ProfileFault):
        message = own.note
    else:
        hint = " (put it in quotes)" if fault["type"] == "string_type" else ""
        message = Note(f"{fault['msg']}{hint}", _FAULTS_ZH.get(fault["type"], "值不符合要求"))
    if not place:
        return message
    return Note(f"{place}: {message.english}", f"{place}：{message.chinese}")
