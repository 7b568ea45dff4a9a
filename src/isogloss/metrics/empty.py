"""Share of outputs without a visible character."""

from __future__ import annotations

from isogloss.core.metric import Metric
from isogloss.fidelity.script import visible
from isogloss.metrics.item import each, mean, output

METRIC = Metric(
    version="1",
    kinds=("generate", "span"),
    stats=each(lambda example, prediction, lang: float(not visible(output(prediction)))),
    score=mean,
    higher=False,
    needs_gold=False,
)
