"""Share of outputs without a visible character."""

from __future__ import annotations

from isogloss.core.metric import Metric
from isogloss.metrics.item import each, mean, output
from isogloss.metrics.script import visible

METRIC = Metric(
    version="1",
    kinds=("generate", "span"),
    stats=each(lambda example, prediction, lang: float(not visible(output(prediction)))),
    score=mean,
    higher=False,
    needs_gold=False,
)
