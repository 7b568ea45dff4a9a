"""Mean over the gold labels of each label's F1."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from isogloss.core.metric import Metric
from isogloss.core.types import Example, Prediction
from isogloss.metrics.item import pair, ratio


def stats(examples: Sequence[Example], predictions: Sequence[Prediction], lang: str) -> np.ndarray:
    """Count hits, guesses and golds of each label that occurs in the gold.

    A guess outside the gold labels lowers the recall of the label it missed,
    and has no F1 of its own; so k is the same for every system on a split.
    """
    place = {label: i for i, label in enumerate(sorted({e.target for e in examples}))}
    counts = np.zeros((len(examples), len(place), 3))
    for item, (example, prediction) in zip(counts, pair(examples, predictions), strict=True):
        guess = place.get(prediction.value)
        if guess is not None:
            item[guess, 0] += prediction.value == example.target
            item[guess, 1] += 1
        item[place[example.target], 2] += 1
    return counts.reshape(len(examples), -1)


def score(totals: np.ndarray) -> np.ndarray:
    """Average F1 over the labels that have gold items, as sklearn does.

    sklearn's default averages over predicted labels too; this is its result
    for `labels` = the gold labels.
    """
    hits, guesses, golds = np.moveaxis(totals.reshape(*totals.shape[:-1], -1, 3), -1, 0)
    f1 = 2 * hits / np.maximum(guesses + golds, 1)
    return ratio(np.where(golds > 0, f1, 0).sum(-1), (golds > 0).sum(-1))


METRIC = Metric(version="1", kinds=("classify",), stats=stats, score=score)
