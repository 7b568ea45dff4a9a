"""ROUGE-2: F1 over shared word pairs, in every script."""

from __future__ import annotations

from isogloss.core.metric import Metric
from isogloss.metrics.item import mean
from isogloss.metrics.rouge import CITE, KINDS, ngrams, rouge, signature

METRIC = Metric(
    version="1",
    kinds=KINDS,
    stats=rouge(ngrams(2)),
    score=mean,
    signature=signature,
    cite=CITE,
)
