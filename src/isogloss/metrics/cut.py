"""Share of items whose input was truncated."""

from __future__ import annotations

from isogloss.core.metric import Metric
from isogloss.metrics.item import flagged, mean

METRIC = Metric(
    version="1",
    kinds=(),
    stats=flagged("cut"),
    score=mean,
    higher=False,
)
