"""One label a word."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any, ClassVar

import torch
from torch import Tensor, nn
from torch.nn import functional

from isogloss.core.run import Fit, Generate
from isogloss.core.task import Task
from isogloss.core.types import Example, Prediction
from isogloss.models.batch import Batch, Item
from isogloss.models.decode.limit import room
from isogloss.models.head import text, window
from isogloss.models.head.classify import label, named
from isogloss.models.head.head import Head, flags, grouped, pad, padded
from isogloss.models.head.seq import IGNORED, Answers, Source, TextHead, distinct
from isogloss.models.model import Model

OUTSIDE = "O"
"""Label of words that the model never saw or did not answer for; it counts as an
error where the task has no such label."""


class TagText(TextHead):
    """Write the labels, one a word; too few, too many or unknown ones are malformed."""

    kinds = ("tag",)
    snippet: ClassVar[tuple[str, ...]] = ("words", "writes")

    def first(self, task: Task) -> Sequence[str]:
        """List the labels of which one is written before those of the words."""
        return ()

    def chosen(self, task: Task, example: Example, span: Sequence[int]) -> list[str]:
        """List the labels that are written for a window of words."""
        return [task.labels[label(task, example.target[word])] for word in span]

    def encode(
        self, model: Model, examples: Sequence[Example], fit: Fit, *, train: bool
    ) -> list[Item]:
        """Turn examples into items: one each, or one for each window of words."""
        source, task = Source(model, fit), model.task
        lists = [_words(task, example) for example in examples]
        pieces = text.words(model.tokenizer, lists)
        prompts = text.prompts(model.tokenizer, task, examples)
        said = [task.template.said(task.labels, example.lang) for example in examples]
        coded = text.words(model.tokenizer, said)
        for each in {tuple(words): ids for words, ids in zip(said, coded, strict=True)}.values():
            distinct(model, each, fit)
        leading = self.first(task)
        whole, end = source.space(1), model.tokenizer.eos_token_id
        items = []
        for index, example in enumerate(examples):
            prompt = prompts[index][: whole // 2]
            space, names = whole - len(prompt), dict(zip(task.labels, coded[index], strict=True))
            ahead = max((len(names[name]) for name in leading), default=0)
            longest = max(len(names[name]) for name in task.labels if name not in leading)
            costs = _costs(model, pieces[index], longest, space, fit, ahead)
            for span, owned, cut in _spans(costs, space, fit):
                ids = [number for word in span for number in pieces[index][word]]
                cut = cut or len(ids) > space
                # What doesn't fit is always a window of one word.
                first = lists[index][span[0]] if span else ""
                ids = prompt + window.word_head(model.tokenizer, first, ids, space)
                answers = []
                if train:
                    chosen = self.chosen(task, example, span)
                    answers = [[number for name in chosen for number in names[name]] + [end]]
                item = source.item(index, example, [ids], Answers(answers, False), train=train)
                item.flags = ("cut",) if cut else ()
                item.meta = {**item.meta, "span": span, "owned": owned}
                items.append(item)
        return items

    def merge(
        self,
        model: Model,
        examples: Sequence[Example],
        items: Sequence[Item],
        raws: Sequence[Any],
    ) -> list[Prediction]:
        """Read labels from the text."""
        written = [(text.written(model.tokenizer, *raw), raw[1]) for raw in raws]
        return self.read(model.task, examples, items, written)

    def read(
        self,
        task: Task,
        examples: Sequence[Example],
        items: Sequence[Item],
        written: Sequence[tuple[str, bool]],
    ) -> list[Prediction]:
        """Read the words' labels from texts, each with whether it was cut by a limit."""
        known, found = set(task.labels) - set(self.first(task)), []
        for example, parts in zip(examples, grouped(examples, items, written), strict=True):
            value = [OUTSIDE] * len(_words(task, example))
            words = task.template.said(task.labels, example.lang)
            names = dict(zip(words, task.labels, strict=True))
            more = set()
            for item, (answer, limit) in parts:
                span, given = item.meta["span"], [names.get(w, w) for w in answer.split()]
                if limit:
                    more.add("limit")
                if len(given) != len(span) or not set(given) <= known:
                    more.add("malformed")
                for word, name in zip(span, given, strict=False):
                    if word in item.meta["owned"] and name in known:
                        value[word] = name
            found.append(Prediction(example.id, tuple(value), flags=flags(parts, *more)))
        return found


