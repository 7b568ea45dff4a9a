"""The nearest of many shared pictures to a text, by the two towers of a network."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import replace
from typing import Any

import torch
from torch import Tensor, nn
from torch.nn import functional

from isogloss import plugin
from isogloss.core.input import TEXT, Input
from isogloss.core.run import Fit, Generate
from isogloss.core.task import Task
from isogloss.core.types import Example
from isogloss.models.batch import Batch, Item
from isogloss.models.family.backbone import Backbone
from isogloss.models.head import text
from isogloss.models.head.head import Head, arrays, pad
from isogloss.models.head.retrieve import Retrieve, without_options
from isogloss.models.model import Model

_CODE = """
from PIL import Image, ImageOps
from transformers import AutoImageProcessor, AutoTokenizer

tokenizer = AutoTokenizer.from_pretrained(folder)
processor = AutoImageProcessor.from_pretrained(folder)


def answer(text, options):  # the options are paths of pictures
    pictures = [ImageOps.exif_transpose(Image.open(path)).convert("RGB") for path in options]
    inputs = tokenizer({ahead}text, truncation=True, return_tensors="pt")
    pixels = processor(images=pictures, return_tensors="pt")["pixel_values"]
    with torch.no_grad():
        scores = model(**inputs, pixel_values=pixels).logits_per_text[0]
    return scores.argmax().item()
"""


class RetrieveAcross(Retrieve):
    """Embed texts and pictures; the batch's other right answers are the wrong ones.

    The loss is that of CLIP (Radford et al. 2021, 2103.00020), in both directions and at
    the network's own temperature; where several texts are right for one picture, their
    probabilities add up.
    """

    kinds = ("image_text",)
    families = ("dual_encoder",)
    snippet = ()

    @property
    def query(self) -> Input:
        """Give the input that is asked with."""
        return plugin.input_of(self.kind, plugin.kind(self.kind).fields[0])

    @property
    def option(self) -> Input:
        """Give the input that is looked for."""
        return plugin.input_of(self.kind, plugin.kind(self.kind).options)

    def build(
        self, backbone: Backbone, task: Task, seed: int, *, trust: bool = False
    ) -> tuple[nn.Module, tuple[str, ...]]:
        """Load the network; both towers are used."""
        return Head.build(self, backbone, task, seed, trust=trust)

    def encode(
        self, model: Model, examples: Sequence[Example], fit: Fit, *, train: bool
    ) -> list[Item]:
        """Turn examples into items; at prediction the shared options follow, once each."""
        if fit.long == "chunks":  # one embedding for the whole text
            fit = replace(fit, long="head")
        asked = [_asked(model.task, self.query, example) for example in examples]
        queries = self._side(model, examples, asked, fit, self.query)
        if train:
            right = [each.inputs["options"][each.target] for each in examples]
            answers = self._side(model, examples, right, fit, self.option)
            for query, answer in zip(queries, answers, strict=True):
                query.features |= answer.features
                query.source += answer.source
                query.flags = tuple(sorted({*query.flags, *answer.flags}))
            return queries
        owners: dict[Any, int] = {}
        for index, example in enumerate(examples):
            for option in dict.fromkeys(example.inputs["options"]):
                owners.setdefault(option, index)
        asking = [examples[index] for index in owners.values()]
        options = self._side(model, asking, list(owners), fit, self.option)
        for option, item in zip(owners, options, strict=True):
            item.index, item.meta = owners[option], {"option": option}
        return queries + options

    def _side(
        self,
        model: Model,
        examples: Sequence[Example],
        values: Sequence[Any],
        fit: Fit,
        read: Input,
    ) -> list[Item]:
        """Encode one value an example, for one of the towers."""
        if read.name == TEXT:
            items = self._items(
                model, examples, values, fit, "" if read is self.query else "options"
            )
            for item in items:
                item.features = {TEXT: item.features["input_ids"]}
            return items
        processor = model.processors[read.name]
        return [
            Item(index, each.id, each.lang, {read.name: value}, read.cost(processor, value))
            for index, (each, value) in enumerate(zip(examples, values, strict=True))
        ]

    def collate(self, model: Model, items: Sequence[Item], *, train: bool) -> Batch:
        """Pad texts and read pictures; labels point at the batch's distinct options."""
        inputs: dict[str, Tensor] = {}
        rows = {
            read.name: [item.features[read.name] for item in items if read.name in item.features]
            for read in (self.query, self.option)
        }
        if train:
            keys = [_key(value) for value in rows[self.option.name]]
            distinct = dict(zip(keys, rows[self.option.name], strict=True))
            places = {key: place for place, key in enumerate(distinct)}
            rows[self.option.name] = [*distinct.values()]
            inputs["labels"] = torch.tensor([places[key] for key in keys])
        for read in (self.query, self.option):
            if read.name == TEXT and rows[TEXT]:
                inputs["input_ids"] = pad(rows[TEXT], model.tokenizer.pad_token_id)
                inputs["attention_mask"] = pad([[1] * len(row) for row in rows[TEXT]], 0)
            elif rows[read.name]:
                inputs |= arrays(model, read, [(value, 0) for value in rows[read.name]])
        return Batch(list(items), inputs, sum(item.weight for item in items))

    def loss(self, net: nn.Module, batch: Batch, smoothing: float = 0.0) -> dict[str, Tensor]:
        """Sum the cross-entropy of the right options, and of the options' right queries."""
        inputs = dict(batch.inputs)
        labels = inputs.pop("labels")
        logits = getattr(net(**inputs), f"logits_per_{self.query.name}").float()
        there = functional.cross_entropy(logits, labels, label_smoothing=smoothing)
        own = functional.one_hot(labels, logits.shape[1]).T.bool()
        right = logits.T.masked_fill(~own, float("-inf")).logsumexp(1)
        back = (logits.T.logsumexp(1) - right).mean()
        return {"task": (there + back) / 2 * len(labels) / batch.weight}

    def code(self, model: Model, opened: str, fit: Fit) -> str:
        """Write what ranks pictures for a text."""
        ahead = f"{model.task.prompt} " if model.task.prompt else ""
        return opened + _CODE.replace("{ahead}", f"{ahead!r} + " if ahead else "")

    def runs(self, net: Any) -> nn.Module:
        """Give the whole network."""
        return Head.runs(self, net)

    @torch.no_grad()
    def answer(
        self, model: Model, batch: Batch, generate: Generate, limit: Any = None
    ) -> list[Any]:
        """Give each item's embedding, of length one."""
        texts = {k: v for k, v in batch.inputs.items() if k in ("input_ids", "attention_mask")}
        others = {k: v for k, v in batch.inputs.items() if k not in texts}
        rows: dict[str, Iterator[Tensor]] = {}
        for read in (self.query, self.option):
            given = texts if read.name == TEXT else others
            if given:
                states = getattr(model.plain, f"get_{read.name}_features")(**given).pooler_output
                rows[read.name] = iter(functional.normalize(states.float(), dim=-1).cpu())
        return [next(rows[name]) for item in batch.items for name in item.features]


def _asked(task: Task, read: Input, example: Example) -> Any:
    """Give what an example asks with: its fields joined, or its first one as it is."""
    if read.name == TEXT:
        return " ".join(text.fields(without_options(task), example))
    return example.inputs[task.fields[0]]


def _key(value: Any) -> Any:
    return tuple(value) if isinstance(value, list) else value


HEADS = (RetrieveAcross,)
