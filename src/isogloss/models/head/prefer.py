"""The likelier of two answers to a prompt."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import Any

from torch import Tensor

from isogloss.core.run import Fit, Generate
from isogloss.core.task import Task
from isogloss.core.types import Example, Prediction
from isogloss.kind.prefer import ANSWERS, preferred
from isogloss.models import devices
from isogloss.models.batch import Batch, Item
from isogloss.models.head.chat import ChatSource
from isogloss.models.head.head import flags, grouped
from isogloss.models.head.seq import Source, TextHead
from isogloss.models.model import Model

PROMPT = "prompt"


class PreferText(TextHead):
    """Learn to write the chosen answer; predict the likelier one.

    An answer's log-likelihood is divided by its tokens to the power of the run's
    ``length_penalty``, as beams are: 1 compares means, 0 sums. The prompt and the
    answers are encoded apart, so that a prompt has the same tokens before both, and
    those that it has when the model writes.
    """

    kinds = ("prefer",)
    snippet = ("writes",)

    def asked(self, task: Task) -> Task:
        """Leave out the answers."""
        return replace(task, fields=(PROMPT,))

    def target(self, task: Task, example: Example) -> str:
        """Give the chosen answer."""
        return self.options(task, example)[0]

    def options(self, task: Task, example: Example) -> list[str]:
        """Give the chosen and the rejected answer."""
        return [example.inputs[name] for name in ANSWERS]

    def source(self, model: Model, fit: Fit) -> Source:
        """Lay out chats by the model's template."""
        return ChatSource(model, fit, PROMPT)

    def encode(
        self, model: Model, examples: Sequence[Example], fit: Fit, *, train: bool
    ) -> list[Item]:
        """Turn examples into items; in training each brings the rejected answer's along."""
        asked = replace(model, task=self.asked(model.task))
        if fit.long == "chunks":  # both answer the whole prompt
            fit = replace(fit, long="head")
        items = super().encode(asked, examples, fit, train=train)
        if train:
            others = super().encode(asked, list(map(_turned, examples)), fit, train=True)
            for item, other in zip(items, others, strict=True):
                item.meta = {"rejected": other}
        return items

    def answer(
        self, model: Model, batch: Batch, generate: Generate, limit: Any = None
    ) -> list[Any]:
        """Score both answers."""
        sums = super().answer(model, batch, generate, limit)
        return [
            [
                score / len(ids) ** generate.length_penalty
                for score, ids in zip(scores, item.meta["options"], strict=True)
            ]
            for item, scores in zip(batch.items, sums, strict=True)
        ]

    def merge(
        self,
        model: Model,
        examples: Sequence[Example],
        items: Sequence[Item],
        raws: Sequence[Any],
    ) -> list[Prediction]:
        """Prefer the likelier answer."""
        return [
            Prediction(
                example.id, preferred(*raw), dict(zip(ANSWERS, raw, strict=True)), flags(parts)
            )
            for example, parts in zip(examples, grouped(examples, items, raws), strict=True)
            for _, raw in parts
        ]


def _turned(example: Example) -> Example:
    """Swap the two answers."""
    chosen, rejected = ANSWERS
    turned = {chosen: example.inputs[rejected], rejected: example.inputs[chosen]}
    return replace(example, inputs={**example.inputs, **turned})


def of_pairs(model: Model, items: Sequence[Item]) -> tuple[Tensor, Tensor]:
    """Score the chosen and the rejected answers of training items in one forward.

    Returns:
        Sums of log-probabilities, and counts of tokens, both (2, items).
    """
    both = [*items, *(item.meta["rejected"] for item in items)]
    batch = devices.to(model.head.collate(model, both, train=True), model.device)
    head: Any = model.head
    sums: Tensor = head.log_likelihoods(model.net, batch)
    return sums.view(2, -1), sums.new_tensor([item.target for item in both]).view(2, -1)


HEADS = (PreferText,)
