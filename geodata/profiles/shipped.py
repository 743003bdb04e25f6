"""Find a profile by name or path and say clearly what is wrong with a bad one."""

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


def known_profiles() -> tuple[str, ...]:
    """Names of the shipped profiles, in alphabetical order.

    Examples
    --------
    >>> known_profiles()
    ('boston311', 'chicago311', 'open311', 'socrata', 'suyuan', 'workorder12345')
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
        "or give the path of a .yaml file",
        f"没有名为“{name}”的导入方案；现有 {'、'.join(known_profiles())}，"
        "也可以给出 .yaml 文件的路径",
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
    try:
        return Profile.model_validate(content)
    except ValidationError as error:
        fault = _first_fault(error)
        raise InvalidProfile(
            f"profile {path.name}: {fault.english}", f"导入方案 {path.name}：{fault.chinese}"
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
