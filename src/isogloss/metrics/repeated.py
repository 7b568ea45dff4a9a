"""Share of outputs stuck in a loop: words or letters repeated on end.

Handles, addresses, placeholders, emoji and rows of numbers make no loop.
"""

from __future__ import annotations

from isogloss.core.metric import Metric
from isogloss.fidelity.loop import LETTERS, UNIT, WORDS, loop
from isogloss.fidelity.mask import mask
from isogloss.metrics.item import each, mean, output

METRIC = Metric(
    version="2",
    kinds=("generate",),
    stats=each(lambda example, prediction, lang: float(loop(mask(output(prediction))))),
    score=mean,
    signature=lambda lang: f"words:{WORDS}|letters:{LETTERS}|unit:{UNIT}",
    higher=False,
    needs_gold=False,
)
