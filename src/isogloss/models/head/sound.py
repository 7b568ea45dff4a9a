"""Classes of a sound, by transformers' own heads of speech encoders."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import torch
from torch import Tensor, nn
from torch.nn import functional

from isogloss import plugin
from isogloss.core.run import Fit, Generate
from isogloss.core.task import Task
from isogloss.core.types import Example
from isogloss.input.sound import FRAMES
from isogloss.models.batch import Batch, Item
from isogloss.models.family.backbone import Backbone
from isogloss.models.head.classify import ClassifyPooled, label, named
from isogloss.models.head.head import arrays
from isogloss.models.model import Model

_CODE = """
import wave

import numpy as np
from transformers import AutoFeatureExtractor

processor = AutoFeatureExtractor.from_pretrained(folder)
labels = model.config.id2label


def answer(sound):  # the path of a WAV file: 16 bits, one channel, {rate} samples a second
    with wave.open(sound) as file:
        samples = np.frombuffer(file.readframes(file.getnframes()), "<i2") / np.float32(32768)
    inputs = processor(samples[:{most}], sampling_rate={rate}, return_tensors="pt")
    with torch.no_grad():
        logits = model(inputs["input_values"]).logits[0]
    return labels[logits.argmax().item()]
"""


class ClassifySound(ClassifyPooled):
    """Average the frames of a sound, and classify them."""

    kinds = ("sound",)
    families = ("speech_encoder",)
    snippet = ()
    peft = None  # PEFT's own sort wants tokens

    def auto(self) -> str:
        """Name transformers' Auto class of the network."""
        return "AutoModelForAudioClassification"

    def settings(self, task: Task) -> dict[str, Any]:
        """Give the labels; no spans are masked, as which ones would move with the micro-batch."""
        return named(task) | {"apply_spec_augment": False}

    def build(
        self, backbone: Backbone, task: Task, seed: int, *, trust: bool = False
    ) -> tuple[nn.Module, tuple[str, ...]]:
        """Load the network; what would stand for masked spans stays as it is."""
        net, fresh = super().build(backbone, task, seed, trust=trust)
        for name, parameter in net.named_parameters():
            if name.endswith("masked_spec_embed"):
                parameter.requires_grad_(False)
        return net, fresh

    def code(self, model: Model, opened: str, fit: Fit) -> str:
        """Write what classifies a sound."""
        read = plugin.input_of(self.kind, model.task.fields[0])
        rate = model.processors[read.name].sampling_rate
        most = fit.max_source * rate // FRAMES
        return opened + _CODE.replace("{rate}", str(rate)).replace("{most}", str(most))

    def encode(
        self, model: Model, examples: Sequence[Example], fit: Fit, *, train: bool
    ) -> list[Item]:
        """Turn examples into items, of which the first `max_source` frames will be heard."""
        (field, *_) = model.task.fields
        read, items = plugin.input_of(self.kind, field), []
        for index, example in enumerate(examples):
            sound = example.inputs[field]
            features = {read.name: sound}
            if train:
                features["labels"] = [label(model.task, example.target)]
            cost = read.cost(model.processors[read.name], sound)
            item = Item(index, example.id, example.lang, features, min(cost, fit.max_source))
            item.flags = ("cut",) if cost > fit.max_source else ()
            items.append(item)
        return items

    def collate(self, model: Model, items: Sequence[Item], *, train: bool) -> Batch:
        """Read the sounds and pad them on the right."""
        read = plugin.input_of(self.kind, model.task.fields[0])
        values = [(item.features[read.name], item.source) for item in items]
        inputs = arrays(model, read, values)
        if train:
            inputs["labels"] = torch.tensor([item.features["labels"][0] for item in items])
        return Batch(list(items), inputs, sum(item.weight for item in items))

    def loss(self, net: nn.Module, batch: Batch, smoothing: float = 0.0) -> dict[str, Tensor]:
        """Sum the cross-entropy of the items' labels."""
        labels = batch.inputs["labels"]
        total = functional.cross_entropy(
            _logits(net, batch.inputs), labels, reduction="sum", label_smoothing=smoothing
        )
        return {"task": total / batch.weight}

    @torch.no_grad()
    def answer(
        self, model: Model, batch: Batch, generate: Generate, limit: Any = None
    ) -> list[Any]:
        """Give the labels' log-probabilities."""
        found: list[Any] = _logits(model.net, batch.inputs).log_softmax(-1).tolist()
        return found


def _logits(net: Any, inputs: dict[str, Tensor]) -> Tensor:
    """Classify sounds of several lengths: (items, labels).

    wav2vec 2.0 base normalises over time and was trained without a mask, so that its
    answers would move with the padding: sounds of each length are heard by themselves.
    """
    values, mask = inputs["input_values"], inputs["attention_mask"]
    if getattr(net.config, "feat_extract_norm", "layer") != "group":
        logits: Tensor = net(input_values=values, attention_mask=mask).logits.float()
        return logits
    lengths = mask.sum(1)
    places = [(lengths == length).nonzero()[:, 0] for length in {*lengths.tolist()}]
    parts = [net(input_values=values[at, : int(lengths[at[0]])]).logits.float() for at in places]
    return torch.cat(parts)[torch.cat(places).argsort()]


HEADS = (ClassifySound,)
