"""Share of outputs that are in the expected language, as whole texts.

Empty outputs are wrong. Numbers and unit symbols can't be judged and are left
out; ``language_coverage`` says how many outputs are left. Judge the references
too: on a few words the identifier passes fewer than all of them.
"""

from __future__ import annotations

from isogloss.core.metric import Metric
from isogloss.core.types import Example, Prediction
from isogloss.metrics.identify import expected, judge, signature
from isogloss.metrics.item import Stats, each, mean, output

__all__ = ["METRIC", "expected", "judge"]


def verdict(example: Example, prediction: Prediction, lang: str) -> float | None:
    """Give 1 for the right language, 0 for a wrong one, None where there is no telling."""
    found = judge(output(prediction), lang)
    return None if found == "unjudged" else float(found == "right")


stats: Stats = each(verdict)

METRIC = Metric(
    version="1",
    kinds=("generate",),
    stats=stats,
    score=mean,
    signature=signature,
    needs_gold=False,
    cite="Chirkova & Nikoulina 2024, 2402.12279",
)
