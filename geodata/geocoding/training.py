"""What a register teaches about itself: every row asked as if it were not there.

Each row (with all others of its place) is left out and asked for, so that addresses are met as
they will be: with as much of their road known as is known of others. From these the weights of
evidence and the certainty of answers are fitted, and the threshold is chosen on folds that the
certainty was not fitted on.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from geodata.geocoding.drafts import Drafts, draft_answers
from geodata.geocoding.index import UNKNOWN, Floats, Ints, NameIndex
from geodata.geocoding.model import Logistic, fit_choice, fit_logistic
from geodata.geocoding.pairs import find_pairs, read_queries
from geodata.geocoding.weights import CHOICE, POINT_NEAR, TOWNSHIP_RIGHT

LEARN_FROM = 12_000
"""Rows asked at most; of a larger register every k-th in the order of its texts."""

FOLDS = 5
GOOD_POINT = 200.0
FAR_OFF = 2_000.0
CLOSE_ROW = 300.0
"""Metres within which another row counts as the one meant, when points are learned."""

FAR_OFF_AT_MOST = 0.02
TOWNSHIP_AT_LEAST = 0.93
DEFAULT_THRESHOLD = 0.8
"""Where a register is too small to choose one."""

ENOUGH = 300
"""Answers above a threshold from which its rates are believed."""


@dataclass(frozen=True, eq=False)
class Model:
    """Weights of evidence, certainties and threshold, as fitted on a register."""

    area_weights: Floats
    point_weights: Floats
    township_right: Logistic
    near: Logistic
    good: Logistic
    threshold: float


@dataclass(frozen=True, eq=False)
class Judged:
    """How sure one may be of each draft.

    Attributes
    ----------
    pointed : ndarray of bool
        Whether the answer should have a point: not where its township is far surer.
    score : ndarray of float
        Estimated probability that the township is right and the point, if any, at most 2 km off.
    good : ndarray of float
        Estimated probability that the point is at most 200 m off.
    """

    pointed: NDArray[np.bool_]
    score: Floats
    good: Floats


def judge(drafts: Drafts, township_right: Logistic, near: Logistic, good: Logistic) -> Judged:
    """Say how sure each draft is, and take away points that are not worth their township."""
    right = township_right.predict(drafts.measures)
    close = near.predict(drafts.measures)
    pointed = ~np.isnan(drafts.easting) & (close >= SURE_OF_POINT)
    score = np.where(pointed, np.minimum(right, close), right)
    score = np.where(drafts.area == UNKNOWN, 0.0, score)
    return Judged(pointed, np.round(score, 6), good.predict(drafts.measures))


SURE_OF_POINT = 0.85
"""Probability of being within 2 km below which an answer keeps to its township."""


def train(index: NameIndex) -> Model:
    """Fit the model of a register; always the same for the same rows, in whatever order."""
    n = len(index.addresses)
    asked = np.arange(0, n, max(1, -(-n // LEARN_FROM)))
    queries = read_queries(
        index,
        [index.addresses[row] for row in asked],
        [index.rows.district[row] for row in asked],
        [None] * len(asked),
        index.group[asked],
    )
    pairs = find_pairs(index, queries)
    off = np.hypot(
        index.easting[pairs.row] - index.easting[asked][pairs.query],
        index.northing[pairs.row] - index.northing[asked][pairs.query],
    )
    right_area = index.area[pairs.row] == index.area[asked][pairs.query]
    area_weights = fit_choice(pairs.values, pairs.query, right_area, len(asked), CHOICE)
    point_weights = fit_choice(pairs.values, pairs.query, off <= CLOSE_ROW, len(asked), CHOICE)
    crossing = np.array([address.intersection for address in queries.addresses], dtype=bool)
    drafts = draft_answers(index, pairs, len(asked), area_weights, point_weights, crossing)
    return _fit_certainty(index, asked, drafts, area_weights, point_weights)


def _fit_certainty(
    index: NameIndex, asked: Ints, drafts: Drafts, area_weights: Floats, point_weights: Floats
) -> Model:
    right = drafts.area == index.area[asked]
    off = np.hypot(drafts.easting - index.easting[asked], drafts.northing - index.northing[asked])
    fold = index.group[asked] % FOLDS
    score = np.zeros(len(asked))
    pointed = np.zeros(len(asked), dtype=bool)
    for each in range(FOLDS):
        held = fold == each
        fitted = _fit_logistics(drafts.measures, right, off, ~held)
        judged = judge(drafts, *fitted)
        score[held], pointed[held] = judged.score[held], judged.pointed[held]
    wrong = np.where(pointed, off > FAR_OFF, ~right)
    threshold = choose_threshold(score, right, wrong)
    everything = np.ones(len(asked), dtype=bool)
    return Model(
        area_weights,
        point_weights,
        *_fit_logistics(drafts.measures, right, off, everything),
        threshold,
    )


def _fit_logistics(
    measures: Floats, right: NDArray[np.bool_], off: Floats, use: NDArray[np.bool_]
) -> tuple[Logistic, Logistic, Logistic]:
    pointed = use & ~np.isnan(off)
    return (
        fit_logistic(measures[use], right[use], TOWNSHIP_RIGHT),
        fit_logistic(measures[pointed], off[pointed] <= FAR_OFF, POINT_NEAR),
        fit_logistic(measures[pointed], off[pointed] <= GOOD_POINT, POINT_NEAR),
    )


def choose_threshold(score: Floats, right: NDArray[np.bool_], wrong: NDArray[np.bool_]) -> float:
    """Return the lowest score above which answers keep both promises.

    Of all answers above it at most 2 % may be more than 2 km off (an answer without a point: in
    the wrong township) and at least 93 % in the right township, each by a standard error more
    than asked, since another sample will be met.
    """
    by = np.argsort(-score, kind="stable")
    counts = np.arange(1, len(score) + 1)
    far = np.cumsum(wrong[by]) / counts
    town = np.cumsum(right[by]) / counts
    slack_far = np.sqrt(FAR_OFF_AT_MOST * (1 - FAR_OFF_AT_MOST) / counts)
    slack_town = np.sqrt(TOWNSHIP_AT_LEAST * (1 - TOWNSHIP_AT_LEAST) / counts)
    fine = (far <= FAR_OFF_AT_MOST - slack_far) & (town >= TOWNSHIP_AT_LEAST + slack_town)
    fine &= counts >= ENOUGH
    fine[:-1] &= score[by][:-1] > score[by][1:]
    kept = np.flatnonzero(fine)
    return float(score[by[kept[-1]]]) if len(kept) else DEFAULT_THRESHOLD
