from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy import stats

from spatial import score_candidates

value = st.one_of(st.integers(-3, 3).map(float), st.just(float("nan")))
rows = st.lists(st.tuples(value, value, value), min_size=1, max_size=15)


@given(rows)
def test_contributions_add_up_and_stay_in_range(table: list[tuple[float, ...]]) -> None:
    columns = dict(zip("abc", np.array(table).T, strict=True))
    found = score_candidates(range(len(table)), columns, {"a": 5, "b": 2, "c": 0})
    total = sum(found.contributions.values())
    assert np.allclose(total, found.score, atol=1e-9)
    assert ((found.score >= 0) & (found.score <= 100)).all()
    for name, column in columns.items():
        assert np.array_equal(found.missing[name], np.isnan(column))
        assert (found.contributions[name][np.isnan(column)] == 0).all()
        known = column[~np.isnan(column)]
        for standing, one in zip(found.standing[name], column, strict=True):
            if not np.isnan(one):
                percentile = stats.percentileofscore(known, one, kind="mean") / 100
                assert standing == pytest.approx(percentile)
    assert (np.diff(found.rank[found.order]) >= 0).all()


def test_a_missing_criterion_leaves_its_weight_to_the_others() -> None:
    found = score_candidates(
        ["a", "b"], {"x": [1, 2], "y": [np.nan, 5]}, {"x": 1, "y": 3}, {"x": "low"}
    )
    assert found.contributions["x"][0] == pytest.approx(100 * 0.75)
    assert found.contributions["x"][1] == pytest.approx(25 * 0.25)
    assert found.contributions["y"][1] == pytest.approx(75 * 0.5)


def test_equal_scores_share_a_rank_and_go_by_code() -> None:
    found = score_candidates(["d", "b", "c", "a"], {"x": [3, 1, 3, 9]}, {"x": 1})
    assert found.rank.tolist() == [2, 4, 2, 1]
    assert found.codes[found.order].tolist() == ["a", "c", "d", "b"]


def test_an_area_without_any_value_is_listed_with_nothing() -> None:
    found = score_candidates(["a", "b"], {"x": [np.nan, 5]}, {"x": 1})
    assert found.score.tolist() == [0.0, 50.0]
    assert found.rank.tolist() == [2, 1]


def test_units_and_order_of_areas_do_not_matter() -> None:
    rng = np.random.default_rng(1)
    codes, x, y = np.arange(30), rng.normal(size=30), rng.normal(size=30)
    weights, order = {"x": 0.3, "y": 0.7}, rng.permutation(30)
    plain = score_candidates(codes, {"x": x, "y": y}, weights)
    other = score_candidates(
        codes[order], {"y": np.exp(y[order]), "x": 1000 * x[order]}, {"y": 7.0, "x": 3.0}
    )
    assert np.allclose(other.score, plain.score[order])
    assert np.array_equal(codes[order][other.order], codes[plain.order])


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"codes": ["a", "a"]}, "codes: every area may be given only once"),
        ({"criteria": {"x": [1.0]}}, "criteria: x needs 2 values"),
        ({"criteria": {"x": [1.0, np.inf]}}, "criteria: x holds an infinite value"),
        ({"weights": {"z": 1.0}}, "must name the same criteria"),
        ({"weights": {"x": -1.0}}, "weights: x must be finite and not negative"),
        ({"weights": {"x": 0.0}}, "weights: at least one must be above 0"),
        ({"directions": {"x": "up"}}, "directions: expected high or low"),
        ({"directions": {"z": "high"}}, "directions: expected high or low"),
    ],
)
def test_wrong_input_is_refused(change: dict[str, Any], message: str) -> None:
    arguments: dict[str, Any] = {
        "codes": ["a", "b"],
        "criteria": {"x": [1.0, 2.0]},
        "weights": {"x": 1.0},
    } | change
    with pytest.raises(ValueError, match=message):
        score_candidates(**arguments)
