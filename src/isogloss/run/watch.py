"""What a watched language shows while training: a line each time, and an alarm."""

from __future__ import annotations

import logging
from collections.abc import Sequence

from isogloss.core.types import Prediction, Row

log = logging.getLogger("isogloss")

ITEMS = 64
"""Items of a watched language that are scored each time."""
COLLAPSED = 0.5
"""Correct-language rate below which the alarm is raised."""


def tell(lang: str, step: int, rows: Sequence[Row], predictions: Sequence[Prediction]) -> None:
    """Log a watched language's scores, and warn when it leaves the language.

    Args:
        rows: the language's scores at this step, the headline first.
        predictions: what the model answered.
    """
    found = {row.metric: row.value for row in rows if row.condition == ""}
    shown = [(rows[0].metric, found[rows[0].metric])]
    if "correct_language" in found:
        shown.append(("right language", found["correct_language"]))
    texts = [p.value for p in predictions if isinstance(p.value, str)]
    if texts:
        shown.append(("characters", sum(map(len, texts)) / len(texts)))
    words = ", ".join(f"{name} {value:.2f}" for name, value in shown if value is not None)
    log.info("step %d, %s: %s", step, lang, words)
    rate = found.get("correct_language")
    if rate is not None and rate < COLLAPSED:
        log.warning(
            "step %d, %s: collapsing, %.0f %% of the outputs are in the language; "
            "a lower learning rate is the first thing to try",
            step, lang, 100 * rate,
        )  # fmt: skip
