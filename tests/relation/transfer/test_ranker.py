from __future__ import annotations

import numpy as np
import pytest

from isogloss.core.errors import IsoglossError
from isogloss.relation.transfer.basis import OTHERS, Basis, Others
from isogloss.relation.transfer.pairs import Pair, Pairs
from isogloss.relation.transfer.ranker import Ranker, Trust
from isogloss.relation.transfer.tree import grow


def world(targets: int = 12, sources: int = 10, seed: int = 0, noise: float = 0.3) -> Pairs:
    """Scores that fall with distance, grow with the logarithm of size, and prefer source s0."""
    draw = np.random.default_rng(seed)
    size = np.exp(draw.normal(8, 1.5, sources))
    found = []
    for t in range(targets):
        for s in range(sources):
            if f"l{t}" == f"l{s}":
                continue
            near = float(draw.random())
            score = -3 * near + 0.3 * np.log(size[s]) + 2 * (s == 0) + noise * draw.normal()
            facts = {"distance": near, "size": float(size[s]), "nothing": float(draw.random())}
            found.append(Pair(f"l{t}", f"l{t}", f"l{s}", facts, score))
    return Pairs.of(found)


def split(pairs: Pairs, left: str) -> tuple[Pairs, Pairs]:
    kept = (pairs.targets != left) & (pairs.sources != left)
    return pairs.take(kept), pairs.take(pairs.targets == left)


def test_ranks_languages_left_out() -> None:
    pairs = world()
    found = []
    for lang in list(pairs.members)[:5]:
        train, test = split(pairs, lang)
        ranked = Ranker.fit(train, trust=Trust()).rank(test)
        found.append(np.corrcoef(ranked.value, test.scores)[0, 1])
    assert np.mean(found) > 0.8


def test_reasons_add_up_and_name_what_matters() -> None:
    train, test = split(world(), "l11")
    ranked = Ranker.fit(train).rank(test)
    assert ranked.reasons == ("distance", "size", "nothing", OTHERS)
    assert ranked.parts.sum(1) == pytest.approx(ranked.value)
    assert ranked.value.mean() == pytest.approx(0, abs=1e-9)
    weight = dict(zip(ranked.reasons, np.abs(ranked.parts).mean(0), strict=True))
    assert weight["distance"] > 3 * weight["nothing"]
    assert np.corrcoef(test.values[:, 0], ranked.parts[:, 0])[0, 1] < -0.9


def test_trust_falls_with_noise() -> None:
    clear, noisy = (Ranker.fit(world(noise=noise)).trust for noise in (0.1, 30.0))
    assert clear.groups == noisy.groups == 12
    assert clear.error < 0.6 < noisy.error
    assert clear.slope > noisy.slope


def test_same_table_same_ranking_in_any_order() -> None:
    train, test = split(world(), "l11")
    order = np.random.default_rng(1).permutation(len(test))
    one = Ranker.fit(train).rank(test).value
    other = Ranker.fit(train).rank(test.take(order)).value
    assert other == pytest.approx(one[order])


def test_missing_widens_and_is_not_filled() -> None:
    train, test = split(world(), "l11")
    values = test.values.copy()
    values[0, 0] = np.nan
    ranker = Ranker.fit(train)
    lacking = ranker.rank(Pairs.of(_pairs(test, values), test.names))
    full = ranker.rank(test)
    assert lacking.error[0] > full.error[0]
    assert lacking.error[1] == pytest.approx(full.error[1])
    assert np.isfinite(lacking.value).all()


def _pairs(test: Pairs, values: np.ndarray) -> list[Pair]:
    return [
        Pair(g, t, s, dict(zip(test.names, row, strict=True)))
        for g, t, s, row in zip(test.groups, test.targets, test.sources, values, strict=True)
    ]


def test_little_data_and_missing_cells() -> None:
    pairs = world(targets=2, sources=4)
    scores = pairs.scores.copy()
    scores[0] = np.nan
    table = Pairs(
        pairs.groups, pairs.targets, pairs.sources, pairs.names, pairs.values, scores, pairs.weights
    )
    ranker = Ranker.fit(table)
    assert ranker.trust.groups == 0
    alone = pairs.take(np.array([0]))
    assert ranker.rank(alone).value == pytest.approx([0.0])


def test_no_score_is_a_clear_error() -> None:
    for rows in ([], [Pair("t", "t", "s", {"near": 0.5})]):
        with pytest.raises(IsoglossError, match="has a score"):
            Ranker.fit(Pairs.of(rows))


def test_a_feature_without_any_value_is_left_out() -> None:
    pairs = world()
    values = np.c_[pairs.values, np.full(len(pairs), np.nan), np.ones(len(pairs))]
    names = (*pairs.names, "unknown", "constant")
    more = Pairs(
        pairs.groups, pairs.targets, pairs.sources, names, values, pairs.scores, pairs.weights
    )
    basis = Basis.fit(more.values)
    assert list(basis.spreads > 0) == [True, True, True, False, False]
    ranked = Ranker.fit(more, trust=Trust()).rank(more)
    assert np.isfinite(ranked.value).all()


def test_sizes_count_by_their_logarithm() -> None:
    pairs = world(sources=40)
    floors = Basis.fit(pairs.values).floors
    assert [bool(np.isnan(floor)) for floor in floors] == [True, False, True]


def test_others_never_see_the_own_target() -> None:
    pairs = world(noise=0.0)
    basis = Basis.fit(pairs.values)
    standard = pairs.standard
    before = Others.fit(basis, pairs, standard).columns(pairs)
    mine = pairs.targets == "l3"
    after = Others.fit(basis, pairs, np.where(mine, 99.0, standard)).columns(pairs)
    assert after[mine] == pytest.approx(before[mine])
    assert not np.allclose(after[~mine], before[~mine])


def test_trees_bend_and_add_up() -> None:
    draw = np.random.default_rng(0)
    values = draw.random((600, 3))
    values[::7, 2] = np.nan
    wanted = np.where(values[:, 0] > 0.5, 1.0, -1.0) * np.where(values[:, 1] > 0.3, 1.0, -1.0)
    trees = grow(values, wanted, np.ones(600))
    parts = trees.parts(values)
    assert parts.shape == values.shape
    assert np.corrcoef(parts.sum(1), wanted)[0, 1] > 0.9
    assert np.abs(parts[:, 2]).mean() < 0.1
