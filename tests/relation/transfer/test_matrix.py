"""Scores by source, target and number of sources."""

from __future__ import annotations

import math
from itertools import combinations

import pytest

from isogloss.core.errors import IsoglossError
from isogloss.relation.transfer.matrix import (
    Grid,
    Transfers,
    by_number,
    contrast,
    related,
    single,
    tabulate,
)
from isogloss.relation.transfer.observation import Observation

LANGS = ("de", "fr", "ru", "tr", "fi", "ja")


def seen(sources: tuple[str, ...], target: str, score: float) -> Observation:
    return Observation("tag", "mini/xlmr", tuple((lang, 0) for lang in sources), target, score)


def world(gain: float) -> list[Observation]:
    """Give every group of 1, 2 and 5 languages, each source adding as much."""
    return [
        seen(group, target, 0.3 + gain * len(group) + 0.01 * LANGS.index(target))
        for size in (1, 2, 5)
        for group in combinations(LANGS, size)
        for target in LANGS
    ]


def test_single_sources_are_averaged_over_seeds() -> None:
    found = single(
        [seen(("de",), "fr", 0.2), seen(("de",), "fr", 0.4), seen(("de", "tr"), "fr", 1)]
    )
    assert found == {("de", "fr"): pytest.approx(0.3)}


def test_more_sources_are_counted_on_languages_they_lack() -> None:
    one, two, five = by_number(world(0.05))
    assert (one.number, two.number, five.number) == (1, 2, 5)
    assert one.over is None
    assert two.over is not None
    assert five.over is not None
    assert two.over.value == pytest.approx(0.05)
    assert five.over.value == pytest.approx(0.2)
    assert five.over.verdict == "supported"
    assert (one.score.groups, two.score.groups, five.score.groups) == (30, 60, 6)
    worse = by_number(world(-0.02))[-1].over
    assert worse is not None
    assert worse.verdict == "refuted"


def test_one_number_of_sources_is_refused() -> None:
    with pytest.raises(IsoglossError, match="one number of sources"):
        by_number([seen(("de",), "fr", 0.3)])
    with pytest.raises(IsoglossError, match="no target is unseen"):
        by_number([seen(("de",), "fr", 0.3), seen(("de", "fr"), "tr", 0.3)])


def test_near_and_far() -> None:
    langs = (*LANGS, "es", "az")
    scores = {(a, b): 0.8 if related(a, b) else 0.5 for a in langs for b in langs if a != b}
    found = contrast(scores, related)
    assert found.value == pytest.approx(0.3)
    assert found.targets == 6  # Finnish and Japanese have no relatives here
    assert found.verdict == "supported"
    with pytest.raises(IsoglossError, match="near and far"):
        contrast(scores, lambda source, target: None)


def test_few_targets_decide_nothing() -> None:
    scores = {(a, b): 0.8 if related(a, b) else 0.5 for a in LANGS for b in LANGS if a != b}
    found = contrast(scores, related)
    assert (found.targets, found.verdict) == (3, "undecided")


def test_missing_cells_are_left_out() -> None:
    scores = {("de", "fr"): 0.5, ("fr", "de"): math.nan, ("de", "de"): 1.0}
    table = tabulate("t", scores, lambda source, target: {"x": 1.0})
    assert table.scores == {("de", "fr"): 0.5}
    assert table.features == {"x": {("de", "fr"): 1.0}}
    assert (table.langs, table.targets) == (("de", "fr"), ("fr",))


def test_too_few_languages() -> None:
    scores = {(a, b): 0.5 for a in "abcd" for b in "abcd" if a != b}
    with pytest.raises(IsoglossError, match="4 languages are too few"):
        Grid.of(Transfers("small", scores, {"x": scores}))
    many = {(a, b): 0.5 for a in "abcde" for b in "abcde" if a != b}
    with pytest.raises(IsoglossError, match="no features"):
        Grid.of(Transfers("bare", many, {}))


def test_languages_trade_places_with_their_like_alone() -> None:
    import numpy as np

    scores = {(a, b): 0.5 for a in "abcdef" for b in "efgh" if a != b}
    grid = Grid.of(Transfers("wide", scores, {"x": scores}))
    rng = np.random.default_rng(0)
    for _ in range(20):
        order = grid.shuffled(rng)
        names = [grid.langs[i] for i in order]
        assert set(names[:4]) == set("abcd")
        assert set(names[4:6]) == set("ef")
        assert np.isfinite(grid.at("x", order)).all()
