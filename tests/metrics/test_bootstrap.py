from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from isogloss.core.errors import IsoglossError
from isogloss.metrics import bootstrap
from isogloss.metrics.bootstrap import hierarchical, holm, interval, over_languages, paired
from isogloss.metrics.item import mean


def shares(values) -> np.ndarray:
    """Statistics of a metric that is a mean."""
    values = np.asarray(values, dtype=float)
    return np.stack([values, np.ones_like(values)], axis=-1)


def coin(p: float, size: int, seed: int) -> np.ndarray:
    return shares(np.random.default_rng(seed).random(size) < p)


def test_interval_has_the_width_of_theory() -> None:
    low, high = interval(coin(0.5, 400, 0), mean, n=4000)
    assert high - low == pytest.approx(2 * 1.96 * 0.5 / 20, rel=0.1)


@settings(max_examples=60, deadline=None)
@given(st.lists(st.floats(0, 1), min_size=1, max_size=40))
def test_interval_contains_the_point(values) -> None:
    low, high = interval(shares(values), mean, n=200)
    assert low - 1e-9 <= np.mean(values) <= high + 1e-9


def test_interval_depends_on_the_seed_alone(monkeypatch) -> None:
    stats = shares(np.random.default_rng(1).random(50))
    whole = interval(stats, mean)
    assert whole != interval(stats, mean, seed=1)
    monkeypatch.setattr(bootstrap, "_CHUNK", 1700)
    assert interval(stats, mean) == pytest.approx(whole)


def test_interval_skips_what_is_not_a_number() -> None:
    stats = np.array([[1.0, 1.0], [0.0, 0.0]])
    assert interval(stats, mean) == (1.0, 1.0)
    assert np.isnan(interval(np.zeros((3, 2)), mean)).all()
    assert np.isnan(interval(np.zeros((0, 2)), mean)).all()


def test_paired_finds_a_difference_and_nothing_in_itself() -> None:
    a, b = coin(0.8, 300, 0), coin(0.5, 300, 1)
    found = paired(a, b, mean)
    assert found.delta == pytest.approx(a[:, 0].mean() - b[:, 0].mean())
    assert 0 < found.low < found.delta < found.high
    assert found.p < 0.01
    back = paired(b, a, mean)
    assert (back.delta, back.low, back.high) == pytest.approx(
        (-found.delta, -found.high, -found.low)
    )
    same = paired(a, a, mean)
    assert (same.delta, same.low, same.high, same.p) == (0, 0, 0, 1)


def test_paired_p_values_are_uniform_without_a_difference() -> None:
    p = [paired(coin(0.5, 60, 2 * i), coin(0.5, 60, 2 * i + 1), mean, n=200).p for i in range(300)]
    assert np.mean(np.array(p) < 0.05) == pytest.approx(0.04, abs=0.04)
    assert np.mean(np.array(p) < 0.5) == pytest.approx(0.45, abs=0.12)


def test_pairing_narrows_the_interval() -> None:
    a = coin(0.5, 300, 0)
    b = a.copy()
    b[:10, 0] = 0
    found = paired(a, b, mean)
    low, high = interval(a, mean)
    assert found.high - found.low < (high - low) / 2


def test_paired_refuses_other_items() -> None:
    with pytest.raises(IsoglossError, match="3 and 2 items"):
        paired(shares([1, 0, 1]), shares([1, 0]), mean)


def cells(
    base: float, effect: float = 0.0, langs: str = "de fr ru th", seeds: int = 3, size: int = 200
):
    """Languages of one parallel set: an item is as hard in all of them."""
    hard = np.random.default_rng(9).random(size)
    made = {}
    for place, lang in enumerate(langs.split()):
        noise = np.random.default_rng([place, int(1000 * (base + effect))])
        easy = base + effect + 0.05 * place
        made[lang] = [shares(hard + 0.1 * noise.random(size) < easy) for _ in range(seeds)]
    return made


def test_hierarchical_mean_and_interval() -> None:
    made = cells(0.5)
    found = hierarchical(made, None, mean)
    grand = np.mean([[s[:, 0].mean() for s in seeds] for seeds in made.values()])
    assert found.delta == pytest.approx(grand)
    assert found.low < grand < found.high
    assert np.isnan(found.p)


def test_items_are_the_same_in_all_languages() -> None:
    one = hierarchical({"de": cells(0.5)["de"]}, None, mean)
    four = hierarchical(cells(0.5), None, mean)
    assert four.high - four.low > 0.75 * (one.high - one.low)
    uneven = {
        lang: [s[: 200 - place] for s in seeds]
        for place, (lang, seeds) in enumerate(cells(0.5).items())
    }
    loose = hierarchical(uneven, None, mean)
    assert loose.high - loose.low < 0.75 * (one.high - one.low)


def test_hierarchical_compares_two_systems() -> None:
    found = hierarchical(cells(0.5, 0.2), cells(0.5), mean)
    assert 0 < found.low < found.delta < found.high
    assert found.p < 0.01
    nothing = hierarchical(cells(0.5), cells(0.5), mean)
    assert (nothing.delta, nothing.low, nothing.high, nothing.p) == (0, 0, 0, 1)
    fewer = hierarchical(cells(0.5, 0.2), cells(0.5, seeds=2), mean)
    assert fewer.low < fewer.delta < fewer.high


def test_seeds_are_resampled() -> None:
    steady = {"de": [coin(0.5, 2000, 0)] * 3}
    shaky = {"de": [coin(p, 2000, 0) for p in (0.3, 0.5, 0.7)]}
    narrow, wide = (hierarchical(c, None, mean) for c in (steady, shaky))
    assert wide.high - wide.low > 4 * (narrow.high - narrow.low)


def test_families_widen_the_interval() -> None:
    made = {
        lang: [coin(p, 500, 0)] for lang, p in (("de", 0.9), ("nl", 0.8), ("th", 0.2), ("fi", 0.4))
    }
    families = {"de": "indo-european", "nl": "indo-european", "th": "kra-dai", "fi": "uralic"}
    fixed, drawn = hierarchical(made, None, mean), hierarchical(made, None, mean, families=families)
    assert drawn.delta == fixed.delta
    assert drawn.high - drawn.low > 3 * (fixed.high - fixed.low)


def test_hierarchical_refuses_what_can_not_be_compared() -> None:
    made = cells(0.5)
    for a, b, match in (
        ({}, None, "languages"),
        (made, {"de": made["de"]}, "languages"),
        (made | {"de": made["de"][:1]}, None, "seeds"),
        (made, made | {"de": [s[:9] for s in made["de"]]}, "items"),
        ({"de": [np.zeros((0, 2))]}, None, "no items"),
    ):
        with pytest.raises(IsoglossError, match=match):
            hierarchical(a, b, mean)


def test_holm() -> None:
    assert holm([0.01, 0.04, 0.03, 0.005]) == pytest.approx([0.03, 0.06, 0.06, 0.02])
    assert holm([0.9, 0.8]) == [1.0, 1.0]
    assert holm([]) == []


def test_each_language_is_compared_as_by_itself() -> None:
    a, b = cells(0.5, 0.2), cells(0.5, seeds=2)
    for other in (cells(0.5), b, None):
        whole, single = over_languages(a, other, mean)
        assert repr(whole) == repr(hierarchical(a, other, mean))
        for lang, found in single.items():
            alone = hierarchical({lang: a[lang]}, other and {lang: other[lang]}, mean)
            assert repr(found) == repr(alone)
