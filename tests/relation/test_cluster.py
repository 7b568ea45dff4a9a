"""Distances combined, and languages grouped by them."""

from __future__ import annotations

import numpy as np
import pytest

from isogloss.core.errors import IsoglossError
from isogloss.relation.cluster import combine, tree, weights

LANGS = ("es", "pt", "de", "nl")
NEAR = np.array([[0, 0.1, 0.6, 0.7], [0.1, 0, 0.65, 0.7], [0.6, 0.65, 0, 0.2], [0.7, 0.7, 0.2, 0]])
NOISE = np.array([[0, 0.5, 0.1, 0.5], [0.5, 0, 0.5, 0.1], [0.1, 0.5, 0, 0.5], [0.5, 0.1, 0.5, 0]])
SCORES = {
    (a, b): 0.9 - NEAR[i, j] - (0.3 if b == "nl" else 0)
    for i, a in enumerate(LANGS)
    for j, b in enumerate(LANGS)
}


def test_tree_joins_the_nearest_first() -> None:
    found = tree(NEAR, LANGS)
    assert [merge.at for merge in found.merges] == pytest.approx([0.1, 0.2, 0.6625])
    assert found.groups(2) == (("es", "pt"), ("de", "nl"))
    assert found.groups(1) == (found.order,)
    assert sorted(found.groups(4)) == [("de",), ("es",), ("nl",), ("pt",)]
    assert found.left_out == ()
    for count in (0, 5):
        with pytest.raises(IsoglossError, match="can't make"):
            found.groups(count)


def test_languages_with_gaps_are_left_out_and_named() -> None:
    holed = NEAR.copy()
    holed[3, :] = holed[:, 3] = np.nan
    found = tree(holed, LANGS)
    assert (found.langs, found.left_out) == (("es", "pt", "de"), ("nl",))
    one = NEAR.copy()
    one[0, 3] = one[3, 0] = np.nan
    assert tree(one, LANGS).left_out == ("nl",), "of two, the later"
    with pytest.raises(IsoglossError, match="too few distances"):
        tree(np.full((4, 4), np.nan), LANGS)


def test_weights_follow_the_scores() -> None:
    matrices = {"near": NEAR, "noise": NOISE}
    assert weights(matrices, LANGS) == {"near": 0.5, "noise": 0.5}
    found = weights(matrices, LANGS, SCORES)
    assert sum(found.values()) == pytest.approx(1)
    assert found["near"] > 0.8
    # Which target is easier must not count: nl scores lower from everywhere.
    even = {pair: score + (0.3 if pair[1] == "nl" else 0) for pair, score in SCORES.items()}
    assert weights(matrices, LANGS, even) == pytest.approx(found)


def test_weights_without_use() -> None:
    upside = {pair: -score for pair, score in SCORES.items()}
    with pytest.raises(IsoglossError, match="no distance goes with"):
        weights({"near": NEAR}, LANGS, upside)
    with pytest.raises(IsoglossError, match="no distance goes with"):
        weights({"near": NEAR}, LANGS, {("es", "es"): 1.0})
    with pytest.raises(IsoglossError, match="unknown language of a score"):
        weights({"near": NEAR}, LANGS, {("es", "sw"): 1.0})


def test_combination_keeps_gaps() -> None:
    holed = NEAR.copy()
    holed[0, 1] = np.nan
    both = combine({"a": holed, "b": NOISE}, {"a": 0.5, "b": 0.5})
    assert np.isnan(both[0, 1])
    assert both[2, 3] == pytest.approx(0.35)
    assert not np.isnan(combine({"a": holed, "b": NOISE}, {"a": 0.0, "b": 1.0})).any()


@pytest.mark.parametrize(
    ("matrices", "langs", "said"),
    [
        ({}, LANGS, "no distance to group by"),
        ({"near": NEAR}, ("es",), "two or more languages"),
        ({"near": NEAR}, ("es", "es", "de", "nl"), "each once"),
        ({"near": NEAR}, LANGS[:3], "near is 4 x 4, with 3 languages"),
        ({"near": NEAR[:, :3]}, LANGS, "near is 4 x 3"),
    ],
)
def test_bad_matrices(matrices: dict[str, object], langs: tuple[str, ...], said: str) -> None:
    with pytest.raises(IsoglossError, match=said):
        weights(matrices, langs)
