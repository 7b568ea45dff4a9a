"""ROUGE-1: F1 over shared single words, in every script."""

from __future__ import annotations

from isogloss.core.metric import Metric
from isogloss.metrics.item import mean
from isogloss.metrics.rouge import CITE, KINDS, ngrams, rouge, signature

METRIC = Metric(
    version="1",
    kinds=KINDS,
    stats=rouge(ngrams(1)),
    score=mean,
    signature=signature,
    cite=CITE,
)
