"""Share of items with the right intent and every tag right: whole semantic frames."""

from __future__ import annotations

from isogloss.core.metric import Metric
from isogloss.core.types import Example, Prediction
from isogloss.metrics.item import each, mean


def right(example: Example, prediction: Prediction, lang: str) -> float:
    """Say whether nothing is wrong."""
    if not prediction.value:
        return 0.0
    intent, tags = prediction.value
    return float(intent == example.target[0] and tuple(tags) == tuple(example.target[1]))


METRIC = Metric(
    version="1",
    kinds=("joint",),
    stats=each(right),
    score=mean,
    cite="Hakkani-Tür et al. 2016, 10.21437/Interspeech.2016-402",
)
