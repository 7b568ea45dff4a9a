"""Features of pairs, tested over languages."""

from __future__ import annotations

import math

import numpy as np
import pytest

from isogloss.core.errors import IsoglossError
from isogloss.relation.transfer.correlation import compare, correlations, missed
from isogloss.relation.transfer.matrix import Transfers

LANGS = [f"l{i}" for i in range(10)]


def made(seed: int = 0, noise: float = 0.05) -> Transfers:
    """Give a world in which distance decides, beside a feature without any part in it."""
    rng = np.random.default_rng(seed)
    place, other = rng.normal(size=(2, len(LANGS), 2))

    def apart(where: object) -> dict[tuple[str, str], float]:
        return {
            (a, b): float(np.linalg.norm(where[i] - where[j]))  # type: ignore[index]
            for i, a in enumerate(LANGS)
            for j, b in enumerate(LANGS)
            if a != b
        }

    distance = apart(place)
    level = dict(zip(LANGS, rng.normal(size=len(LANGS)), strict=True))
    scores = {p: level[p[1]] - 0.3 * d + noise * rng.normal() for p, d in distance.items()}
    features = {"distance": distance, "idle": apart(other), "same": dict.fromkeys(distance, 1.0)}
    return Transfers("made", scores, features)


def test_what_decides_is_found() -> None:
    found = {(one.feature, one.measure): one for one in correlations(made())}
    within = found["distance", "within"]
    assert within.value is not None
    assert within.value < -0.9
    assert within.low is not None
    assert within.high is not None
    assert within.low <= within.value <= within.high < 0
    assert within.p is not None
    assert within.corrected is not None
    assert within.p <= within.corrected < 0.01
    idle = found["idle", "within"]
    assert idle.p is not None
    assert idle.p > 0.05
    # A target's own level hides it over all pairs.
    over_all = found["distance", "pearson"].value
    assert over_all is not None
    assert abs(over_all) < 0.9
    assert (within.pairs, within.langs) == (90, 10)


def test_agrees_with_scipy() -> None:
    from scipy.stats import pearsonr, spearmanr

    table = made()
    found = {(one.feature, one.measure): one.value for one in correlations(table)}
    x = [table.features["idle"][pair] for pair in table.scores]
    y = list(table.scores.values())
    assert found["idle", "pearson"] == pytest.approx(pearsonr(x, y).statistic)
    assert found["idle", "spearman"] == pytest.approx(spearmanr(x, y).statistic)


def test_a_constant_feature_has_no_correlation() -> None:
    same = [one for one in correlations(made()) if one.feature == "same"]
    assert {(one.value, one.p, one.low) for one in same} == {(None, None, None)}


def test_missing_cells_are_dropped_by_pair() -> None:
    table = made()
    gone = [pair for pair in table.scores if LANGS[0] in pair]
    holes = table.features["distance"] | dict.fromkeys(gone, math.nan)
    one = correlations(Transfers("holes", table.scores, {"distance": holes}), measures=["within"])[
        0
    ]
    assert (one.pairs, one.langs) == (72, 9)
    assert one.value is not None
    assert one.value < -0.9


def test_pairs_are_no_samples_of_their_own() -> None:
    """With a feature of languages alone, a test by pairs would find what is not there."""
    from scipy.stats import pearsonr

    rng = np.random.default_rng(4)
    by_pair, by_lang = 0, 0
    for _ in range(30):
        size, level = rng.normal(size=(2, len(LANGS)))
        cells = [(i, j) for i in range(len(LANGS)) for j in range(len(LANGS)) if i != j]
        feature = {(LANGS[i], LANGS[j]): size[i] + size[j] for i, j in cells}
        scores = {(LANGS[i], LANGS[j]): level[i] + level[j] for i, j in cells}
        by_pair += pearsonr(list(feature.values()), list(scores.values())).pvalue < 0.05
        table = Transfers("null", scores, {"size": feature})
        p = correlations(table, measures=["pearson"], permutations=200)[0].p
        by_lang += p is not None and p < 0.05
    assert by_pair >= 12
    assert by_lang <= 5


def test_groups_are_compared() -> None:
    signs = {"distance": -1, "idle": -1}
    found = compare([made(0), made(1)], ["distance"], ["idle"], signs=signs)
    assert found.verdict == "supported"
    assert set(found.by_table) == {"made"}
    assert compare([made()], ["idle"], ["distance"], signs=signs).verdict == "refuted"
    with pytest.raises(IsoglossError, match="same can't be correlated"):
        compare([made()], ["distance"], ["same"])
    with pytest.raises(IsoglossError, match="no feature can't"):
        compare([made()], ["distance"], [])


def test_choices_are_compared() -> None:
    signs = {"distance": -1, "idle": -1}
    first, second, found = missed([made()], ["distance"], ["idle"], signs=signs)
    assert first < 0.1 < second
    assert found.verdict == "supported"
    assert found.langs == 10
    with pytest.raises(IsoglossError, match="more than 9 sources"):
        missed([made()], ["distance"], ["idle"], take=9)
