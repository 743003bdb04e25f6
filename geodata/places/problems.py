"""What is wrong with rows of a file of places, each with row, field, value and rule."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict, dataclass
from typing import Any

from geodata.errors import InvalidPlaces

TOLD = 5
"""How many problems the one line of the error names; `InvalidPlaceFile.problems` has them all."""

LONGEST_VALUE = 60

RULES: dict[str, tuple[str, str]] = {
    "not_a_coordinate": ("not a coordinate in degrees", "不是坐标"),
    "not_on_earth": (
        "not a point of this Earth in the given coordinate system",
        "按所给坐标系不是有效位置",
    ),
    "no_code": ("no code, expected one in each row", "没有编码，每行都应有"),
    "code_twice": ("code given twice", "编码重复"),
    "same_place_twice": (
        "the same name, township and address as another row",
        "与另一行名称、街乡镇、地址相同",
    ),
    "no_name": ("no name and no address, expected one of them", "既没有名称也没有地址"),
    "no_shape": ("has no polygon or point", "没有面或点的图形"),
    "not_a_number": ("not a number of 0 or more", "不是不小于 0 的数字"),
    "not_a_date": ("not a date as 2025-01-31", "不是 2025-01-31 这样的日期"),
    "ends_before_start": ("ends before it begins", "失效日期不晚于生效日期"),
    "unknown_township": ("names no township of the boundaries in use", "现行边界中没有这个街乡镇"),
}


@dataclass(frozen=True)
class Problem:
    """One cell that breaks a rule.

    Attributes
    ----------
    row : int
        As the file counts them, the header included.
    field, value, english, chinese : str
    """

    row: int
    field: str
    value: str
    english: str
    chinese: str

    @classmethod
    def of(cls, row: int, field: str, value: Any, rule: str) -> Problem:
        """Return the problem by the name of its rule."""
        shown = "" if value is None else str(value)[:LONGEST_VALUE]
        return cls(row, field, shown, *RULES[rule])

    def to_json(self) -> dict[str, Any]:
        """Return plain values for a JSON line."""
        return {**asdict(self), "rule": self.english, "rule_zh": self.chinese}


class InvalidPlaceFile(InvalidPlaces):
    """Rows of a file break rules; nothing of it was taken.

    Attributes
    ----------
    problems : tuple of Problem
        All of them, in the order of the rows.
    """

    def __init__(self, file: str, problems: Sequence[Problem]) -> None:
        self.problems = tuple(sorted(problems, key=lambda each: each.row))
        self.file = file
        told, rest = self.problems[:TOLD], len(self.problems) - TOLD
        more = f"; and {rest:,} more" if rest > 0 else ""
        more_zh = f"；另有 {rest:,} 处" if rest > 0 else ""
        english = "; ".join(f"row {p.row}: {p.field} {p.value!r} {p.english}" for p in told)
        chinese = "；".join(f"第 {p.row} 行 {p.field} “{p.value}” {p.chinese}" for p in told)
        super().__init__(f"{file}: {english}{more}", f"{file}：{chinese}{more_zh}")

    def __reduce__(self) -> tuple[Any, ...]:
        """Survive the way between processes with the problems."""
        return type(self), (self.file, self.problems)
