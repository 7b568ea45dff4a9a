"""Classes of a text, or of two."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import torch
from torch import Tensor, nn
from torch.nn import functional

from isogloss.core.errors import unknown
from isogloss.core.run import Fit, Generate
from isogloss.core.task import Task
from isogloss.core.types import Example, Prediction
from isogloss.models.batch import Batch, Item
from isogloss.models.decode.limit import room
from isogloss.models.head import text, window
from isogloss.models.head.head import Head, flags, grouped, padded
from isogloss.models.head.seq import TextHead
from isogloss.models.model import Model


class ClassifyText(TextHead):
    """Write the label; predict by the labels' log-likelihoods."""

    kinds = ("classify",)
    snippet = ("scores",)

    def target(self, task: Task, example: Example) -> str:
        """Give the label."""
        return task.labels[label(task, example.target)]

    def options(self, task: Task, example: Example) -> list[str]:
        """Give all labels."""
        return list(task.labels)

    def merge(
        self,
        model: Model,
        examples: Sequence[Example],
        items: Sequence[Item],
        raws: Sequence[Any],
    ) -> list[Prediction]:
        """Take the most likely label, on average over chunks."""
        return best(model.task.labels, examples, items, raws)


class ClassifyPooled(Head):
    """Use transformers' own sequence classification."""

    kinds = ("classify",)
    families = ("encoder",)
    snippet = ("pooled",)
    peft = "SEQ_CLS"

    def auto(self) -> str:
        """Name transformers' Auto class of the network."""
        return "AutoModelForSequenceClassification"

    def settings(self, task: Task) -> dict[str, Any]:
        """Give the labels to the config."""
        return named(task)

    def encode(
        self, model: Model, examples: Sequence[Example], fit: Fit, *, train: bool
    ) -> list[Item]:
        """Turn examples into items: one each, or one for each chunk."""
        task, frame = model.task, text.frame(model.tokenizer)
        items, lists = [], text.parted(model.tokenizer, task, examples)
        for index, example in enumerate(examples):
            inner = (len(lists[index].ids) - 1) * len(frame.middle)
            space = room(model, fit).source - frame.extra(second=False) - inner
            versions, cut = window.shorten(model.tokenizer, lists[index], space, fit)
            for first, *others in versions:
                second = None
                for other in others:
                    second = other if second is None else [*second, *frame.middle, *other]
                features = frame.wrap(first, second)
                if train:
                    features["labels"] = [label(task, example.target)]
                item = Item(index, example.id, example.lang, features, len(features["input_ids"]))
                item.flags = ("cut",) if cut else ()
                items.append(item)
        return items

    def collate(self, model: Model, items: Sequence[Item], *, train: bool) -> Batch:
        """Pad items on the right."""
        inputs = padded(items, model.tokenizer.pad_token_id)
        if train:
            inputs["labels"] = torch.tensor([item.features["labels"][0] for item in items])
        return Batch(list(items), inputs, sum(item.weight for item in items))

    def loss(self, net: nn.Module, batch: Batch, smoothing: float = 0.0) -> dict[str, Tensor]:
        """Sum the cross-entropy of the items' labels."""
        inputs = dict(batch.inputs)
        labels = inputs.pop("labels")
        total = functional.cross_entropy(
            net(**inputs).logits.float(), labels, reduction="sum", label_smoothing=smoothing
        )
        return {"task": total / batch.weight}

    def logits(self, batch: Batch, outputs: Any) -> list[dict[int, Tensor]]:
        """Give each item's logits of the labels."""
        return [{0: row} for row in outputs.logits.float()]

    @torch.no_grad()
    def answer(
        self, model: Model, batch: Batch, generate: Generate, limit: Any = None
    ) -> list[Any]:
        """Give the labels' log-probabilities."""
        found: list[Any] = model.net(**batch.inputs).logits.float().log_softmax(-1).tolist()
        return found

    def merge(
        self,
        model: Model,
        examples: Sequence[Example],
        items: Sequence[Item],
        raws: Sequence[Any],
    ) -> list[Prediction]:
        """Take the most likely label, on average over chunks."""
        return best(model.task.labels, examples, items, raws)


def label(task: Task, value: Any) -> int:
    """Give a label's place among the task's labels."""
    try:
        return task.labels.index(value)
    except ValueError:
        raise unknown(f"label of {task.name}", str(value), task.labels) from None


def named(task: Task) -> dict[str, Any]:
    """Give the labels as a config's fields."""
    return {
        "id2label": dict(enumerate(task.labels)),
        "label2id": {name: number for number, name in enumerate(task.labels)},
    }


def best(
    labels: Sequence[str], examples: Sequence[Example], items: Sequence[Item], raws: Sequence[Any]
) -> list[Prediction]:
    """Predict each example's most likely label, from its items' log-probabilities."""
    found = []
    for example, parts in zip(examples, grouped(examples, items, raws), strict=True):
        means = [sum(raw[n] for _, raw in parts) / len(parts) for n in range(len(labels))]
        scores = dict(zip(labels, means, strict=True))
        value = max(labels, key=lambda name: scores[name])
        found.append(Prediction(example.id, value, scores, flags(parts)))
    return found


HEADS = (ClassifyText, ClassifyPooled)
