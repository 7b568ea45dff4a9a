"""What heads, loops and losses hand to each other."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from torch import Tensor


@dataclass(slots=True)
class Item:
    """One encoded sequence; a long example may become several."""

    index: int
    """Position of its example in the list that was encoded."""
    id: str
    lang: str
    features: dict[str, list[int]]
    source: int
    """Length of the input, in tokens."""
    target: int = 0
    """Length of the target, in tokens; 0 where there is none."""
    weight: float = 1.0
    """Loss-bearing units: target tokens, words or 1."""
    flags: tuple[str, ...] = ()
    meta: Mapping[str, Any] = field(default_factory=dict)
    """What the head needs to read the answer: offsets, words, options."""


@dataclass(slots=True)
class Batch:
    """Padded tensors of some items; a micro-batch of one update."""

    items: list[Item]
    inputs: dict[str, Tensor]
    """Keyword arguments of the net: (items, length) each, labels among them in training."""
    weight: float = 1.0
    """Loss-bearing units of the whole update, so that summed micro-batches
    equal one large batch."""

    @property
    def langs(self) -> list[str]:
        """List the items' languages."""
        return [item.lang for item in self.items]

    @property
    def ids(self) -> list[str]:
        """List the ids of the items' examples."""
        return [item.id for item in self.items]
