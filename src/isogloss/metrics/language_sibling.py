"""Share of judged outputs that may be in a sibling of the language.

They are in it or in a close relative that can't be told from it, and count as right in
``correct_language``.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from isogloss.core.metric import Metric
from isogloss.core.types import Example, Prediction
from isogloss.fidelity import judge
from isogloss.metrics.correct_language import verdicts
from isogloss.metrics.item import Array, mean


def stats(examples: Sequence[Example], predictions: Sequence[Prediction], lang: str) -> Array:
    """Give (may be in a sibling, judged) for each item."""
    found = verdicts(examples, predictions, lang)
    rows = [(one.kind == "sibling", one.judged) for one in found]
    return np.array(rows, dtype=float).reshape(-1, 2)


METRIC = Metric(
    version="2",
    kinds=("generate",),
    stats=stats,
    score=mean,
    higher=False,
    signature=lambda lang: judge().signature(lang),
    needs_gold=False,
)
