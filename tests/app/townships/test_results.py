"""Who is 先进, 进步, 整改 or 治理类: by figures written by hand."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from app.townships.assessment.lines import Line, Share
from app.townships.assessment.rates import QUESTIONS
from app.townships.assessment.results import with_results
from app.townships.assessment.rules import ResultRules

NOTHING = Share(None, None, None)


def lines(scores: list[float | None], changes: list[float | None] | None = None) -> list[Line]:
    rises = changes or [None] * len(scores)
    told = [each for each in scores if each is not None]
    risen = [each for each in rises if each is not None]
    return [
        Line(
            f"T{at}", f"T{at}", "", 1, 1.0, 1, dict.fromkeys(QUESTIONS, NOTHING),
            Share(score, None, None),
            rank=None if score is None else 1 + sum(other > score for other in told),
            change=rise,
            change_rank=None if rise is None else 1 + sum(other > rise for other in risen),
        )
        for at, (score, rise) in enumerate(zip(scores, rises, strict=True))
    ]  # fmt: skip


def kinds(made: tuple[Line, ...]) -> list[set[str]]:
    return [{each.kind for each in line.results} for line in made]


def test_the_first_and_the_last_tenth_of_twenty() -> None:
    scores = [float(100 - at) for at in range(20)]
    found = kinds(with_results(lines(scores), ResultRules(), ()))
    assert found == [{"advanced"}] * 2 + [set()] * 16 + [{"rectify"}] * 2


def test_ties_are_alike_and_those_without_a_score_are_nothing() -> None:
    scores = [90.0, 90.0, 80.0, 70.0, 60.0, 60.0, None]
    found = kinds(with_results(lines(scores), ResultRules(), ()))
    assert found == [{"advanced"}] * 2 + [set()] * 2 + [{"rectify"}] * 2 + [set()]


def test_where_all_are_alike_nobody_is_first_or_last() -> None:
    assert kinds(with_results(lines([70.0] * 5), ResultRules(), ())) == [set()] * 5


def test_progress_needs_a_rise() -> None:
    made = lines([80.0, 70.0, 60.0, 50.0], [3.0, 0.0, 1.0, -2.0])
    rules = ResultRules(advanced_share=0, rectify_share=0, progress_first=3)
    found = with_results(made, rules, ())
    assert kinds(found) == [{"progress"}, set(), {"progress"}, set()]
    assert "+1.00" in found[2].results[0].chinese
    assert "第 2 名" in found[2].results[0].chinese


def test_a_score_under_the_limit_and_a_designation() -> None:
    rules = ResultRules(advanced_share=0, rectify_share=0, rectify_below=60)
    found = with_results(lines([61.0, 60.0, 59.5]), rules, {"T1", "T2"})
    assert kinds(found) == [set(), {"governance"}, {"rectify", "governance"}]
    assert found[2].results[0].english == "score 59.50 is under 60"


@given(st.lists(st.one_of(st.none(), st.integers(0, 20).map(float)), max_size=60),
       st.integers(0, 50), st.integers(0, 50))  # fmt: skip
def test_nobody_is_first_and_last(scores, first, last) -> None:
    rules = ResultRules(advanced_share=first, rectify_share=last)
    found = with_results(lines(scores), rules, ())
    for line, has in zip(found, kinds(found), strict=True):
        assert not {"advanced", "rectify"} <= has
        assert line.score.value is not None or not has
    best = [line.score.value for line in found if {"advanced"} <= {r.kind for r in line.results}]
    rest = [line.score.value for line in found
            if line.score.value is not None and line.score.value not in best]  # fmt: skip
    assert not best or not rest or min(best) > max(rest)
