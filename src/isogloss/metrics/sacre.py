"""Take sacrebleu's statistics of single items and its signatures."""

from __future__ import annotations

import copy
from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

import numpy as np

from isogloss.core.types import Example, Prediction
from isogloss.metrics.item import output, pair, references

if TYPE_CHECKING:
    from sacrebleu.metrics.base import Metric as Scorer


def statistics(
    scorer: Scorer, examples: Sequence[Example], predictions: Sequence[Prediction]
) -> np.ndarray:
    """Count each item's n-grams with one of sacrebleu's scorers.

    These are the rows that sacrebleu itself adds up, so a score of their sum
    is its corpus score.
    """
    rows: list[Any] = []
    for example, prediction in pair(examples, predictions):
        golds = [scorer._preprocess_segment(text) for text in references(example)]
        guess = scorer._preprocess_segment(output(prediction))
        info = scorer._extract_reference_info(golds)
        rows.append(scorer._compute_segment_statistics(guess, info))
    return np.array(rows, dtype=np.float64)


def signature(scorer: Scorer) -> str:
    """Give sacrebleu's own signature, version included."""
    used = copy.copy(scorer)
    used.corpus_score(["a"], [["a"]])
    return str(used.get_signature())
