"""Share of items whose input was truncated."""

from __future__ import annotations

from isogloss.core.metric import Metric
from isogloss.core.types import KINDS
from isogloss.metrics.item import flagged, mean

METRIC = Metric(
    version="1",
    kinds=KINDS,
    stats=flagged("cut"),
    score=mean,
    higher=False,
)
