"""ROUGE-L: F1 over the longest common subsequence of words, in every script."""

from __future__ import annotations

from isogloss.core.metric import Metric
from isogloss.metrics.item import mean
from isogloss.metrics.rouge import CITE, KINDS, rouge, signature, subsequence

METRIC = Metric(
    version="1",
    kinds=KINDS,
    stats=rouge(subsequence),
    score=mean,
    signature=signature,
    cite=CITE,
)
