"""Extractive question answering over overlapping windows of the context."""

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
from isogloss.models.decode.limit import left, room
from isogloss.models.head import text, window
from isogloss.models.head.cut import Parts, common
from isogloss.models.head.head import Head, flags, grouped, masked_loss, padded
from isogloss.models.head.seq import Source, TextHead, cut_flags
from isogloss.models.model import Model

LONGEST = 30
"""Longest answer in tokens where no training data says."""


class SpanText(TextHead):
    """Write the answer; of several windows the one with the likeliest answer counts."""

    kinds = ("span",)
    snippet = ("windows", "writes", "scores")
    windows = True

    def target(self, task: Task, example: Example) -> str:
        """Give the first right answer."""
        return str(example.target[0].text)

    def encode(
        self, model: Model, examples: Sequence[Example], fit: Fit, *, train: bool
    ) -> list[Item]:
        """Turn examples into items: one for each window; in training only those with the answer."""
        source = Source(model, fit)
        lists = text.parted(model.tokenizer, model.task, examples)
        answers = self._answers(model, examples, fit, train=train)
        items = []
        for index, (example, whole) in enumerate(zip(examples, lists, strict=True)):
            context, ids = whole.texts[-1], whole.ids[-1]
            asked = replace(
                whole, texts=whole.texts[:-1], ids=whole.ids[:-1], asked=whole.asked[:-1]
            )
            parts, space = window.beside(
                model.tokenizer, asked, len(ids), source.space(len(whole.ids))
            )
            cut = parts != list(asked.ids)
            spans = window.overlapping(model.tokenizer, context, len(ids), space, fit.stride)
            if train and len(spans) > 1:
                held = _holding(spans, model, context, example)
                spans, cut = held or spans[:1], cut or not held
            for span in spans:
                version = [*parts, [ids[place] for place in span]]
                item = source.item(index, example, version, answers[index], train=train)
                item.meta = {**item.meta, "windows": len(spans)}
                item.flags = cut_flags(cut, answers[index], train=train)
                items.append(item)
        return items

    def answer(
        self, model: Model, batch: Batch, generate: Generate, limit: Any = None
    ) -> list[Any]:
        """Write answers, and score them where one example has several windows.

        Returns:
            Per item (ids, whether the length limit was hit, mean log-probability a token).
        """
        from isogloss.models.head.score import log_likelihoods

        written = self.write(model, batch, generate, limit)
        if all(item.meta["windows"] == 1 for item in batch.items):
            return [(ids, hit, 0.0) for ids, hit in written]
        end = model.tokenizer.eos_token_id
        options = [
            [[*ids, end][: left(model, item)]]
            for item, (ids, _) in zip(batch.items, written, strict=True)
        ]
        right = padded(batch.items, model.tokenizer.pad_token_id)
        inputs = {name: tensor.to(model.device) for name, tensor in right.items()}
        starts = [item.meta["start"] for item in batch.items]
        totals = log_likelihoods(model, inputs, starts, options)
        return [
            (ids, hit, total[0] / len(option))
            for (ids, hit), [option], total in zip(written, options, totals, strict=True)
        ]

    def merge(
        self,
        model: Model,
        examples: Sequence[Example],
        items: Sequence[Item],
        raws: Sequence[Any],
    ) -> list[Prediction]:
        """Take the likeliest window's answer."""
        found = []
        for example, parts in zip(examples, grouped(examples, items, raws), strict=True):
            ids, hit, _ = max((raw for _, raw in parts), key=lambda raw: raw[2])
            value = text.written(model.tokenizer, ids, hit).strip()
            found.append(Prediction(example.id, value, flags=flags(parts, *["limit"] * hit)))
        return found


