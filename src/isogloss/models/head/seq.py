"""Text in, text out, on encoder-decoders and decoders."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, NamedTuple

import torch
from torch import Tensor, nn
from torch.nn import functional

from isogloss.core.errors import IsoglossError
from isogloss.core.family import Family
from isogloss.core.run import Fit, Generate
from isogloss.core.task import Task
from isogloss.core.types import Example
from isogloss.models.batch import Batch, Item
from isogloss.models.decode.limit import longest, room
from isogloss.models.decode.logits import logits_at
from isogloss.models.family import language_code
from isogloss.models.family.label import same
from isogloss.models.head import text, window
from isogloss.models.head.cut import Ids, Parts
from isogloss.models.head.form import Form, form
from isogloss.models.head.head import Head, pad, padded
from isogloss.models.head.surroundings import surroundings
from isogloss.models.model import Model

IGNORED = -100
"""Label of positions without loss."""


class Answers(NamedTuple):
    """An example's target, or its options, as ids with their end."""

    ids: list[Ids]
    cut: bool
    """Whether some of them are not whole."""
    longest: int = 0
    """Tokens of the longest option; 0 where there are none."""


class TextHead(Head):
    """Read an example as text and answer with text; kinds say what is asked and answered."""

    families = ("encoder_decoder", "decoder")

    def __init__(self, kind: str, family: Family) -> None:
        """Make it for a kind of task and a family of backbones."""
        super().__init__(kind, family)
        self.peft = family.peft

    def auto(self) -> str:
        """Name transformers' Auto class of the network."""
        decoder = self.family.in_line
        return "AutoModelForCausalLM" if decoder else "AutoModelForSeq2SeqLM"

    def target(self, task: Task, example: Example) -> str:
        """Give the text that the model learns to answer."""
        target = str(example.target)
        return text.Marked(target) if "raw" in example.inputs else target

    def options(self, task: Task, example: Example) -> list[str]:
        """Give the answers to choose from; none where the answer is free."""
        return []

    def source(self, model: Model, fit: Fit) -> Source:
        """Say how inputs are laid out."""
        return Source(model, fit)

    def encode(
        self, model: Model, examples: Sequence[Example], fit: Fit, *, train: bool
    ) -> list[Item]:
        """Turn examples into items: one each, or one for each chunk at prediction."""
        task, source = model.task, self.source(model, fit)
        parts = source.parts(examples)
        answers = self._answers(model, examples, fit, train=train)
        beside = surroundings(model, source.form, examples, [each.ids for each in parts])
        items = []
        for index, example in enumerate(examples):
            space = source.space(len(parts[index].ids), answers[index].longest)
            version, lost = each.version(space) if (each := beside[index]) else (None, False)
            if version is None:
                versions, cut = window.shorten(model.tokenizer, parts[index], space, fit)
                cut |= lost
            else:
                versions, cut = [version], lost
            # Chunks have no targets of their own, labels fit all of them.
            if train and not self.options(task, example):
                versions, cut = versions[:1], cut or len(versions) > 1
            for fields in versions:
                item = source.item(index, example, fields, answers[index], train=train)
                item.flags = cut_flags(cut, answers[index], train=train)
                items.append(item)
        return items

    def _answers(
        self, model: Model, examples: Sequence[Example], fit: Fit, *, train: bool
    ) -> list[Answers]:
        """Encode each example's target, or at prediction its options.

        Raises:
            IsoglossError: labels that don't fit, or that are the same to the tokenizer.
        """
        task = model.task
        options = [self.options(task, example) for example in examples]
        given = [[self.target(task, e)] for e in examples] if train else options
        said = {tuple(task.template.said(task.labels, lang)) for lang in {e.lang for e in examples}}
        unique = sorted({each for texts in (*said, *options, *given) for each in texts})
        ids = dict(zip(unique, text.tokens(model.tokenizer, unique), strict=True))
        layout, found = form(model), []
        for example, own, texts in zip(examples, options, given, strict=True):
            end = ending(model, layout, example)
            # Options are compared, and what is cut off can't be.
            size = max((len(ids[each]) + len(end) for each in own), default=0)
            most = room(model, fit, size).target
            most = most if own else min(fit.max_target, most)
            most = max(0, most - len(end))
            cut = any(len(ids[each]) > most for each in texts)
            kept = [window.head(model.tokenizer, each, ids[each], most) for each in texts]
            found.append(Answers([[*each, *end] for each in kept], cut, size))
        for words in said:
            distinct(model, [ids[word] for word in words], fit)
        return found

    def collate(self, model: Model, items: Sequence[Item], *, train: bool) -> Batch:
        """Pad items; a decoder that is to go on writing is padded on the left."""
        filler = model.tokenizer.pad_token_id
        decoder = self.family.in_line
        free = not train and not any(item.meta.get("options") for item in items)
        inputs = padded(items, filler, left=decoder and free)
        if train:
            inputs["labels"] = pad([item.features["labels"] for item in items], IGNORED)
            if not decoder:
                rows = [item.features["decoder_input_ids"] for item in items]
                inputs["decoder_input_ids"] = pad(rows, filler)
        return Batch(list(items), inputs, sum(item.weight for item in items))

    def loss(self, net: nn.Module, batch: Batch, smoothing: float = 0.0) -> dict[str, Tensor]:
        """Sum the cross-entropy of the target's tokens; the prompt is masked."""
        logits, answers, _ = self._logits(net, batch)
        total = functional.cross_entropy(
            logits, answers, reduction="sum", label_smoothing=smoothing
        )
        return {"task": total / batch.weight}

    def log_likelihoods(self, net: nn.Module, batch: Batch) -> Tensor:
        """Sum the log-probabilities of each target's tokens, with gradient: (items,)."""
        logits, answers, rows = self._logits(net, batch)
        each = -functional.cross_entropy(logits, answers, reduction="none")
        return each.new_zeros(len(batch.items)).index_add(0, rows, each)

    def _logits(self, net: nn.Module, batch: Batch) -> tuple[Tensor, Tensor, Tensor]:
        """Give the logits of all targets' tokens, these tokens, and the items they are of."""
        inputs = dict(batch.inputs)
        labels = inputs.pop("labels")
        kept = labels != IGNORED
        rows, answers = kept.nonzero()[:, 0], labels[kept]
        if self.family.in_line:  # each position answers for the next
            kept = functional.pad(kept[:, 1:], (0, 1))
        return logits_at(net, inputs, kept).float(), answers, rows

    def answer(
        self, model: Model, batch: Batch, generate: Generate, limit: Any = None
    ) -> list[Any]:
        """Generate token ids; or score the options, where there are some.

        Returns:
            Per item (ids, whether the length limit was hit), or the options' log-likelihoods.
        """
        from isogloss.models.head.score import log_likelihoods

        options = [item.meta["options"] for item in batch.items]
        starts = [item.meta["start"] for item in batch.items]
        if any(options):
            return log_likelihoods(model, batch.inputs, starts, options)
        return self.write(model, batch, generate, limit)

    def write(
        self, model: Model, batch: Batch, generate: Generate, limit: Any
    ) -> list[tuple[Ids, bool]]:
        """Generate one sequence an item, without its end, and say whether it ran out of room."""
        from isogloss.models.decode.generation import generate as decode

        most = [longest(model, item, limit) for item in batch.items]
        rows: list[Ids] = [[] for _ in most]
        starts: dict[int | None, list[int]] = {}
        for place, item in enumerate(batch.items):
            first = item.meta["start"][0] if item.meta["start"] else None
            starts.setdefault(first, []).append(place)
        for first, places in starts.items():
            forced = [batch.items[place].meta["start"][1:] for place in places]
            with torch.no_grad(), language_code.starting(model, first):
                written = decode(
                    model.net,
                    {name: tensor[places] for name, tensor in batch.inputs.items()},
                    generate,
                    max_tokens=[most[place] for place in places],
                    family=self.family,
                    forced=None if self.family.in_line else forced,
                )
            for place, row in zip(places, written, strict=True):
                rows[place] = row
        end = model.tokenizer.eos_token_id
        return [(row[: row.index(end)], False) if end in row else (row, True) for row in rows]


