"""The working rules of high-frequency points that a home keeps: named, checked, editable.

They stand in one file of the home and are the product's own until someone changes them. A run
keeps the rules it was made with, so old results never change their meaning.
"""

from __future__ import annotations

import contextlib
import fcntl
import hashlib
import os
import secrets
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Annotated, Any, Literal

import yaml
from pydantic import BaseModel, ConfigDict, Field, TypeAdapter, ValidationError

from app.accounts.access import Access
from app.errors import Conflict, InvalidParameter, InvalidSetting, Missing
from app.hotspots.runs import RunSummary
from app.translation import _
from geodata.home import Home
from spatial.points.rules import MonthlyTopRule, PointRule, RepeatRule

FILE = "point_rules.yaml"
LOCK = "point_rules.lock"

MOST_RULES = 12
LONGEST_NAME = 60
MOST_REPORTS, MOST_DAYS, MOST_POINTS = 1_000, 366, 10_000
"""Limits of the values that a rule may have."""

HEADING = "# Rules by which points are called high-frequency; change them on the page 高频规则.\n"

PRINTABLE = r"^[^\x00-\x1f\x7f]*$"
"""Names have no control characters."""

Name = Annotated[str, Field(max_length=LONGEST_NAME, pattern=PRINTABLE)]


class _Rule(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid", str_strip_whitespace=True)

    zh: Annotated[Name, Field(min_length=1)]
    en: Name = ""
    least: int = Field(ge=1, le=MOST_REPORTS)

    def title(self, language: str) -> str:
        """Name in the reader's language; where there is no English one the Chinese."""
        return self.zh if language.startswith("zh") else self.en or self.zh


class Repeats(_Rule):
    """So many reports of one point within some days, of one class or of any."""

    kind: Literal["repeat"] = "repeat"
    days: int = Field(ge=1, le=MOST_DAYS)
    same_class: bool = True

    @property
    def name(self) -> str:
        """What the rule is, in short: equal rules have equal names."""
        which = "same" if self.same_class else "any"
        return f"{which}_class_{self.least}_in_{self.days}_days"

    def rule(self) -> PointRule:
        """As the statistics take it."""
        return RepeatRule(self.name, self.least, self.days, self.same_class)

    def definition(self) -> str:
        """Say exactly when a point meets the rule, in the reader's language."""
        values = {"days": self.days, "hours": f"{24 * self.days:,}", "n": self.least}
        if self.same_class:
            return _(
                "同一点位、同一分类（二级，没有二级时用一级）的诉求，"
                "在任意连续 %(days)s 天（%(hours)s 小时）内不少于 %(n)s 件；分类不明的不计。",
                **values,
            )
        return _(
            "同一点位的诉求，不分类别，在任意连续 %(days)s 天（%(hours)s 小时）内不少于 %(n)s 件。",
            **values,
        )


class MonthlyTop(_Rule):
    """Among the points with most reports of a calendar month."""

    kind: Literal["monthly_top"] = "monthly_top"
    top: int = Field(ge=1, le=MOST_POINTS)

    @property
    def name(self) -> str:
        """What the rule is, in short: equal rules have equal names."""
        return f"monthly_top_{self.top}_least_{self.least}"

    def rule(self) -> PointRule:
        """As the statistics take it."""
        return MonthlyTopRule(self.name, self.top, self.least)

    def definition(self) -> str:
        """Say exactly when a point meets the rule, in the reader's language."""
        return _(
            "在某个自然月里，诉求件数排在全部点位的前 %(top)s 名（并列的都算），"
            "且不少于 %(n)s 件。",
            top=f"{self.top:,}",
            n=self.least,
        )


Rule = Repeats | MonthlyTop

DEFAULT_RULES: tuple[Rule, ...] = (
    Repeats(zh="同类 7 天 3 件", en="Same class, 3 in 7 days", least=3, days=7),
    MonthlyTop(zh="每月前 20 名", en="Monthly top 20", top=20, least=3),
)
"""系统默认: ours, as hotline offices work."""

_READER: TypeAdapter[list[Rule]] = TypeAdapter(
    list[Annotated[Repeats | MonthlyTop, Field(discriminator="kind")]]
)


def load_rules(home: Home) -> tuple[Rule, ...]:
    """Return the rules of a home, the defaults where it has none of its own.

    Raises
    ------
    InvalidSetting
        The file was changed by hand and cannot serve.
    """
    file = home.path / FILE
    if not file.exists():
        return DEFAULT_RULES
    try:
        return check_rules(_READER.validate_python(yaml.safe_load(file.read_text("utf-8"))))
    except (ValidationError, yaml.YAMLError, UnicodeDecodeError, InvalidParameter) as error:
        reason = " ".join(str(error).split())[:200]
        raise InvalidSetting(
            f"{FILE}: cannot be used ({reason}); mend it, or reset the rules",
            f"{FILE} 无法使用（{reason}）；请改正，或恢复系统默认规则",
        ) from error


def check_rules(rules: Sequence[Rule]) -> tuple[Rule, ...]:
    """Return the rules if they can stand together.

    Raises
    ------
    InvalidParameter
        There are none or too many, or two of them say the same.
    """
    if not 1 <= len(rules) <= MOST_RULES:
        raise InvalidParameter(
            f"rules: there must be 1 to {MOST_RULES}, found {len(rules)}",
            f"规则须有 1 至 {MOST_RULES} 条，现为 {len(rules)} 条",
        )
    for number, rule in enumerate(rules):
        for other in rules[:number]:
            if other.name == rule.name:
                raise InvalidParameter(
                    f"rules: {other.zh!r} and {rule.zh!r} have the same values",
                    f"规则“{other.zh}”与“{rule.zh}”的数值完全相同，只需保留一条",
                )
            if other.zh == rule.zh:
                raise InvalidParameter(
                    f"rules: two are named {rule.zh!r}", f"已有名为“{rule.zh}”的规则，请另取名称"
                )
    return tuple(rules)


def rules_version(home: Home) -> str:
    """Return what the file's content is called, to tell whether someone changed it meanwhile."""
    file = home.path / FILE
    return hashlib.sha256(file.read_bytes() if file.exists() else b"").hexdigest()[:16]


def add_rule(access: Access, home: Home, rule: Rule, seen: str) -> None:
    """Add a rule after the others; see `change_rule`."""
    with _changing(home, seen):
        _write(home, [*load_rules(home), rule])
    access.record("rule.create", ("rule", rule.name), None, rule.model_dump())


def change_rule(access: Access, home: Home, name: str, rule: Rule, seen: str) -> None:
    """Put a rule in the place of the one with this name.

    Parameters
    ----------
    seen : str
        `rules_version` of the rules that the person had before them.

    Raises
    ------
    Missing
        There is no such rule.
    Conflict
        Someone changed the rules in the meantime.
    InvalidParameter
        The rules could not stand together.
    """
    with _changing(home, seen):
        rules = list(load_rules(home))
        at = position(rules, name)
        old, rules[at] = rules[at], rule
        _write(home, rules)
    access.record("rule.change", ("rule", name), old.model_dump(), rule.model_dump())


def remove_rule(access: Access, home: Home, name: str, seen: str) -> None:
    """Take a rule out; the last one stays. See `change_rule`."""
    with _changing(home, seen):
        rules = list(load_rules(home))
        old = rules.pop(position(rules, name))
        _write(home, rules)
    access.record("rule.remove", ("rule", name), old.model_dump())


def reset_rules(access: Access, home: Home) -> None:
    """Return to the defaults, whatever the file holds."""
    with _locked(home):
        before = _readable(home)
        (home.path / FILE).unlink(missing_ok=True)
    access.record("rule.reset", ("rule", ""), {"rules": before}, {"rules": kept(DEFAULT_RULES)})


def _readable(home: Home) -> list[dict[str, Any]] | None:
    """Return the rules of a home; None where its file cannot be read, which is why it is reset."""
    try:
        return kept(load_rules(home))
    except InvalidSetting:
        return None


def position(rules: Sequence[Rule], name: str) -> int:
    """Return where the rule of this name stands.

    Raises
    ------
    Missing
        There is none.
    """
    for number, rule in enumerate(rules):
        if rule.name == name:
            return number
    raise Missing(f"there is no rule {name[:80]!r}", "没有这条规则，可能已被修改或删除")


def changed_meanwhile() -> Conflict:
    """Return what to tell who comes second."""
    return Conflict(
        "the rules were changed by someone else: look at them again",
        "规则已被他人修改，请重新查看后再改",
    )


def kept(rules: Sequence[Rule]) -> list[dict[str, Any]]:
    """Return the rules as ``run.json`` keeps them."""
    return [{"name": rule.name, **rule.model_dump()} for rule in rules]


def read_rules(records: Sequence[dict[str, Any]]) -> tuple[Rule, ...]:
    """Return the rules that `kept` made these of."""
    return tuple(_read(record) for record in records)


def run_rules(run: RunSummary) -> dict[str, Rule]:
    """Return the rules that a run was made with, by the names its points carry."""
    parameters = run.record["parameters"]
    # Runs from before rules could be changed keep theirs beside their parameters.
    records = parameters.get("point_rules") or run.record.get("point_rules", [])
    return dict(zip([each["name"] for each in records], read_rules(records), strict=True))


def _read(record: dict[str, Any]) -> Rule:
    values = {key: value for key, value in record.items() if key != "name"}
    if "kind" not in values:
        default = DEFAULT_RULES[0] if "days" in values else DEFAULT_RULES[1]
        values |= {"kind": default.kind, "zh": default.zh, "en": default.en}
    return _READER.validate_python([values])[0]


@contextlib.contextmanager
def _changing(home: Home, seen: str) -> Iterator[None]:
    """Hold the lock, if the rules are still those that were seen."""
    with _locked(home):
        if rules_version(home) != seen:
            raise changed_meanwhile()
        yield


@contextlib.contextmanager
def _locked(home: Home) -> Iterator[None]:
    """Hold a lock of the rules' own: that of the home may be held by an import for minutes."""
    descriptor = os.open(home.path / LOCK, os.O_RDWR | os.O_CREAT, 0o600)
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX)
        yield
    finally:
        os.close(descriptor)


def _write(home: Home, rules: Sequence[Rule]) -> None:
    """Check the rules and put them in the place of the file, whole or not at all."""
    checked = [rule.model_dump() for rule in check_rules(rules)]
    text = HEADING + yaml.safe_dump(checked, allow_unicode=True, sort_keys=False)
    target = home.path / FILE
    draft = Path(f"{target}.{secrets.token_hex(8)}")
    try:
        with draft.open("x", encoding="utf-8") as file:
            file.write(text)
            file.flush()
            os.fsync(file.fileno())
        draft.replace(target)
    finally:
        draft.unlink(missing_ok=True)
