"""Compare two languages by the vectors of their parallel sentences."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from itertools import combinations_with_replacement
from typing import Any

import numpy as np
from numpy.typing import NDArray

from isogloss.core.errors import IsoglossError

Array = NDArray[Any]
KEPT = 0.99
"""Share of the variance that SVCCA keeps."""
TIE = 1e-6
"""Cosines that differ by less are a tie."""


def cosine(states: Array) -> Array:
    """Average the cosine of each parallel sentence (Lin et al. 2024, mPLM-Sim).

    Args:
        states: (languages, sentences, width).

    Returns:
        (languages, languages).
    """
    units = _units(states)
    flat = units.reshape(len(units), -1)
    found: Array = flat @ flat.T / units.shape[1]
    return found


def cka(states: Array) -> Array:
    """Compare by linear CKA, without its bias (Song et al. 2012, Kornblith et al. 2019).

    The biased form nears 1 for any two languages when there are fewer sentences
    than dimensions. This one is 0 on average where there is nothing in common, so
    that it may be a little less.

    Raises:
        IsoglossError: fewer than four sentences.
    """
    n = states.shape[1]
    if n < 4:
        raise IsoglossError(f"CKA needs at least 4 sentences, there are {n}", "give more text")
    grams = np.stack([_gram(each) for each in states])
    flat = grams.reshape(len(grams), -1)
    sizes = np.sqrt(np.einsum("ij,ij->i", flat, flat))
    if not sizes.all():
        raise _constant()
    found: Array = (flat @ flat.T) / np.outer(sizes, sizes)
    return found


def _gram(states: Array) -> Array:
    """Give the U-centred products of all sentences: their mean product is free of bias."""
    n = len(states)
    centred = states.astype(np.float64) - states.mean(0, dtype=np.float64)
    scale = np.abs(centred).max()
    gram: Array = (centred / (scale or 1.0)) @ (centred / (scale or 1.0)).T
    np.fill_diagonal(gram, 0.0)
    rows = gram.sum(0)
    gram -= (rows[:, None] + rows[None, :]) / (n - 2) - rows.sum() / ((n - 1) * (n - 2))
    np.fill_diagonal(gram, 0.0)
    return gram


def svcca(states: Array) -> Array:
    """Average the canonical correlations of the main directions (Raghu et al. 2017).

    Each language keeps the directions that make up 99 % of its variance.

    Raises:
        IsoglossError: so few sentences that some correlations are 1 by construction.
    """
    n = states.shape[1]
    bases = [_basis(each) for each in states]
    wide = sorted((base.shape[1] for base in bases), reverse=True)
    if n <= wide[0] + wide[min(1, len(wide) - 1)]:
        raise IsoglossError(
            f"SVCCA needs more sentences: {n} of them, and {wide[0]} directions that make up "
            f"{KEPT:.0%} of the variance; whatever they say, some would correlate perfectly",
            f"give five times as many sentences as directions, {5 * wide[0]}; or take cka",
        )
    found = np.eye(len(states))
    for i, j in combinations_with_replacement(range(len(states)), 2):
        correlations = np.linalg.svd(bases[i].T @ bases[j], compute_uv=False)
        found[i, j] = found[j, i] = correlations.mean()
    return found


def _basis(states: Array) -> Array:
    """Give orthonormal columns over the sentences that span the main directions."""
    centred = states.astype(np.float64) - states.mean(0, dtype=np.float64)
    left, sizes, _ = np.linalg.svd(centred, full_matrices=False)
    total = (sizes**2).sum()
    if total == 0:
        raise _constant()
    kept = int(np.searchsorted(np.cumsum(sizes**2) / total, KEPT)) + 1
    basis: Array = left[:, :kept]
    return basis


def retrieval(states: Array) -> Array:
    """Give how often the nearest sentence by cosine is the translation, in both directions.

    Where several are equally near, the translation counts its share.
    """
    units = _units(states)
    found = np.eye(len(units))
    for i, j in combinations_with_replacement(range(len(units)), 2):
        near = units[i] @ units[j].T
        found[i, j] = found[j, i] = (_hits(near) + _hits(near.T)) / 2
    return found


def _hits(near: Array) -> float:
    best = near >= near.max(1, keepdims=True) - TIE
    return float((best.diagonal() / best.sum(1)).mean())


def _units(states: Array) -> Array:
    sizes = np.linalg.norm(states, axis=-1, keepdims=True)
    if not sizes.all():
        raise _constant()
    units: Array = states / sizes
    return units


def _constant() -> IsoglossError:
    return IsoglossError(
        "the model gives all sentences of a language one and the same vector, or zeros",
        "check the text and the model; with pool 'last' take a layer above 0",
    )


MEASURES: Mapping[str, Callable[[Array], Array]] = {
    "cosine": cosine,
    "cka": cka,
    "svcca": svcca,
    "retrieval": retrieval,
}