def cut_flags(cut: bool, answers: Answers, *, train: bool) -> tuple[str, ...]:
    """Give an item's flags: `cut` for what was read, `limit` for a target to be learned."""
    limit = train and answers.cut
    return ("cut",) * (cut or (answers.cut and not train)) + ("limit",) * limit


def ending(model: Model, form: Form, example: Example) -> Ids:
    """Give what ends an answer: as in the solved examples before it, or the end token."""
    if example.demonstrations and model.family.in_line and not form.chat:
        return form.apart
    return [model.tokenizer.eos_token_id]


def distinct(model: Model, labels: Sequence[Ids], fit: Fit) -> None:
    """Assert that a model can tell the labels of its task apart.

    Raises:
        IsoglossError: labels that positions have no room for, or of the same tokens.
    """
    names = model.task.labels
    most = room(model, fit, max(map(len, labels), default=0) + 1).target
    over = [name for name, ids in zip(names, labels, strict=True) if len(ids) >= most]
    if over:
        raise IsoglossError(
            f"{model.name} has room for {most} tokens of a label, its end included, and there is "
            f"more in {', '.join(map(repr, over))}",
            "shorten the labels, or take a backbone with more positions",
        )
    known: dict[tuple[int, ...], str] = {}
    for name, ids in zip(names, labels, strict=True):
        other = known.setdefault(tuple(ids), name)
        if other != name:
            raise same(other, name, model.name)


