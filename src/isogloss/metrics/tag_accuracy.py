"""Share of words with the right tag; a missing tag is a wrong one."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from isogloss.core.metric import Metric
from isogloss.core.types import Example, Prediction
from isogloss.metrics.item import mean, pair


def stats(examples: Sequence[Example], predictions: Sequence[Prediction], lang: str) -> np.ndarray:
    """Count each item's right tags and its words."""
    rows = np.zeros((len(examples), 2))
    for row, (example, prediction) in zip(rows, pair(examples, predictions), strict=True):
        guess = prediction.value or ()
        right = sum(a == b for a, b in zip(example.target, guess, strict=False))
        row[:] = right, len(example.target)
    return rows


METRIC = Metric(version="1", kinds=("tag",), stats=stats, score=mean)
