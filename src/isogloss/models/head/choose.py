"""One of several options, each item with its own."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import Any

import torch
from torch import Tensor, nn

from isogloss.core.run import Fit, Generate
from isogloss.core.task import Task
from isogloss.core.types import Example, Prediction
from isogloss.models.batch import Batch, Item
from isogloss.models.decode.limit import room
from isogloss.models.head import text, window
from isogloss.models.head.cut import Parts, common
from isogloss.models.head.head import Head, flags, grouped, masked_loss, pad
from isogloss.models.head.seq import TextHead
from isogloss.models.model import Model


class ChooseText(TextHead):
    """Write the right option; predict by the options' log-likelihoods."""

    kinds = ("choose",)
    snippet = ("options", "scores")

    def target(self, task: Task, example: Example) -> str:
        """Give the right option."""
        return str(example.inputs["options"][example.target])

    def options(self, task: Task, example: Example) -> list[str]:
        """Give the example's options."""
        return list(example.inputs["options"])

    def merge(
        self,
        model: Model,
        examples: Sequence[Example],
        items: Sequence[Item],
        raws: Sequence[Any],
    ) -> list[Prediction]:
        """Take the likeliest option, on average over chunks."""
        return likeliest(examples, items, raws)


class ChoosePooled(Head):
    """Use transformers' own multiple choice: one score for each text with an option."""

    kinds = ("choose",)
    families = ("encoder",)
    snippet = ("chosen",)

    def auto(self) -> str:
        """Name transformers' Auto class of the network."""
        return "AutoModelForMultipleChoice"

    def encode(
        self, model: Model, examples: Sequence[Example], fit: Fit, *, train: bool
    ) -> list[Item]:
        """Turn examples into items, each with all of its options."""
        if fit.long == "chunks":  # one score for the whole text
            fit = replace(fit, long="head")
        frame, task = text.frame(model.tokenizer), _without_options(model.task)
        space = room(model, fit).source - frame.extra(second=True)
        texts = [" ".join(text.fields(task, example)) for example in examples]
        asked = text.tokens(model.tokenizer, texts)
        flat = iter(
            text.tokens(model.tokenizer, [o for e in examples for o in e.inputs["options"]])
        )
        prompt, items = text.prompt(model.tokenizer, task), []
        for index, example in enumerate(examples):
            rows, lost, lead = [], False, common(prompt, asked[index])
            for option in example.inputs["options"]:
                parts = Parts(
                    [texts[index], option], [asked[index], next(flat)], [False, True], lead
                )
                versions, cut = window.shorten(model.tokenizer, parts, space, fit)
                rows.append(frame.wrap(*versions[0]))
                lost |= cut
            features = {"input_ids": [n for row in rows for n in row["input_ids"]]}
            if train:
                features["labels"] = [example.target]
            longest = max(len(row["input_ids"]) for row in rows)
            items.append(
                Item(
                    index, example.id, example.lang, features, longest * len(rows),
                    flags=("cut",) if lost else (), meta={"rows": rows},
                )
            )  # fmt: skip
        return items

    def collate(self, model: Model, items: Sequence[Item], *, train: bool) -> Batch:
        """Pad to (items, options, length); missing options repeat the first."""
        count = max(len(item.meta["rows"]) for item in items)
        rows = [
            row
            for item in items
            for row in item.meta["rows"] + item.meta["rows"][:1] * (count - len(item.meta["rows"]))
        ]
        fillers = {"input_ids": model.tokenizer.pad_token_id, "token_type_ids": 0}
        inputs = {name: pad([row[name] for row in rows], fillers[name]) for name in rows[0]}
        inputs["attention_mask"] = pad([[1] * len(row["input_ids"]) for row in rows], 0)
        inputs = {name: tensor.reshape(len(items), count, -1) for name, tensor in inputs.items()}
        if train:
            inputs["labels"] = torch.tensor([item.features["labels"][0] for item in items])
        return Batch(list(items), inputs, sum(item.weight for item in items))

    def loss(self, net: nn.Module, batch: Batch, smoothing: float = 0.0) -> dict[str, Tensor]:
        """Sum the cross-entropy of the right options."""
        inputs = dict(batch.inputs)
        labels = inputs.pop("labels")
        logits, there = _scores(net, inputs, batch)
        return {"task": masked_loss(logits, labels, there, smoothing) / batch.weight}

    def logits(self, batch: Batch, outputs: Any) -> list[dict[int, Tensor]]:
        """Give each item's logits of its options."""
        rows = zip(batch.items, outputs.logits.float(), strict=True)
        return [{0: row[: len(item.meta["rows"])]} for item, row in rows]

    @torch.no_grad()
    def answer(
        self, model: Model, batch: Batch, generate: Generate, limit: Any = None
    ) -> list[Any]:
        """Give the options' log-probabilities."""
        logits, there = _scores(model.net, batch.inputs, batch)
        rows = logits.masked_fill(~there, float("-inf")).log_softmax(-1).tolist()
        return [row[: len(item.meta["rows"])] for item, row in zip(batch.items, rows, strict=True)]

    def merge(
        self,
        model: Model,
        examples: Sequence[Example],
        items: Sequence[Item],
        raws: Sequence[Any],
    ) -> list[Prediction]:
        """Take the likeliest option."""
        return likeliest(examples, items, raws)


def likeliest(
    examples: Sequence[Example], items: Sequence[Item], raws: Sequence[Any]
) -> list[Prediction]:
    """Predict each example's likeliest option; scores are keyed by its number."""
    found = []
    for example, parts in zip(examples, grouped(examples, items, raws), strict=True):
        count = len(example.inputs["options"])
        means = [sum(raw[n] for _, raw in parts) / len(parts) for n in range(count)]
        scores = {str(number): mean for number, mean in enumerate(means)}
        value = max(range(count), key=lambda number: means[number])
        found.append(Prediction(example.id, value, scores, flags(parts)))
    return found


def _scores(net: nn.Module, inputs: dict[str, Tensor], batch: Batch) -> tuple[Tensor, Tensor]:
    """Score options, and tell them from those that only fill up the batch."""
    logits: Tensor = net(**inputs).logits.float()
    counts = torch.tensor([len(item.meta["rows"]) for item in batch.items], device=logits.device)
    there = torch.arange(logits.shape[1], device=logits.device) < counts[:, None]
    return logits, there


def _without_options(task: Task) -> Task:
    return replace(task, fields=tuple(name for name in task.fields if name != "options"))


HEADS = (ChooseText, ChoosePooled)
