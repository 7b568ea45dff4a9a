"""Share of outputs that could not be parsed."""

from __future__ import annotations

from isogloss.core.metric import Metric
from isogloss.metrics.item import flagged, mean

METRIC = Metric(
    version="1",
    kinds=(),
    stats=flagged("malformed"),
    score=mean,
    higher=False,
)
