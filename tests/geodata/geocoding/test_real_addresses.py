"""The promises of the geocoder on real addresses it has not seen, at one threshold."""

from __future__ import annotations

from pathlib import Path

import pytest

from benchmarks.geocoding import build, measure_found, read_boston, read_shanghai, split


def test_shanghai(shared_data: Path) -> None:
    register, asked = split(read_shanghai(shared_data))
    geocoder = build(register)
    found = geocoder.geocode(asked["address"].to_list(), asked["district"].to_list())
    accepted = measure_found(found, asked)
    assert accepted.over_2km <= 0.02
    assert accepted.township >= 0.93
    assert accepted.coverage >= 0.55
    assert measure_found(found, asked, 0.9).township >= 0.82
    likely = found.score >= 0.9
    right = found.township == asked["township"].to_numpy().astype(object)
    assert right[likely].mean() == pytest.approx(found.score[likely].mean(), abs=0.03)


def test_boston(shared_data: Path) -> None:
    table = read_boston(shared_data)
    register, asked = split(table)
    found = build(register[::3]).geocode(asked["address"].to_list()[::6])
    accepted = measure_found(found, asked[::6])
    assert accepted.coverage >= 0.85
    assert accepted.over_2km <= 0.02
    assert accepted.township >= 0.91
