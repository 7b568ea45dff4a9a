"""An intent and one label a word, in one go (Chen et al. 2019, 1902.10909)."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import torch
from torch import Tensor, nn

from isogloss.core.run import Fit, Generate
from isogloss.core.task import Task
from isogloss.core.types import Example, Prediction
from isogloss.kind.joint import Frame, intents
from isogloss.models.batch import Batch, Item
from isogloss.models.head.classify import label
from isogloss.models.head.head import flags, grouped, masked_loss
from isogloss.models.head.seq import IGNORED
from isogloss.models.head.tag import TagText, TagTokens
from isogloss.models.model import Model


class JointText(TagText):
    """Write the intent, and behind it the labels; what is not so is malformed."""

    kinds = ("joint",)
    snippet = ()

    def first(self, task: Task) -> Sequence[str]:
        """List the intents."""
        return intents(task.labels)

    def chosen(self, task: Task, example: Example, span: Sequence[int]) -> list[str]:
        """Give the intent and the labels of a window of words."""
        intent, tags = example.target
        return [task.labels[label(task, each)] for each in (intent, *(tags[n] for n in span))]

    def read(
        self,
        task: Task,
        examples: Sequence[Example],
        items: Sequence[Item],
        written: Sequence[tuple[str, bool]],
    ) -> list[Prediction]:
        """Read intents and labels; of several windows, the first intent counts."""
        parts = [_parted(answer, self.first(task)) for answer, _ in written]
        rests = [(rest, hit) for (_, rest), (_, hit) in zip(parts, written, strict=True)]
        tagged = super().read(task, examples, items, rests)
        named = grouped(examples, items, [intent for intent, _ in parts])
        found = []
        for prediction, windows in zip(tagged, named, strict=True):
            given = [intent for _, intent in windows]
            more = prediction.flags + (("malformed",) if None in given else ())
            value = Frame(next(filter(None, given), None), prediction.value)
            found.append(Prediction(prediction.id, value, flags=tuple(sorted({*more}))))
        return found


class JointTokens(TagTokens):
    """Use transformers' own token classification: the first token's label is the intent.

    One layer has a row for each intent and each tag. At the first token the intents
    compete with each other, at the first token of each word the tags.
    """

    kinds = ("joint",)
    snippet = ()

    def encode(
        self, model: Model, examples: Sequence[Example], fit: Fit, *, train: bool
    ) -> list[Item]:
        """Turn examples into items: one each, or one for each window of words."""
        task, names = model.task, set(intents(model.task.labels))
        tagged = [_tagged(example) for example in examples] if train else examples
        items = super().encode(model, tagged, fit, train=train)
        rows = [number for number, name in enumerate(task.labels) if name in names]
        for item in items:
            item.meta = {**item.meta, "intents": rows}
            item.weight += 1
            if train:
                item.features["intent"] = [label(task, examples[item.index].target.intent)]
        return items

    def collate(self, model: Model, items: Sequence[Item], *, train: bool) -> Batch:
        """Pad items on the right."""
        batch = super().collate(model, items, train=train)
        if train:
            batch.inputs["intent"] = torch.tensor([item.features["intent"][0] for item in items])
        return batch

    def loss(self, net: nn.Module, batch: Batch, smoothing: float = 0.0) -> dict[str, Tensor]:
        """Sum the cross-entropy of the intent and of the words' labels."""
        inputs = dict(batch.inputs)
        intent, labels = inputs.pop("intent"), inputs.pop("labels")
        logits = net(**inputs).logits[:, -labels.shape[1] :]
        kept, named = labels != IGNORED, _named(batch, logits)
        total = masked_loss(logits[:, 0], intent, named.expand(len(intent), -1), smoothing)
        words = logits[kept]
        total = total + masked_loss(words, labels[kept], ~named.expand(len(words), -1), smoothing)
        return {"task": total / batch.weight}

    @torch.no_grad()
    def answer(
        self, model: Model, batch: Batch, generate: Generate, limit: Any = None
    ) -> list[Any]:
        """Give the intents' log-probabilities, and word -> number of its best label."""
        logits = model.net(**batch.inputs).logits[:, -batch.inputs["input_ids"].shape[1] :].float()
        named = _named(batch, logits)
        scores = logits[:, 0, named].log_softmax(-1).tolist()
        rows = logits.masked_fill(named, float("-inf")).argmax(-1).tolist()
        return [
            (score, {word: row[place] for word, place in item.meta["places"].items()})
            for item, score, row in zip(batch.items, scores, rows, strict=True)
        ]

    def merge(
        self,
        model: Model,
        examples: Sequence[Example],
        items: Sequence[Item],
        raws: Sequence[Any],
    ) -> list[Prediction]:
        """Take the most likely intent, on average over windows, and one label a word."""
        names = intents(model.task.labels)
        tagged = super().merge(model, examples, items, [row for _, row in raws])
        scored = grouped(examples, items, [score for score, _ in raws])
        found = []
        for prediction, parts in zip(tagged, scored, strict=True):
            sums = [sum(score[n] for _, score in parts) for n in range(len(names))]
            intent = names[max(range(len(names)), key=sums.__getitem__)]
            value = Frame(intent, prediction.value)
            found.append(Prediction(prediction.id, value, flags=flags(parts)))
        return found


def _tagged(example: Example) -> Example:
    """Give an example's words and tags alone."""
    return Example(example.id, example.lang, example.inputs, example.target.tags)


def _named(batch: Batch, logits: Tensor) -> Tensor:
    """Say which labels are intents, (labels,)."""
    named = torch.zeros(logits.shape[-1], dtype=torch.bool, device=logits.device)
    named[batch.items[0].meta["intents"]] = True
    return named


def _parted(answer: str, names: Sequence[str]) -> tuple[str | None, str]:
    """Part an answer's intent from what is behind it; None where it begins with none."""
    answer = answer.strip()
    fitting = [name for name in names if answer == name or answer.startswith(f"{name} ")]
    if not fitting:
        return None, answer.partition(" ")[2]
    intent = max(fitting, key=len)
    return intent, answer[len(intent) :]


HEADS = (JointText, JointTokens)
