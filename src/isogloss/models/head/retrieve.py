"""The nearest of many shared options, by the cosine of mean-pooled states."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import Any, ClassVar

import torch
from torch import Tensor, nn
from torch.nn import functional

from isogloss.core.run import Fit, Generate
from isogloss.core.task import Task
from isogloss.core.types import Example, Prediction
from isogloss.models.batch import Batch, Item
from isogloss.models.decode.limit import room
from isogloss.models.family import language_code
from isogloss.models.family.backbone import Backbone
from isogloss.models.head import text, window
from isogloss.models.head.cut import Parts, common
from isogloss.models.head.head import Head, flags, pad
from isogloss.models.model import Model

TEMPERATURE = 0.05
"""Of the softmax over the options in a batch."""
SHOWN = 10
"""Options whose similarity a prediction keeps."""


class Retrieve(Head):
    """Embed texts and options alike; the batch's other right options are the wrong ones."""

    kinds = ("retrieve",)
    families: ClassVar[tuple[str, ...]] = ("encoder", "encoder_decoder", "decoder")
    snippet: ClassVar[tuple[str, ...]] = ("embeds",)

    splittable = False

    def auto(self) -> str:
        """Name transformers' Auto class of the network."""
        return self.family.auto

    def build(
        self, backbone: Backbone, task: Task, seed: int, *, trust: bool = False
    ) -> tuple[nn.Module, tuple[str, ...]]:
        """Load the network; an encoder-decoder's decoder is not used and stays as it is."""
        net: Any
        net, fresh = super().build(backbone, task, seed, trust=trust)
        unused = [name for name in fresh if "pooler" in name]
        if (reader := self.family.reader(net)) is not net:
            used = {id(parameter) for parameter in reader.parameters()}
            for parameter in net.parameters():
                parameter.requires_grad_(id(parameter) in used)
        for name in unused:
            net.get_submodule(name).requires_grad_(False)
        return net, tuple(name for name in fresh if name not in unused)

    def encode(
        self, model: Model, examples: Sequence[Example], fit: Fit, *, train: bool
    ) -> list[Item]:
        """Turn examples into items; at prediction the shared options follow, once each."""
        if fit.long == "chunks":  # one embedding for the whole text
            fit = replace(fit, long="head")
        asked = [text.fields(without_options(model.task), example) for example in examples]
        queries = self._items(model, examples, [" ".join(texts) for texts in asked], fit)
        if train:
            right = [str(e.inputs["options"][e.target]) for e in examples]
            answers = self._items(model, examples, right, fit, field="options")
            for query, answer in zip(queries, answers, strict=True):
                query.features["option_ids"] = answer.features["input_ids"]
                query.source += answer.source
                query.flags = tuple(sorted({*query.flags, *answer.flags}))
            return queries
        owners: dict[str, int] = {}
        for index, example in enumerate(examples):
            for option in dict.fromkeys(example.inputs["options"]):
                owners.setdefault(option, index)
        asking = [examples[index] for index in owners.values()]
        options = self._items(model, asking, list(owners), fit, field="options")
        for option, item in zip(owners, options, strict=True):
            item.index, item.meta = owners[option], {"option": option}
        return queries + options

    def _items(
        self,
        model: Model,
        examples: Sequence[Example],
        texts: Sequence[str],
        fit: Fit,
        field: str = "",
    ) -> list[Item]:
        """Encode one text an example, from its first field or another."""
        frame, tagged = text.frame(model.tokenizer), language_code.tagged(model)
        space = room(model, fit).source - (2 if tagged else frame.extra(second=False))
        prompts, items = text.prompts(model.tokenizer, model.task, examples), []
        for index, ids in enumerate(text.tokens(model.tokenizer, texts)):
            example = examples[index]
            parts = Parts(
                [texts[index]], [ids], [False], 0 if field else common(prompts[index], ids)
            )
            [[ids]], cut = window.shorten(model.tokenizer, parts, space, fit)
            if tagged:
                ids = language_code.wrap(model, ids, language_code.asked(model, example, field))
                features = {"input_ids": ids}
            else:
                features = {"input_ids": frame.wrap(ids)["input_ids"]}
            length = len(features["input_ids"])
            flag = ("cut",) if cut else ()
            items.append(Item(index, example.id, example.lang, features, length, flags=flag))
        return items

    def collate(self, model: Model, items: Sequence[Item], *, train: bool) -> Batch:
        """Pad texts; in training the batch's distinct options follow, and labels point at them."""
        rows = [item.features["input_ids"] for item in items]
        inputs: dict[str, Tensor] = {}
        if train:
            options: dict[tuple[int, ...], int] = {}
            for item in items:
                options.setdefault(tuple(item.features["option_ids"]), len(options))
            labels = [options[tuple(item.features["option_ids"])] for item in items]
            inputs["labels"] = torch.tensor(labels)
            rows = rows + [list(option) for option in options]
        inputs["input_ids"] = pad(rows, model.tokenizer.pad_token_id)
        inputs["attention_mask"] = pad([[1] * len(row) for row in rows], 0)
        return Batch(list(items), inputs, sum(item.weight for item in items))

    def loss(self, net: nn.Module, batch: Batch, smoothing: float = 0.0) -> dict[str, Tensor]:
        """Sum the cross-entropy of the right options among those of the batch."""
        inputs = dict(batch.inputs)
        labels = inputs.pop("labels")
        states = self.embed(net, inputs)
        similar = states[: len(labels)] @ states[len(labels) :].T / TEMPERATURE
        total = functional.cross_entropy(
            similar, labels, reduction="sum", label_smoothing=smoothing
        )
        return {"task": total / batch.weight}

    def runs(self, net: Any) -> nn.Module:
        """Give the part that reads."""
        reader: nn.Module = self.family.reader(net)
        return reader

    def embed(self, net: Any, inputs: dict[str, Tensor]) -> Tensor:
        """Average the last states over each text: (items, width), of length one."""
        states = self.runs(net)(**inputs).last_hidden_state.float()
        # A soft prompt stands before the text and is left out.
        states = states[:, -inputs["input_ids"].shape[1] :]
        mask = inputs["attention_mask"][..., None]
        return functional.normalize((states * mask).sum(1) / mask.sum(1), dim=-1)

    @torch.no_grad()
    def answer(
        self, model: Model, batch: Batch, generate: Generate, limit: Any = None
    ) -> list[Any]:
        """Give each item's embedding."""
        return list(self.embed(model.net, batch.inputs).cpu())

    def merge(
        self,
        model: Model,
        examples: Sequence[Example],
        items: Sequence[Item],
        raws: Sequence[Any],
    ) -> list[Prediction]:
        """Take the nearest option; scores keep the best ten's cosines."""
        places: dict[str, int] = {}
        texts: dict[int, tuple[Item, Tensor]] = {}
        known: list[tuple[Item, Tensor]] = []
        for item, raw in zip(items, raws, strict=True):
            if "option" in item.meta:
                places[item.meta["option"]] = len(known)
                known.append((item, raw))
            else:
                texts[item.index] = (item, raw)
        pool = torch.stack([raw for _, raw in known])
        found = []
        for index, example in enumerate(examples):
            item, raw = texts[index]
            own = [places[option] for option in example.inputs["options"]]
            near = (pool[own] @ raw).topk(min(SHOWN, len(own)))
            scores = dict(zip(map(str, near.indices.tolist()), near.values.tolist(), strict=True))
            value = int(near.indices[0])
            # An option whose end is cut off may be near for what is left of it.
            decided = [known[own[number]] for number in near.indices.tolist()]
            flagged = flags([(item, raw), *decided])
            found.append(Prediction(example.id, value, scores, flagged))
        return found


def without_options(task: Task) -> Task:
    """Give the task of the query alone."""
    return replace(task, fields=tuple(name for name in task.fields if name != "options"))


HEADS = (Retrieve,)
