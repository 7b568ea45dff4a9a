"""Micro F1 over whole entities in IOB2 tags, as conlleval and seqeval count."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import regex

from isogloss.core.errors import IsoglossError
from isogloss.core.metric import Metric
from isogloss.core.types import Example, Prediction
from isogloss.kind.entity import entities
from isogloss.metrics.item import pair, ratio

_TAG = regex.compile(r"O|[BI](-.+)?")


def stats(examples: Sequence[Example], predictions: Sequence[Prediction], lang: str) -> np.ndarray:
    """Count each item's entities that are right, guessed and gold.

    Raises:
        IsoglossError: gold tags are not IOB2.
    """
    rows = np.zeros((len(examples), 3))
    for row, (example, prediction) in zip(rows, pair(examples, predictions), strict=True):
        gold = entities([_checked(tag, example.id) for tag in example.target])
        guess = entities(_fitted(prediction.value, len(example.target)))
        row[:] = len(gold & guess), len(guess), len(gold)
    return rows


def score(totals: np.ndarray) -> np.ndarray:
    """Give F1; not a number where there is no entity, gold or guessed."""
    return ratio(2 * totals[..., 0], totals[..., 1] + totals[..., 2])


def _checked(tag: str, item: str) -> str:
    if not _TAG.fullmatch(tag):
        raise IsoglossError(
            f"entity_f1 can't read the tag '{tag}' of example '{item}'",
            "use IOB2 tags (B-PER, I-PER, O), or score tag_accuracy",
        )
    return tag


def _fitted(tags: Sequence[str | None] | None, length: int) -> list[str]:
    """Cut or fill with O to one tag a word; what is no tag is an O."""
    read = [tag if tag and _TAG.fullmatch(tag) else "O" for tag in tags or ()]
    return (read + ["O"] * length)[:length]


METRIC = Metric(
    version="1",
    kinds=("tag",),
    stats=stats,
    score=score,
    signature=lambda lang: "scheme:iob2|repair:conlleval|average:micro",
    cite="Tjong Kim Sang & De Meulder 2003, W03-0419",
)
