"""Share of items with the right intent, whatever their slots."""

from __future__ import annotations

from isogloss.core.metric import Metric
from isogloss.core.types import Example, Prediction
from isogloss.metrics.item import each, mean


def right(example: Example, prediction: Prediction, lang: str) -> float:
    """Say whether the intent is the right one."""
    return float(bool(prediction.value) and prediction.value[0] == example.target[0])


METRIC = Metric(version="1", kinds=("joint",), stats=each(right), score=mean)
