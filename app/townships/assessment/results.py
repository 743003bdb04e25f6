"""Results of a cycle 先进 / 进步 / 整改 / 治理类: rules of the set, each result with its reason.

They are the rules' findings; where somebody is praised or called to a talk, a person confirms it.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Literal, get_args

from app.townships.assessment.rules import PER_CENT, ResultRules

if TYPE_CHECKING:
    from app.townships.assessment.lines import Line

ResultKind = Literal["advanced", "progress", "rectify", "governance"]
RESULT_KINDS: tuple[ResultKind, ...] = get_args(ResultKind)


@dataclass(frozen=True)
class Result:
    """What a township is in a cycle, and by which figures, in both languages."""

    kind: ResultKind
    english: str
    chinese: str


def with_results(
    lines: Sequence[Line], rules: ResultRules, designated: Collection[str]
) -> tuple[Line, ...]:
    """Return the lines with their results.

    Parameters
    ----------
    lines : sequence of Line
        All townships of the cycle, in any order.
    rules : ResultRules
    designated : collection of str
        Codes of the townships whose designation is in force on the cycle's last day.
    """
    scores = [line.score.value for line in lines if line.score.value is not None]
    return tuple(
        replace(
            line,
            results=tuple(
                found
                for found in (
                    *_by_rank(line, scores, rules),
                    _by_change(line, rules),
                    _by_score(line, rules),
                    _governance(line, designated),
                )
                if found is not None
            ),
        )
        for line in lines
    )


def places(share: float, ranked: int) -> int:
    """Return how many ranks a share of them is: whole ones, one at least where there are some.

    Examples
    --------
    >>> places(10, 343), places(10, 3), places(0, 343), places(10, 0)
    (34, 1, 0, 0)
    """
    return max(int(ranked * share / PER_CENT), 1) if share and ranked else 0


def _by_rank(line: Line, scores: Sequence[float], rules: ResultRules) -> Iterable[Result]:
    """Give what the first and the last ranks are; where all are alike, nobody is either."""
    if line.rank is None or line.score.value is None or max(scores) == min(scores):
        return
    n, own = len(scores), line.score.value
    first, last = places(rules.advanced_share, n), places(rules.rectify_share, n)
    below = sum(round(each, 9) < round(own, 9) for each in scores)
    if line.rank <= first:
        yield Result(
            "advanced",
            f"rank {line.rank}{_open(line)[0]} of {n}: within the first {first} "
            f"({rules.advanced_share:g} %)",
            f"名次 {line.rank}{_open(line)[1]}，共 {n} 个：在前 {first} 名"
            f"（{rules.advanced_share:g}%）以内",
        )
    elif below < last:
        yield Result(
            "rectify",
            f"rank {line.rank}{_open(line)[0]} of {n}: within the last {last} "
            f"({rules.rectify_share:g} %)",
            f"名次 {line.rank}{_open(line)[1]}，共 {n} 个：在后 {last} 名"
            f"（{rules.rectify_share:g}%）以内",
        )


def _by_change(line: Line, rules: ResultRules) -> Result | None:
    rank, change = line.change_rank, line.change
    if rank is None or change is None or change <= 0 or rank > rules.progress_first:
        return None
    return Result(
        "progress",
        f"score {change:+.2f} against the cycle before, rank {rank} by the rise: within the "
        f"first {rules.progress_first}",
        f"得分比上一期 {change:+.2f}，上升幅度第 {rank} 名：在前 {rules.progress_first} 名以内",
    )


def _by_score(line: Line, rules: ResultRules) -> Result | None:
    limit, score = rules.rectify_below, line.score.value
    if limit is None or score is None or score >= limit:
        return None
    return Result(
        "rectify", f"score {score:.2f} is under {limit:g}", f"得分 {score:.2f}，低于 {limit:g}"
    )


def _governance(line: Line, designated: Collection[str]) -> Result | None:
    if line.code not in designated:
        return None
    return Result(
        "governance",
        "its designation is in force on the cycle's last day",
        "周期最后一天在市级督导的治理类名单内",
    )


def _open(line: Line) -> tuple[str, str]:
    """Tell the ranks that chance leaves open, where it leaves some."""
    if line.best is None or line.worst is None or line.best == line.worst:
        return "", ""
    return f" (chance: {line.best}–{line.worst})", f"（随机波动下 {line.best}–{line.worst}）"