class SpanTokens(Head):
    """Use transformers' own question answering: a first and a last token."""

    kinds = ("span",)
    families = ("encoder",)
    snippet = ("windows", "spans")
    windows = True
    peft = "QUESTION_ANS"

    def auto(self) -> str:
        """Name transformers' Auto class of the network."""
        return "AutoModelForQuestionAnswering"

    def settings(self, task: Task) -> dict[str, Any]:
        """Ask for two logits a token."""
        return {"num_labels": 2}

    def encode(
        self, model: Model, examples: Sequence[Example], fit: Fit, *, train: bool
    ) -> list[Item]:
        """Turn examples into items: one for each window of the context."""
        frame, most = text.frame(model.tokenizer), room(model, fit).source
        lists = [text.fields(model.task, example) for example in examples]
        asked = [" ".join(texts[:-1]) for texts in lists]
        questions = text.tokens(model.tokenizer, asked)
        contexts = text.offsets(model.tokenizer, [texts[-1] for texts in lists])
        prompts = text.prompts(model.tokenizer, model.task, examples)
        items: list[Item] = []
        for index, (example, (ids, places)) in enumerate(zip(examples, contexts, strict=True)):
            lead = common(prompts[index], questions[index])
            parts = Parts([asked[index]], [questions[index]], [True], lead)
            [question], space = window.beside(
                model.tokenizer, parts, len(ids), most - frame.extra(second=True)
            )
            cut = ("cut",) if question != questions[index] else ()
            first, before = len(frame.prefix) + len(question) + len(frame.middle), len(items)
            context = lists[index][-1]
            for span in window.overlapping(model.tokenizer, context, len(ids), space, fit.stride):
                features = frame.wrap(question, [ids[place] for place in span])
                here = [places[place] for place in span]
                length = 0
                if train:
                    start, end = _answer_tokens(here, example)
                    # Windows without the answer point at the first token.
                    features["start_positions"] = [0 if start is None else first + start]
                    features["end_positions"] = [0 if end is None else first + end]
                    length = 0 if start is None or end is None else end - start + 1
                items.append(
                    Item(
                        index, example.id, example.lang, features, len(features["input_ids"]),
                        length, flags=cut, meta={"first": first, "offsets": here},
                    )
                )  # fmt: skip
            if train and example.target and not any(item.target for item in items[before:]):
                items[before].flags = ("cut",)  # no window holds an answer whole
        return items

    def collate(self, model: Model, items: Sequence[Item], *, train: bool) -> Batch:
        """Pad items on the right."""
        inputs = padded(items, model.tokenizer.pad_token_id)
        if train:
            for name in ("start_positions", "end_positions"):
                inputs[name] = torch.tensor([item.features[name][0] for item in items])
        return Batch(list(items), inputs, sum(item.weight for item in items))

    def loss(self, net: nn.Module, batch: Batch, smoothing: float = 0.0) -> dict[str, Tensor]:
        """Average the cross-entropies of the first and of the last token, summed over items."""
        inputs = dict(batch.inputs)
        wanted = [inputs.pop("start_positions"), inputs.pop("end_positions")]
        there = inputs["attention_mask"] == 1
        total = torch.stack(
            [
                masked_loss(logits, places, there, smoothing)
                for logits, places in zip(_logits(net, inputs), wanted, strict=True)
            ]
        ).sum()
        return {"task": total / 2 / batch.weight}

    @torch.no_grad()
    def answer(
        self, model: Model, batch: Batch, generate: Generate, limit: Any = None
    ) -> list[Any]:
        """Give (score, first character, end) of each window's best span."""
        starts, ends = (logits.cpu() for logits in _logits(model.net, batch.inputs))
        found = []
        for row, item in enumerate(batch.items):
            first, places = item.meta["first"], item.meta["offsets"]
            if not places:
                found.append((float("-inf"), 0, 0))
                continue
            longest = limit.of(item.lang) if limit else LONGEST
            inside = slice(first, first + len(places))
            sums = starts[row, inside][:, None] + ends[row, inside][None, :]
            allowed = torch.ones_like(sums, dtype=torch.bool).triu().tril(max(longest, 1) - 1)
            best = int(sums.masked_fill(~allowed, float("-inf")).argmax())
            start, end = divmod(best, len(places))
            found.append((float(sums[start, end]), places[start][0], places[end][1]))
        return found

    def merge(
        self,
        model: Model,
        examples: Sequence[Example],
        items: Sequence[Item],
        raws: Sequence[Any],
    ) -> list[Prediction]:
        """Take the best span over all windows, as it stands in the context."""
        found = []
        for example, parts in zip(examples, grouped(examples, items, raws), strict=True):
            _, start, end = max(raw for _, raw in parts)
            context = example.inputs[model.task.fields[-1]]
            found.append(Prediction(example.id, context[start:end].strip(), flags=flags(parts)))
        return found


def _logits(net: nn.Module, inputs: dict[str, Tensor]) -> tuple[Tensor, Tensor]:
    """Give start and end logits of the tokens; soft prompts stand before them."""
    out, length = net(**inputs), inputs["input_ids"].shape[1]
    return out.start_logits[:, -length:].float(), out.end_logits[:, -length:].float()


def _answer_tokens(
    places: Sequence[tuple[int, int]], example: Example
) -> tuple[int | None, int | None]:
    """Find the tokens of the first answer that lies wholly within a window."""
    for answer in example.target:
        start, end = answer.start, answer.start + len(answer.text)
        if not places or places[0][0] > start or places[-1][1] < end:
            continue
        inside = [n for n, (low, high) in enumerate(places) if low < end and high > start]
        if inside:
            return inside[0], inside[-1]
    return None, None


def _holding(
    spans: list[list[int]], model: Model, context: str, example: Example
) -> list[list[int]]:
    """Keep the windows that hold the first answer."""
    answer = example.target[0]
    ends = (answer.start, answer.start + len(answer.text))
    first, last = (len(ids) for ids in text.tokens(model.tokenizer, [context[:n] for n in ends]))
    return [span for span in spans if span[0] <= first and last <= span[-1] + 1]


HEADS = (SpanText, SpanTokens)
