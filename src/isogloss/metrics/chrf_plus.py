"""chrF++ by sacrebleu: chrF with words and word pairs; needs spaced words."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from isogloss.core.errors import IsoglossError
from isogloss.core.metric import Metric
from isogloss.core.types import Example, Prediction
from isogloss.fidelity.script import mostly_unspaced, unspaced
from isogloss.metrics import sacre
from isogloss.metrics.chrf import score, scorer
from isogloss.metrics.item import references

WORDS = 2


def stats(examples: Sequence[Example], predictions: Sequence[Prediction], lang: str) -> np.ndarray:
    """Count guessed, gold and matched n-grams of characters and of words.

    Raises:
        IsoglossError: the language is written without spaces between words.
    """
    golds = " ".join(text for example in examples for text in references(example))
    if unspaced(lang) or mostly_unspaced(golds):
        raise IsoglossError(
            f"chrf_plus is undefined for '{lang}': it counts words between spaces",
            "score chrf",
        )
    return sacre.statistics(scorer(WORDS), examples, predictions)


METRIC = Metric(
    version="1",
    kinds=("generate",),
    stats=stats,
    score=score,
    signature=lambda lang: sacre.signature(scorer(WORDS)),
    scale=100.0,
    cite="Popović 2017, W17-4770; Post 2018, 1804.08771",
)
