"""Rates, scores and ranks of twelve townships under two sets of weights, worked out by hand."""

from __future__ import annotations

import math

import numpy as np
import pytest

from app.errors import InvalidParameter
from app.townships.assessment.rates import Answers, score
from app.townships.assessment.rules import Weights

# Of each township: valid callbacks; contacted, resolved; satisfied, basically satisfied.
TOWNSHIPS = [
    (100, 98, 80, 60, 20),
    (100, 98, 80, 60, 20),  # as the first: the two share a rank
    (50, 50, 50, 50, 0),
    (50, 0, 0, 0, 0),
    (10, 9, 5, 3, 4),
    (200, 190, 100, 90, 10),
    (8, 8, 2, 1, 1),
    (40, 30, 30, 30, 0),
    (40, 40, 10, 10, 0),
    (1, 1, 1, 1, 0),
    (300, 280, 270, 100, 100),
    (0, 0, 0, 0, 0),  # nobody was called back
]
DEFAULT, OTHER = Weights(), Weights(20, 30, 50, basically_satisfied=0.5)


def answers(weights: Weights) -> Answers:
    valid, contacted, resolved, satisfied, basically = np.array(TOWNSHIPS).T
    yes = {
        "response": contacted.astype(float),
        "resolution": resolved.astype(float),
        "satisfaction": satisfied + weights.basically_satisfied * basically,
    }
    return Answers(valid, yes, dict.fromkeys(yes, valid))


@pytest.mark.parametrize(
    ("weights", "expected"),
    [
        # 0.1 × 98 + 0.5 × 80 + 0.4 × (60 + 0.9 × 20) = 9.8 + 40 + 31.2 = 81
        (DEFAULT, {0: 81.0, 2: 100.0, 3: 0.0, 4: 9 + 25 + 0.4 * 66, 7: 75.0, 9: 100.0}),
        # 0.2 × 98 + 0.3 × 80 + 0.5 × (60 + 0.5 × 20) = 19.6 + 24 + 35 = 78.6
        (OTHER, {0: 78.6, 2: 100.0, 3: 0.0, 4: 18 + 15 + 0.5 * 50, 7: 75.0, 9: 100.0}),
    ],
)
def test_scores(weights, expected):
    found = score(answers(weights), weights)
    for at, value in expected.items():
        assert found.score.value[at] == pytest.approx(value, abs=1e-9)
    for at, (valid, contacted, resolved, satisfied, basically) in enumerate(TOWNSHIPS):
        if not valid:
            assert math.isnan(found.score.value[at])
            continue
        rates = {
            "response": contacted / valid,
            "resolution": resolved / valid,
            "satisfaction": (satisfied + weights.basically_satisfied * basically) / valid,
        }
        total = sum(getattr(weights, name) * rate for name, rate in rates.items())
        assert found.score.value[at] == pytest.approx(total, abs=1e-9)
        for name, rate in rates.items():
            assert found.rates[name].value[at] == pytest.approx(rate, abs=1e-12)


@pytest.mark.parametrize("weights", [DEFAULT, OTHER])
def test_ranks_and_what_chance_leaves_of_them(weights):
    found = score(answers(weights), weights)
    known = [at for at, each in enumerate(TOWNSHIPS) if each[0]]
    for at in known:
        mine = found.score
        above = sum(mine.value[other] > mine.value[at] + 1e-9 for other in known)
        surely_above = sum(mine.low[other] > mine.high[at] for other in known)
        surely_below = sum(mine.high[other] < mine.low[at] for other in known)
        assert found.rank[at] == 1 + above
        assert found.best[at] == 1 + surely_above
        assert found.worst[at] == len(known) - surely_below
        assert found.best[at] <= found.rank[at] <= found.worst[at]
    assert found.rank[0] == found.rank[1]
    assert np.isnan([found.rank[-1], found.best[-1], found.worst[-1]]).all()
    # One callback that went well is no better than a hundred: its interval says so.
    assert found.worst[9] > found.worst[2]


def test_a_question_that_nobody_answered_has_no_rate():
    made = answers(DEFAULT)
    asked = {**made.told, "satisfaction": np.zeros_like(made.valid)}
    found = score(Answers(made.valid, made.yes, asked), DEFAULT)
    assert np.isnan(found.rates["satisfaction"].value).all()
    assert np.isnan(found.score.value).all()
    assert found.rates["resolution"].value[0] == pytest.approx(0.8)


def test_a_city_is_pooled_and_no_mean_of_rates():
    made = answers(DEFAULT)
    pooled = score(made.pooled, DEFAULT).score.value[0]
    valid, contacted, resolved, satisfied, basically = np.array(TOWNSHIPS).sum(axis=0)
    points = 0.1 * contacted + 0.5 * resolved + 0.4 * (satisfied + 0.9 * basically)
    assert pooled == pytest.approx(100 * points / valid)
    assert pooled != pytest.approx(np.nanmean(score(made, DEFAULT).score.value), abs=1)


@pytest.mark.parametrize(
    "given", [(10, 50, 50, 0.9), (-10, 60, 50, 0.9), (0, 0, 0, 0.9), (10, 50, 40, 1.5)]
)
def test_weights_that_are_none(given):
    with pytest.raises(InvalidParameter):
        Weights(*given)
