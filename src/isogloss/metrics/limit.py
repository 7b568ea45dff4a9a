"""Share of outputs that hit the length limit."""

from __future__ import annotations

from isogloss.core.metric import Metric
from isogloss.metrics.item import flagged, mean

METRIC = Metric(
    version="1",
    kinds=("generate", "span"),
    stats=flagged("limit"),
    score=mean,
    higher=False,
)
