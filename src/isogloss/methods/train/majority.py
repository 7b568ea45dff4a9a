"""Answer the most frequent source label always, as a reference for chance."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any

from isogloss.core.method import Context, Method, Predict, Train, untrained
from isogloss.core.types import Example, Prediction


@dataclass(frozen=True)
class Majority(Method):
    """Answer the most frequent source label always, as a reference for chance.

    Tags get the most frequent tag at every word, choices the most frequent
    place among the options. No network is trained or asked.
    """

    kinds = ("classify", "tag", "choose")
    trains = False
    cite = ""

    def train(self, train: Train, ctx: Context) -> Train:
        """Return the model as it came."""
        return untrained

    def predict(self, predict: Predict, lang: str, ctx: Context) -> Predict:
        """Give every example the same answer."""
        targets = [e.target for source in ctx.sources for e in ctx.labels(source)]
        tags = isinstance(targets[0], tuple)
        answers: Iterable[Any] = (tag for each in targets for tag in each) if tags else targets
        most = Counter(answers).most_common(1)[0][0]

        def answer(examples: Sequence[Example]) -> list[Prediction]:
            return [
                Prediction(e.id, (most,) * len(e.inputs["words"]) if tags else most)
                for e in examples
            ]

        return answer
