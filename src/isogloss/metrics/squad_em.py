"""SQuAD exact match, normalised as suits the language and script."""

from __future__ import annotations

from isogloss.core.metric import Metric
from isogloss.core.types import Example, Prediction
from isogloss.metrics.item import each, mean, output, references
from isogloss.metrics.squad import CITE, exact, signature


def best(example: Example, prediction: Prediction, lang: str) -> float:
    """Score an answer against the nearest of the gold answers."""
    return max(exact(gold, output(prediction), lang) for gold in references(example))


METRIC = Metric(
    version="3",
    kinds=("span", "generate"),
    stats=each(best),
    score=mean,
    signature=signature,
    cite=CITE,
)
