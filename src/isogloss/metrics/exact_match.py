"""Share of outputs equal to a reference, but for spacing and Unicode form."""

from __future__ import annotations

from isogloss.core.metric import Metric
from isogloss.core.types import Example, Prediction
from isogloss.metrics.item import each, mean, output, references, tidy


def equal(example: Example, prediction: Prediction, lang: str) -> float:
    """Compare texts after NFC and with single spaces; case and punctuation count."""
    return float(tidy(output(prediction)) in map(tidy, references(example)))


METRIC = Metric(
    version="1",
    kinds=("generate", "span"),
    stats=each(equal),
    score=mean,
)
