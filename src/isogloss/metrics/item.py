"""Turn a judgement of one item into the statistics of a metric."""

from __future__ import annotations

import unicodedata
from collections.abc import Callable, Sequence
from typing import Any

import numpy as np

from isogloss.core.errors import IsoglossError
from isogloss.core.types import Answer, Example, Prediction

Array = np.ndarray
Judgement = Callable[[Example, Prediction, str], float | None]
Stats = Callable[[Sequence[Example], Sequence[Prediction], str], Array]


def pair(
    examples: Sequence[Example], predictions: Sequence[Prediction]
) -> list[tuple[Example, Prediction]]:
    """Put each example beside its prediction.

    Raises:
        IsoglossError: the two differ in number, or ids differ at some place.
    """
    if len(examples) != len(predictions):
        raise IsoglossError(
            f"{len(examples)} examples and {len(predictions)} predictions",
            "give one prediction for each example, in the same order",
        )
    for example, prediction in zip(examples, predictions, strict=True):
        if example.id != prediction.id:
            raise IsoglossError(
                f"prediction '{prediction.id}' stands beside example '{example.id}'",
                "put predictions in the order of the examples",
            )
    return list(zip(examples, predictions, strict=True))


def output(prediction: Prediction) -> str:
    """Give a prediction's text; none at all is the empty text."""
    value = prediction.value
    if value is None:
        return ""
    if not isinstance(value, str):
        raise IsoglossError(
            f"prediction '{prediction.id}' holds {type(value).__name__} where text is scored",
            "choose a metric for this kind of task",
        )
    return value


def references(example: Example) -> tuple[str, ...]:
    """List the texts that count as right: one, or several answers.

    Raises:
        IsoglossError: the example has no text to compare with.
    """
    target = example.target
    if isinstance(target, str):
        return (target,)
    if isinstance(target, Answer):
        return (target.text,)
    if isinstance(target, tuple | list) and target:
        texts = tuple(t.text if isinstance(t, Answer) else t for t in target)
        if all(isinstance(text, str) for text in texts):
            return texts
    raise IsoglossError(
        f"example '{example.id}' has no reference text",
        "give its target as text, or as a tuple of answers",
    )


def tidy(text: str) -> str:
    """Compose accents (NFC) and join words by single spaces."""
    return " ".join(unicodedata.normalize("NFC", text).split())


def each(judge: Judgement) -> Stats:
    """Make statistics (value, 1) out of a judgement of single items.

    A judgement of None leaves the item out: it adds (0, 0).
    """

    def stats(examples: Sequence[Example], predictions: Sequence[Prediction], lang: str) -> Array:
        rows = np.zeros((len(examples), 2))
        for row, (example, prediction) in zip(rows, pair(examples, predictions), strict=True):
            value = judge(example, prediction, lang)
            if value is not None:
                row[:] = value, 1.0
        return rows

    return stats


def ratio(part: Any, whole: Any) -> Array:
    """Divide; nothing out of nothing is not a number rather than zero."""
    part, whole = np.asarray(part, dtype=float), np.asarray(whole, dtype=float)
    nothing = np.full(whole.shape, np.nan)
    share: Array = np.divide(part, whole, out=nothing, where=whole > 0)
    return share


def mean(totals: Array) -> Array:
    """Divide the sum of values by the number of items judged."""
    return ratio(totals[..., 0], totals[..., 1])


def flagged(flag: str) -> Stats:
    """Make the statistics for the share of predictions with a flag."""
    return each(lambda example, prediction, lang: float(flag in prediction.flags))
