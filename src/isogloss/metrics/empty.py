"""Share of outputs without a visible character."""

from __future__ import annotations

import regex

from isogloss.core.metric import Metric
from isogloss.metrics.item import each, mean, output

_VISIBLE = regex.compile(r"[^\p{Z}\p{C}]")

METRIC = Metric(
    version="1",
    kinds=("generate", "span"),
    stats=each(lambda example, prediction, lang: float(not _VISIBLE.search(output(prediction)))),
    score=mean,
    higher=False,
    needs_gold=False,
)
