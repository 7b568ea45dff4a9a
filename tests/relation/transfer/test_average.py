"""Means and trees in forecasts: they come in where leaving out shows that they are better."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from isogloss.relation.transfer.average import stack
from isogloss.relation.transfer.forecast import Cell, forecast, ground, share
from isogloss.relation.transfer.observation import Observation

LANGS = ("ar", "bg", "de", "el", "fi", "hi", "id", "ko", "sw", "tr")
BLOCKS = np.repeat(np.arange(20), 3)


def drawn(spreads: tuple[float, ...]) -> np.ndarray:
    draws = np.random.default_rng(0).normal(size=(len(spreads), len(BLOCKS)))
    return draws * np.array(spreads)[:, None]


def table(langs: tuple[str, ...] = LANGS) -> list[Observation]:
    """Give scores that the mix alone decides, against all that is expected of languages."""
    lifts = np.random.default_rng(1).normal(0, 0.8, 12)
    return [
        Observation("made", "xlm-roberta-base", (("en", 900 + 10 * at),), lang, float(share(lift)))
        for at, lift in enumerate(lifts)
        for lang in langs
    ]


def test_weights_are_shares_and_go_to_who_misses_least() -> None:
    weights, _ = stack(drawn((1.0, 0.1, 1.0)), 1.0, BLOCKS)
    assert weights.min() >= 0
    assert weights.sum() == pytest.approx(1)
    assert weights[1] > 0.7
    assert stack(drawn((0.1, 1.0, 1.0)), 1.0, BLOCKS)[0][0] > 0.95
    assert stack(np.zeros((3, len(BLOCKS))), 1.0, BLOCKS)[0] == pytest.approx([1, 0, 0])


def test_no_block_has_a_say_in_its_own_weights() -> None:
    """What is left of a block is a sum with fixed weights, however large its errors are."""
    first = drawn((1.0, 0.7, 0.8))
    louder = first.copy()
    louder[:, :3] *= 100
    once, again = (stack(errors, 1.0, BLOCKS)[1] for errors in (first, louder))
    assert again[:3] == pytest.approx(100 * once[:3])
    assert again[3:] != pytest.approx(once[3:])


def test_few_blocks_leave_it_to_the_process() -> None:
    assert ground(table(LANGS[:4])).average is None
    made = ground(table()[: 4 * len(LANGS)]).average  # four mixes
    assert made is not None
    assert tuple(made.known) == (1, 0, 0)


def test_means_come_in_where_the_mix_decides() -> None:
    """An unseen language, under mixes that others were tested with."""
    known = table()
    base = ground(known)
    assert base.average is not None
    assert base.average.new[1] + base.average.new[2] > 0.2
    cells = [Cell(one.task, one.model, one.mix, "vi") for one in known[:: len(LANGS)]]
    missed = [
        abs(f.score - o.score) for f, o in zip(forecast(known, cells), known[::10], strict=True)
    ]
    assert sum(missed) / len(missed) < 0.05


def test_labels_bring_what_a_slope_says_and_no_steps() -> None:
    known = [
        Observation("made", "xlm-roberta-base", (("en", 1000), (lang, n)), lang, n / 2000)
        for lang in LANGS
        for n in (10, 100, 1000)
    ]
    base = ground(known)
    assert base.average is not None
    plain, asked = base.average.plain, base.points
    more = replace(asked, own=asked.own + 0.3)
    assert plain.of(more) - plain.of(asked) == pytest.approx(np.full((2, 30), 0.3 * plain.rise))
