"""Share of outputs whose language can be judged, the empty ones included."""

from __future__ import annotations

from isogloss.core.metric import Metric
from isogloss.core.types import Example, Prediction
from isogloss.metrics.identify import judge, signature
from isogloss.metrics.item import each, mean, output


def judged(example: Example, prediction: Prediction, lang: str) -> float:
    """Give 0 for an output with too few letters to judge, else 1."""
    return float(judge(output(prediction), lang) != "unjudged")


METRIC = Metric(
    version="1",
    kinds=("generate",),
    stats=each(judged),
    score=mean,
    signature=signature,
    needs_gold=False,
)
