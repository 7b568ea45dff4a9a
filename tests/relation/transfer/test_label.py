"""Which labels to buy, and whether translating is the better buy."""

from __future__ import annotations

import math
from dataclasses import replace

import pytest

from isogloss.core.errors import IsoglossError
from isogloss.relation.transfer.forecast import Cell, Ground, ground, share
from isogloss.relation.transfer.label import Aim, add, advise, curve
from isogloss.relation.transfer.observation import Observation

LEVELS = {"de": 1.6, "fr": 1.5, "ru": 1.2, "tr": 0.5, "fi": 0.8, "sw": -1.0}
CELL = Cell("made", "mini/xlmr", (("en", 1000),), "sw")


@pytest.fixture(scope="module")
def base() -> Ground:
    table = [
        Observation(
            "made",
            "mini/xlmr",
            (("en", 1000), *(((lang, k),) if k else ())),
            lang,
            float(share(level + 0.15 * math.log1p(k))),
        )
        for lang, level in LEVELS.items()
        for k in ((0, 10, 100) if lang != "sw" else (0, 10))
    ]
    return ground(table)


def test_the_worst_language_is_labelled_for_the_worst_case(base: Ground) -> None:
    found = advise(base, CELL, list(LEVELS), budget=200, aim="worst")
    assert found.labels[0][0] == "sw"
    assert found.labels[0][1] > 100  # of 200
    assert found.options[0].lang == "sw"
    assert found.gain.low > 0
    assert found.then.value > found.now.value
    assert found.now.low < found.now.value < found.now.high


@pytest.mark.parametrize("aim", ["mean", "worst"])
def test_sums_add_up(base: Ground, aim: Aim) -> None:
    found = advise(base, CELL, list(LEVELS), budget=200, aim=aim)
    assert found.now.value + found.gain.value == pytest.approx(found.then.value)
    if aim == "mean":
        cells = [replace(CELL, target=lang) for lang in LEVELS]
        assert found.now.value == pytest.approx(base.middle(cells).mean(), abs=1e-3)
    first = curve(base, CELL).rungs[0]
    assert first.score.value == pytest.approx(base.middle([CELL])[0], abs=5e-3)


def test_a_budget_is_shared_for_the_mean(base: Ground) -> None:
    found = advise(base, CELL, list(LEVELS), budget=203, aim="mean")
    assert sum(count for _, count in found.labels) == 203
    assert len(found.labels) > 1
    assert found.gain.value > max(option.gain.value for option in found.options)
    assert [one.gain.value for one in found.options] == sorted(
        (one.gain.value for one in found.options), reverse=True
    )


def test_labels_come_on_top_of_what_there_is() -> None:
    assert add(CELL, "sw", 5).mix == (("en", 1000), ("sw", 5))
    assert add(add(CELL, "sw", 5), "sw", 5).mix == (("en", 1000), ("sw", 10))
    assert add(Cell("made", "m", (("en", 0),), "sw"), "en", 5).mix == (("en", 1005),)


def test_a_curve_rises_with_the_logarithm(base: Ground) -> None:
    found = curve(base, CELL, price_label=0.5, price_word=0.1, words=5000, examples=1000)
    assert [rung.examples for rung in found.rungs][:3] == [0, 10, 30]
    values = [rung.score.value for rung in found.rungs]
    assert values == sorted(values)
    assert values[3] == pytest.approx(share(-1.0 + 0.15 * math.log1p(100)), abs=0.05)
    assert found.rungs[3].price == 50
    assert found.translation is not None
    assert found.translation.price == 500
    assert found.equal is not None
    assert found.equal.examples == 1000
    assert not found.told
    assert found.equal.beats is not None
    assert found.equal.beats > 0.5  # as many labels as translations


def test_runs_on_translations_tell(base: Ground) -> None:
    told = Cell("made", "mini/xlmr", (("en", 1000),), "sw", "translate_train(langs=['sw'])")
    found = curve(base, CELL, price_label=1, price_word=1, words=10, translated=told)
    assert found.told


def test_without_prices_there_is_nothing_to_compare(base: Ground) -> None:
    found = curve(base, CELL)
    assert (found.translation, found.equal) == (None, None)
    assert all(rung.beats is None for rung in found.rungs)


def test_numbers_out_of_range(base: Ground) -> None:
    with pytest.raises(IsoglossError, match="a budget of 0 examples"):
        advise(base, CELL, list(LEVELS), budget=0)
    with pytest.raises(IsoglossError, match="a price of -1 a word"):
        curve(base, CELL, price_word=-1)
