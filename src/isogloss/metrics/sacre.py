"""Take sacrebleu's statistics of single items and its signatures."""

from __future__ import annotations

import copy
from collections.abc import Sequence
from functools import lru_cache
from typing import TYPE_CHECKING, Any

import numpy as np

from isogloss.core.types import Example, Prediction
from isogloss.metrics.item import output, pair, references

if TYPE_CHECKING:
    from sacrebleu.metrics.base import Metric as Scorer


MEMORY = 50_000
"""Rows kept: runs of one study often give the same right answers."""


def statistics(
    scorer: Scorer, examples: Sequence[Example], predictions: Sequence[Prediction]
) -> np.ndarray:
    """Count each item's n-grams with one of sacrebleu's scorers.

    These are the rows that sacrebleu itself adds up, so a score of their sum
    is its corpus score.
    """
    rows = [
        _row(scorer, output(prediction), references(example))
        for example, prediction in pair(examples, predictions)
    ]
    return np.array(rows, dtype=np.float64)


@lru_cache(maxsize=MEMORY)
def _row(scorer: Scorer, guess: str, golds: tuple[str, ...]) -> Any:
    info = scorer._extract_reference_info([scorer._preprocess_segment(text) for text in golds])
    return scorer._compute_segment_statistics(scorer._preprocess_segment(guess), info)


def signature(scorer: Scorer) -> str:
    """Give sacrebleu's own signature, version included."""
    used = copy.copy(scorer)
    used.corpus_score(["a"], [["a"]])
    return str(used.get_signature())
