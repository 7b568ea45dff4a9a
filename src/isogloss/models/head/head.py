"""What a head does: it turns examples into batches and outputs into predictions."""

from __future__ import annotations

from collections.abc import Sequence
from random import Random
from typing import Any, ClassVar

import torch
from torch import Tensor, nn

from isogloss.core.family import Family
from isogloss.core.run import Fit, Generate
from isogloss.core.task import Task
from isogloss.core.types import Example, Prediction
from isogloss.models.batch import Batch, Item
from isogloss.models.family.backbone import Backbone
from isogloss.models.head import pretrained
from isogloss.models.model import Model


class Head:
    """Encode, score and read one kind of task on one family of backbones."""

    kinds: ClassVar[tuple[str, ...]] = ()
    """Kinds of tasks that it serves."""
    families: ClassVar[tuple[str, ...]] = ()
    """Families of backbones that it serves."""
    splittable: bool = True
    """False where the loss compares the items of a batch, so that it may not be split."""
    peft: str | None = None
    """PEFT's sort of model; None where it has none."""
    snippet: ClassVar[tuple[str, ...]] = ()
    """What code that uses an export does, among the blocks of ``models/snippet.jinja``; none:
    it asks this package."""
    windows: bool = False
    """Long inputs are read in overlapping windows, whatever the settings say."""

    redraws: bool = False
    """Whether each update draws anew what it learns of an item; see ``draw``."""

    def __init__(self, kind: str, family: Family) -> None:
        """Make it for a kind of task and a family of backbones."""
        self.kind, self.family = kind, family

    def auto(self) -> str:
        """Name transformers' Auto class of the network."""
        raise NotImplementedError

    def settings(self, task: Task) -> dict[str, Any]:
        """Give settings of the network that follow from the task."""
        return {}

    def asked(self, task: Task) -> Task:
        """Give the task with the fields that a network reads."""
        return task

    def build(
        self, backbone: Backbone, task: Task, seed: int, *, trust: bool = False
    ) -> tuple[nn.Module, tuple[str, ...]]:
        """Load the network; new weights follow from the seed.

        Returns:
            The network, and the names of the modules that are new.
        """
        return pretrained.load(self.auto(), backbone, seed, trust=trust, **self.settings(task))

    def encode(
        self, model: Model, examples: Sequence[Example], fit: Fit, *, train: bool
    ) -> list[Item]:
        """Turn examples into items; a long one may become several."""
        raise NotImplementedError

    def draw(self, model: Model, item: Item, rng: Random) -> Item:
        """Draw what an update learns of an item, where the head ``redraws``."""
        return item

    def around(self, head: Head) -> Head:
        """Give a head that takes this one's place, with what is put around this one."""
        return head

    def collate(self, model: Model, items: Sequence[Item], *, train: bool) -> Batch:
        """Pad items to a batch, on the CPU."""
        raise NotImplementedError

    def loss(self, net: nn.Module, batch: Batch, smoothing: float = 0.0) -> dict[str, Tensor]:
        """Give the sum of the items' losses, divided by ``batch.weight``."""
        raise NotImplementedError

    def logits(self, batch: Batch, outputs: Any) -> list[dict[int, Tensor]]:
        """Give each item's logits: what is decided, a word or 0 -> (choices,).

        Args:
            outputs: what the network put out for the batch.
        """
        raise NotImplementedError

    def runs(self, net: Any) -> nn.Module:
        """Give the part of the network that the loss runs: all of it, as a rule."""
        whole: nn.Module = net
        return whole

    def answer(
        self, model: Model, batch: Batch, generate: Generate, limit: Any = None
    ) -> list[Any]:
        """Give one raw output an item."""
        raise NotImplementedError

    def merge(
        self,
        model: Model,
        examples: Sequence[Example],
        items: Sequence[Item],
        raws: Sequence[Any],
    ) -> list[Prediction]:
        """Read the raw outputs: one prediction an example, in order."""
        raise NotImplementedError


def pad(rows: Sequence[Sequence[int]], value: int, *, left: bool = False) -> Tensor:
    """Pad rows to the longest of them."""
    longest = max(map(len, rows), default=0)
    if left:
        return torch.tensor([[value] * (longest - len(row)) + list(row) for row in rows])
    return torch.tensor([list(row) + [value] * (longest - len(row)) for row in rows])


def padded(items: Sequence[Item], filler: int, *, left: bool = False) -> dict[str, Tensor]:
    """Pad the items' inputs and mask the padding."""
    rows = [item.features["input_ids"] for item in items]
    inputs = {
        "input_ids": pad(rows, filler, left=left),
        "attention_mask": pad([[1] * len(row) for row in rows], 0, left=left),
    }
    if items and "token_type_ids" in items[0].features:
        types = [item.features["token_type_ids"] for item in items]
        inputs["token_type_ids"] = pad(types, 0, left=left)
    return inputs


def masked_loss(logits: Tensor, labels: Tensor, there: Tensor, smoothing: float) -> Tensor:
    """Sum the cross-entropy over the choices that are there: (items, choices)."""
    scores = logits.float().masked_fill(~there, float("-inf")).log_softmax(-1)
    right = scores.gather(1, labels[:, None]).sum()
    spread = (scores.masked_fill(~there, 0.0).sum(-1) / there.sum(-1)).sum()
    return -(1 - smoothing) * right - smoothing * spread


def grouped(
    examples: Sequence[Example], items: Sequence[Item], raws: Sequence[Any]
) -> list[list[tuple[Item, Any]]]:
    """Bring items and raw outputs of one example together, in order."""
    found: list[list[tuple[Item, Any]]] = [[] for _ in examples]
    for item, raw in zip(items, raws, strict=True):
        found[item.index].append((item, raw))
    return found


def flags(parts: Sequence[tuple[Item, Any]], *more: str) -> tuple[str, ...]:
    """Unite the flags of an example's items."""
    return tuple(sorted({flag for item, _ in parts for flag in item.flags} | set(more)))