class Source:
    """How a model's inputs are laid out: special tokens, separators, language tags."""

    def __init__(self, model: Model, fit: Fit) -> None:
        """Look at the model once, for many examples."""
        self.model = model
        self.tagged = language_code.tagged(model)
        self.frame = text.frame(model.tokenizer)
        self.decoder = model.family.in_line
        self.form = form(model)
        self.fit = fit

    def parts(self, examples: Sequence[Example]) -> list[Parts]:
        """Encode examples' fields."""
        return text.parted(self.model.tokenizer, self.model.task, examples)

    def space(self, fields: int, answer: int = 0) -> int:
        """Count the tokens that so many fields may take beside an answer of so many tokens."""
        most = room(self.model, self.fit, answer).source
        special = 2 if self.tagged else self.frame.extra(second=False)
        special = len(self.form.lead) if self.form.chat else special
        inner = len(self.form.between) * (fields - 1)
        return max(1, most - special - inner - len(self.form.after))

    def ids(self, parts: Sequence[Ids], example: Example) -> Ids:
        """Join the fields and put the special tokens around them."""
        joined: Ids = []
        for number, part in enumerate(parts):
            joined += [*self.form.between, *part] if number else part
        if self.decoder:  # its end belongs behind the answer
            return [*self.form.lead, *joined, *self.form.after]
        if not self.tagged:
            return [*self.frame.prefix, *joined, *self.frame.suffix]
        return language_code.wrap(self.model, joined, language_code.asked(self.model, example))

    def start(self, example: Example) -> Ids:
        """Give the decoder's first ids."""
        if self.decoder:
            return []
        return language_code.start(self.model, language_code.answered(self.model, example))

    def item(
        self,
        index: int,
        example: Example,
        parts: Sequence[Ids],
        answers: Answers,
        *,
        train: bool,
    ) -> Item:
        """Make the item of one version of the fields."""
        ids, start = self.ids(parts, example), self.start(example)
        if not train:
            longest = max(map(len, answers.ids), default=0)
            return Item(
                index, example.id, example.lang, {"input_ids": ids}, len(ids), longest,
                meta={"start": start, "options": answers.ids},
            )  # fmt: skip
        target = answers.ids[0]
        if self.decoder:
            features = {"input_ids": ids + target, "labels": [IGNORED] * len(ids) + target}
        else:
            # What is forced at generation is not learned.
            features = {
                "input_ids": ids,
                "decoder_input_ids": start + target[:-1],
                "labels": [IGNORED] * (len(start) - 1) + target,
            }
        return Item(
            index, example.id, example.lang, features, len(ids), len(target), weight=len(target)
        )  # fmt: skip
