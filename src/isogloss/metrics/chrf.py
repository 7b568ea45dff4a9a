"""chrF2 by sacrebleu: F2 over character n-grams, in every script."""

from __future__ import annotations

from collections.abc import Sequence
from functools import cache
from typing import Any

import numpy as np

from isogloss.core.metric import Metric
from isogloss.core.types import Example, Prediction
from isogloss.metrics import sacre

BETA = 2


@cache
def scorer(word_order: int) -> Any:
    """Build sacrebleu's scorer; a word order of 2 makes it chrF++."""
    from sacrebleu.metrics.chrf import CHRF

    return CHRF(word_order=word_order, beta=BETA)


def stats(examples: Sequence[Example], predictions: Sequence[Prediction], lang: str) -> np.ndarray:
    """Count guessed, gold and matched n-grams of each order."""
    return sacre.statistics(scorer(0), examples, predictions)


def score(totals: np.ndarray) -> np.ndarray:
    """Compute corpus chrF over the orders that occur, 0 to 100.

    Not a number where no reference has a character.
    """
    guess, gold, hits = np.moveaxis(totals.reshape(*totals.shape[:-1], -1, 3), -1, 0)
    occurs = (guess > 0) & (gold > 0)
    orders = np.maximum(occurs.sum(-1), 1)
    precision = (np.where(occurs, hits, 0) / np.maximum(guess, 1)).sum(-1) / orders
    recall = (np.where(occurs, hits, 0) / np.maximum(gold, 1)).sum(-1) / orders
    below = BETA**2 * precision + recall
    f = (1 + BETA**2) * precision * recall / np.where(below > 0, below, 1)
    return np.where(gold[..., 0] > 0, 100 * f, np.nan)


METRIC = Metric(
    version="1",
    kinds=("generate",),
    stats=stats,
    score=score,
    signature=lambda lang: sacre.signature(scorer(0)),
    scale=100.0,
    cite="Popović 2015, W15-3049; Post 2018, 1804.08771",
)
