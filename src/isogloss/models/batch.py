"""What heads, loops and losses hand to each other."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from torch import Tensor

from isogloss.core.types import Example


@dataclass(slots=True)
class Item:
    """One encoded sequence; a long example may become several."""

    index: int
    """Position of its example in the list that was encoded."""
    id: str
    lang: str
    features: dict[str, Any]
    """What the head collates: token ids, or a picture or a sound by its input's name."""
    source: int
    """Length of the input, in tokens or in what other inputs cost."""
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
    count: int = 1
    """Examples of the whole update, for a loss that counts each of them once."""
    examples: list[Example] = field(default_factory=list)
    """Each item's example, in training."""
    step: int = 0
    """Updates before this one."""
    steps: int = 0
    """Updates of the whole training."""
    extras: dict[Any, Batch] = field(default_factory=dict)
    """Each term's share of the examples that it drew for this update."""
    hidden: bool = False
    """Whether the outputs are to have all hidden states; set before the inner loss is called."""
    outputs: Any = None
    """What the network put out when the innermost loss ran it."""
    called: list[Any] = field(default_factory=list)
    """The terms that have been asked."""

    @property
    def langs(self) -> list[str]:
        """List the items' languages."""
        return [item.lang for item in self.items]

    @property
    def ids(self) -> list[str]:
        """List the ids of the items' examples."""
        return [item.id for item in self.items]