class TagTokens(Head):
    """Use transformers' own token classification, on the first token of each word."""

    kinds = ("tag",)
    families = ("encoder",)
    snippet: ClassVar[tuple[str, ...]] = ("words", "tags_tokens")
    peft = "TOKEN_CLS"

    def auto(self) -> str:
        """Name transformers' Auto class of the network."""
        return "AutoModelForTokenClassification"

    def settings(self, task: Task) -> dict[str, Any]:
        """Give the labels to the config."""
        return named(task)

    def encode(
        self, model: Model, examples: Sequence[Example], fit: Fit, *, train: bool
    ) -> list[Item]:
        """Turn examples into items: one each, or one for each window of words."""
        task, frame = model.task, text.frame(model.tokenizer)
        lists = [_words(task, example) for example in examples]
        pieces = text.words(model.tokenizer, lists)
        space = room(model, fit).source - frame.extra(second=False)
        items = []
        for index, example in enumerate(examples):
            for span, owned, cut in _spans(list(map(len, pieces[index])), space, fit):
                ids: list[int] = []
                places = {}
                for word in span:
                    if word in owned:
                        places[word] = len(frame.prefix) + len(ids)
                    ids += pieces[index][word]
                first = lists[index][span[0]] if span else ""
                features = frame.wrap(window.word_head(model.tokenizer, first, ids, space))
                places = {w: p for w, p in places.items() if p < len(features["input_ids"])}
                if train:
                    labels = [IGNORED] * len(features["input_ids"])
                    for word, place in places.items():
                        labels[place] = label(task, example.target[word])
                    features["labels"] = labels
                items.append(
                    Item(
                        index, example.id, example.lang, features, len(features["input_ids"]),
                        weight=len(places), flags=("cut",) if cut or len(ids) > space else (),
                        meta={"places": places},
                    )
                )  # fmt: skip
        return items

    def collate(self, model: Model, items: Sequence[Item], *, train: bool) -> Batch:
        """Pad items on the right."""
        inputs = padded(items, model.tokenizer.pad_token_id)
        if train:
            inputs["labels"] = pad([item.features["labels"] for item in items], IGNORED)
        return Batch(list(items), inputs, sum(item.weight for item in items))

    def loss(self, net: nn.Module, batch: Batch, smoothing: float = 0.0) -> dict[str, Tensor]:
        """Sum the cross-entropy of the words' labels."""
        inputs = dict(batch.inputs)
        labels = inputs.pop("labels")
        logits = net(**inputs).logits[:, -labels.shape[1] :]
        kept = labels != IGNORED
        total = functional.cross_entropy(
            logits[kept].float(), labels[kept], reduction="sum", label_smoothing=smoothing
        )
        return {"task": total / batch.weight}

    def logits(self, batch: Batch, outputs: Any) -> list[dict[int, Tensor]]:
        """Give each word's logits of the labels."""
        rows = outputs.logits[:, -batch.inputs["input_ids"].shape[1] :].float()
        return [
            {word: row[place] for word, place in item.meta["places"].items()}
            for item, row in zip(batch.items, rows, strict=True)
        ]

    @torch.no_grad()
    def answer(
        self, model: Model, batch: Batch, generate: Generate, limit: Any = None
    ) -> list[Any]:
        """Give word -> number of its best label."""
        logits = model.net(**batch.inputs).logits[:, -batch.inputs["input_ids"].shape[1] :]
        rows = logits.argmax(-1).tolist()
        return [
            {word: row[place] for word, place in item.meta["places"].items()}
            for item, row in zip(batch.items, rows, strict=True)
        ]

    def merge(
        self,
        model: Model,
        examples: Sequence[Example],
        items: Sequence[Item],
        raws: Sequence[Any],
    ) -> list[Prediction]:
        """Give one label a word; words that were cut off get `O`."""
        labels = model.task.labels
        found = []
        for example, parts in zip(examples, grouped(examples, items, raws), strict=True):
            value = [OUTSIDE] * len(_words(model.task, example))
            for _, raw in parts:
                for word, number in raw.items():
                    value[word] = labels[number]
            found.append(Prediction(example.id, tuple(value), flags=flags(parts)))
        return found


def _words(task: Task, example: Example) -> Sequence[str]:
    words: Sequence[str] = example.inputs[task.fields[0]]
    return words


def _costs(
    model: Model, pieces: Sequence[list[int]], longest: int, space: int, fit: Fit, ahead: int
) -> list[float]:
    """Give each word's share of an input, so that labels of so many tokens fit as well.

    Args:
        ahead: tokens of what is written before the labels.
    """
    left = max(1, room(model, fit).target - 1 - ahead)
    both = model.family.in_line  # it has the same positions for words and labels
    each = space / (left + space if both else left)
    return [max(n, (longest + n * both) * each) for n in map(len, pieces)]


def _spans(
    lengths: Sequence[float], space: int, fit: Fit
) -> Iterator[tuple[list[int], set[int], bool]]:
    """Choose an example's windows of words: (words, those answered for, whether some are lost)."""
    windows, cut = window.word_windows(lengths, space, fit)
    for span, owned in windows:
        yield span, owned, cut


HEADS = (TagText, TagTokens)
