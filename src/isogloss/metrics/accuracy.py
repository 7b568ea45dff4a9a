"""Share of items with the right label or option."""

from __future__ import annotations

from isogloss.core.metric import Metric
from isogloss.metrics.item import each, mean

METRIC = Metric(
    version="1",
    kinds=("classify", "choose", "retrieve"),
    stats=each(lambda example, prediction, lang: float(prediction.value == example.target)),
    score=mean,
)
