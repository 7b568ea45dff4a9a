"""Share of outputs whose language can be judged, the empty ones included."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from isogloss.core.metric import Metric
from isogloss.core.types import Example, Prediction
from isogloss.fidelity import judge
from isogloss.metrics.correct_language import verdicts
from isogloss.metrics.item import Array, mean


def stats(examples: Sequence[Example], predictions: Sequence[Prediction], lang: str) -> Array:
    """Give (judged, 1) for each item."""
    found = verdicts(examples, predictions, lang)
    return np.array([(one.judged, 1) for one in found], dtype=float).reshape(-1, 2)


METRIC = Metric(
    version="4",
    kinds=("generate",),
    stats=stats,
    score=mean,
    signature=lambda lang: judge().signature(lang),
    needs_gold=False,
)
