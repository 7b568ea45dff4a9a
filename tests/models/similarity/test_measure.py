"""What each measure promises, on random vectors."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from isogloss.core.errors import IsoglossError
from isogloss.models.similarity import measure

RNG = np.random.default_rng(0)
ONE = RNG.normal(size=(40, 6)).astype(np.float32)
OTHER = RNG.normal(size=(40, 6)).astype(np.float32)
ROTATION = np.linalg.qr(RNG.normal(size=(6, 6)))[0].astype(np.float32)


@pytest.mark.parametrize("name", measure.MEASURES)
def test_equal_and_symmetric(name: str) -> None:
    found = measure.MEASURES[name](np.stack([ONE, ONE, OTHER]))
    assert np.allclose(np.diag(found), 1, atol=1e-5)
    assert found[0, 1] == pytest.approx(1, abs=1e-5)
    assert found[0, 2] < 0.9
    assert np.allclose(found, found.T, atol=1e-6)


def test_cosine() -> None:
    by_hand = [a @ b / np.linalg.norm(a) / np.linalg.norm(b) for a, b in zip(ONE, OTHER)]  # noqa: B905
    found = measure.cosine(np.stack([ONE, OTHER]))
    assert found[0, 1] == pytest.approx(np.mean(by_hand), abs=1e-6)


@pytest.mark.parametrize("name", ["cka", "svcca"])
def test_invariant(name: str) -> None:
    turned = 50 * ONE @ ROTATION + 3
    found = measure.MEASURES[name](np.stack([ONE, turned, OTHER]))
    assert found[0, 1] == pytest.approx(1, abs=1e-4)
    assert found[0, 2] == pytest.approx(found[1, 2], abs=1e-4)


def test_cka_by_definition() -> None:
    """Song et al.'s unbiased HSIC, as its formula stands."""

    def hsic(k: Any, m: Any) -> Any:
        n = len(k)
        one = np.ones(n)
        crossed = one @ k @ m @ one
        return (
            np.trace(k @ m)
            + one @ k @ one * (one @ m @ one) / (n - 1) / (n - 2)
            - (2 / (n - 2) * crossed)
        )

    grams = []
    for states in (ONE, OTHER):
        gram = (states @ states.T).astype(np.float64)
        np.fill_diagonal(gram, 0)
        grams.append(gram)
    k, m = grams
    expected = hsic(k, m) / np.sqrt(hsic(k, k) * hsic(m, m))
    assert measure.cka(np.stack([ONE, OTHER]))[0, 1] == pytest.approx(expected, abs=1e-5)


def test_cka_has_no_bias_where_sentences_are_few() -> None:
    states = RNG.normal(size=(12, 20, 300))
    found = measure.cka(states)[np.triu_indices(12, 1)]
    assert abs(found.mean()) < 0.05


def test_cka_of_three_sentences() -> None:
    with pytest.raises(IsoglossError, match="at least 4"):
        measure.cka(np.stack([ONE[:3], OTHER[:3]]))


def test_svcca_is_one_on_linear_maps() -> None:
    linear = RNG.normal(size=(6, 6)) * 0.2 + np.eye(6)
    found = measure.svcca(np.stack([ONE, ONE @ linear + 1]))
    assert found[0, 1] == pytest.approx(1, abs=1e-6)


def test_svcca_drops_small_directions() -> None:
    noisy = np.concatenate([ONE, 1e-3 * RNG.normal(size=(40, 30))], 1)
    padded = np.concatenate([ONE, np.zeros((40, 30))], 1)
    assert measure.svcca(np.stack([noisy, padded]))[0, 1] == pytest.approx(1, abs=1e-4)


def test_svcca_refuses_few_sentences() -> None:
    with pytest.raises(IsoglossError, match="12 of them, and 6 directions") as error:
        measure.svcca(np.stack([ONE[:12], OTHER[:12]]))
    assert "directions, 30" in error.value.hint


def test_retrieval() -> None:
    assert measure.retrieval(np.stack([ONE, 5 * ONE]))[0, 1] == 1
    shifted = measure.retrieval(np.stack([ONE, np.roll(ONE, 1, axis=0)]))
    assert shifted[0, 1] == 0
    one_way = np.array([[[1.0, 0], [0.6, 0.8]], [[0.6, 0.8], [0.5, 0.9]]])
    assert measure.retrieval(one_way)[0, 1] == 0.5


def test_retrieval_shares_ties() -> None:
    same = np.ones((2, 10, 4), np.float32)
    assert measure.retrieval(same)[0, 1] == pytest.approx(0.1)


@pytest.mark.parametrize("name", measure.MEASURES)
def test_zeros(name: str) -> None:
    with pytest.raises(IsoglossError, match="one and the same vector"):
        measure.MEASURES[name](np.zeros((2, 10, 4)))


def test_constant() -> None:
    for name in ("cka", "svcca"):
        with pytest.raises(IsoglossError, match="one and the same vector"):
            measure.MEASURES[name](np.ones((2, 10, 4)))
