"""Features that foretell, and the law of shots."""

from __future__ import annotations

import math

import numpy as np
import pytest

from isogloss.core.errors import IsoglossError
from isogloss.relation.transfer.matrix import Transfers
from isogloss.relation.transfer.regression import forward, growth

LANGS = [f"l{i}" for i in range(8)]
PAIRS = [(a, b) for a in LANGS for b in LANGS if a != b]


def made(noise: float = 0.02) -> Transfers:
    rng = np.random.default_rng(2)
    features = {name: dict(zip(PAIRS, rng.normal(size=len(PAIRS)), strict=True)) for name in "xyz"}
    scores = {
        pair: 2 * features["x"][pair] - features["y"][pair] + noise * rng.normal() for pair in PAIRS
    }
    return Transfers("made", scores, features)


def test_the_two_that_decide_are_taken_in_order() -> None:
    found = forward(made())
    assert found.chosen == ("x", "y")
    assert found.errors[0] > found.errors[1] > found.errors[2]
    assert found.errors[2] == pytest.approx(0.02, abs=0.01)
    assert found.nested == pytest.approx(found.errors[2], abs=0.01)
    assert found.coefficients["x"] == pytest.approx(-2 * found.coefficients["y"], rel=0.3)
    assert found.coefficients["x"] > 0


def test_a_language_left_out_is_no_source_either() -> None:
    """The error is that of a fit by hand without the language in either place."""
    table = made(noise=0.5)
    one = Transfers("one", table.scores, {"x": table.features["x"]})
    errors = []
    for lang in LANGS:
        kept = [pair for pair in PAIRS if lang not in pair]
        design = np.array([[1, one.features["x"][pair]] for pair in kept])
        weights = np.linalg.lstsq(design, [one.scores[pair] for pair in kept], rcond=None)[0]
        left = [pair for pair in PAIRS if pair[1] == lang]
        errors.append(
            np.mean([abs(weights @ [1, one.features["x"][p]] - one.scores[p]) for p in left])
        )
    assert forward(one).errors[1] == pytest.approx(np.mean(errors))


def test_nothing_is_taken_from_noise() -> None:
    rng = np.random.default_rng(3)
    scores = dict(zip(PAIRS, rng.normal(size=len(PAIRS)), strict=True))
    found = forward(
        Transfers("noise", scores, {"x": dict(zip(PAIRS, range(len(PAIRS)), strict=True))})
    )
    assert found.chosen == ()
    assert found.coefficients == {}
    assert found.nested == pytest.approx(found.errors[0], rel=0.05)


def test_unknown_and_constant_features_are_told() -> None:
    table = made()
    half = {pair: math.nan if i % 2 else 1.0 * i for i, pair in enumerate(PAIRS)}
    more = {"half": half, "same": dict.fromkeys(PAIRS, 1.0)}
    found = forward(Transfers("more", table.scores, {**table.features, **more}))
    assert found.left_out == ("half", "same")
    assert found.pairs == len(PAIRS)
    with pytest.raises(IsoglossError, match="no feature varies"):
        forward(Transfers("none", table.scores, more))


def test_growth_by_the_logarithm() -> None:
    shots = (0, 10, 100, 1000)
    ladder = {
        lang: {k: 10 + i + 3 * math.log10(k + 1) for k in shots} for i, lang in enumerate(LANGS)
    }
    found = growth([ladder])
    assert found.slope == pytest.approx(3)
    assert found.logarithm == pytest.approx(0, abs=1e-9)
    assert found.verdict == "supported"
    assert (found.langs, found.shots) == (8, shots)
    line = {lang: {k: 10 + 0.01 * k for k in shots} for lang in LANGS}
    assert growth([line]).verdict == "refuted"
    with pytest.raises(IsoglossError, match="3 numbers of shots"):
        growth([{"sw": {0: 1.0, 10: 2.0}}])
