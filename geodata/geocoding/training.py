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

from geodata.geocoding.around import put_around
from geodata.geocoding.drafts import Drafts, draft_answers, likely_points
from geodata.geocoding.index import UNKNOWN, Floats, Ints, NameIndex
from geodata.geocoding.lookups import read_queries
from geodata.geocoding.model import DIGITS, Logistic, fit_choice, fit_logistic
from geodata.geocoding.pairs import find_pairs
from geodata.geocoding.weights import CHOICE, POINT_NEAR, TOWNSHIP_RIGHT

LEARN_FROM = 12_000
"""Rows asked at most; of a larger register every k-th in the order of its texts."""

WEIGH_BY = 10_000
"""Of these, rows from which the weights of evidence are fitted; certainty is fitted on all."""

FOLDS = 5
GOOD_POINT = 200.0
FAR_OFF = 2_000.0
CLOSE_ROW = 300.0
"""Metres within which another row counts as the one meant, when points are learned."""

FAR_OFF_AT_MOST = 0.02
TOWNSHIP_AT_LEAST = 0.93
SURE_OF_POINT = (0.8, 0.85, 0.9, 0.92, 0.94, 0.96)
"""Tried in turn: the lower, the more answers have a point, and the more of these are far off."""

WORTH = 1.02
"""How many times more answers must be accepted for points to be given up for them."""

DEFAULT_THRESHOLD = 0.8
"""Where a register is too small to choose one."""

LEAST_THRESHOLD = 0.5
"""No answer is accepted that is likelier wrong than right, however good the others are."""

ENOUGH = 300
"""Answers above a threshold from which its rates are believed."""


@dataclass(frozen=True, eq=False)
class Certainty:
    """How sure one may be of answers, as fitted on a register.

    Attributes
    ----------
    township_right, near, good : Logistic
        Probability that the township is right, the point at most 2 km off, at most 200 m off.
    sure_of_point : float
        Probability of being within 2 km below which an answer keeps to its township.
    """

    township_right: Logistic
    near: Logistic
    good: Logistic
    sure_of_point: float


@dataclass(frozen=True, eq=False)
class Model:
    """Weights of evidence, certainty and threshold, as fitted on a register."""

    area_weights: Floats
    point_weights: Floats
    certainty: Certainty
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


def judge(drafts: Drafts, model: Certainty) -> Judged:
    """Say how sure each draft is, and take away points that are not sure enough."""
    right = model.township_right.predict(drafts.measures)
    close = model.near.predict(drafts.measures)
    pointed = ~np.isnan(drafts.easting) & (close >= model.sure_of_point)
    score = np.where(pointed, np.minimum(right, close), right).astype(float)
    score = np.where(drafts.area == UNKNOWN, 0.0, score)
    return Judged(pointed, np.round(score, DIGITS), model.good.predict(drafts.measures))


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
    some = pairs.query % max(1, -(-len(asked) // WEIGH_BY)) == 0
    known = pairs.known & some
    point_weights = fit_choice(
        pairs.values[known], pairs.query[known], off[known] <= CLOSE_ROW, len(asked), CHOICE
    )
    likely = likely_points(index, pairs, len(asked), point_weights)
    put_around(index, pairs, *likely, queries.group)
    right = index.area[pairs.row] == index.area[asked][pairs.query]
    area_weights = fit_choice(
        pairs.values[some], pairs.query[some], right[some], len(asked), CHOICE
    )
    drafts = draft_answers(index, pairs, len(asked), area_weights, point_weights, queries.asks)
    return _fit_certainty(index, asked, drafts, area_weights, point_weights)


def _fit_certainty(
    index: NameIndex, asked: Ints, drafts: Drafts, area_weights: Floats, point_weights: Floats
) -> Model:
    right = drafts.area == index.area[asked]
    off = np.hypot(drafts.easting - index.easting[asked], drafts.northing - index.northing[asked])
    everything = np.ones(len(asked), dtype=bool)
    held_out = _held_out(index.group[asked] % FOLDS, drafts, right, off)
    pointed = ~np.isnan(off)
    best = (0, SURE_OF_POINT[-1], DEFAULT_THRESHOLD)
    for sure in SURE_OF_POINT:
        has_point = pointed & (held_out[1] >= sure)
        score = np.where(has_point, np.minimum(*held_out), held_out[0]).astype(float)
        wrong = has_point & (off > FAR_OFF)
        threshold = choose_threshold(np.round(score, DIGITS), right, wrong)
        if threshold is not None and (score >= threshold).sum() > WORTH * best[0]:
            best = (int((score >= threshold).sum()), sure, threshold)
    fitted = _fit_logistics(drafts.measures, right, off, everything)
    return Model(area_weights, point_weights, Certainty(*fitted, best[1]), best[2])


def _held_out(
    fold: Ints, drafts: Drafts, right: NDArray[np.bool_], off: Floats
) -> tuple[Floats, Floats]:
    """Return probabilities of township and nearness, of each row by the other folds' fit."""
    township, near = np.zeros(len(fold)), np.zeros(len(fold))
    for each in np.unique(fold):
        held = fold == each
        fitted = _fit_logistics(drafts.measures, right, off, ~held)
        township[held] = fitted[0].predict(drafts.measures[held])
        near[held] = fitted[1].predict(drafts.measures[held])
    return township, near


def _fit_logistics(
    measures: Floats, right: NDArray[np.bool_], off: Floats, use: NDArray[np.bool_]
) -> tuple[Logistic, Logistic, Logistic]:
    pointed = use & ~np.isnan(off)
    return (
        fit_logistic(measures[use], right[use], TOWNSHIP_RIGHT),
        fit_logistic(measures[pointed], off[pointed] <= FAR_OFF, POINT_NEAR),
        fit_logistic(measures[pointed], off[pointed] <= GOOD_POINT, POINT_NEAR),
    )


def choose_threshold(
    score: Floats, right: NDArray[np.bool_], wrong: NDArray[np.bool_]
) -> float | None:
    """Return the lowest score above which answers keep both promises, None where none does.

    Of all answers above it (those without a point too) at most 2 % may have a point more than 2 km
    off and at least 93 % must be in the right township, each by a standard error more than asked,
    since another sample will be met.
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
    return max(float(score[by[kept[-1]]]), LEAST_THRESHOLD) if len(kept) else None
