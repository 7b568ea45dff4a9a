"""Soft prompts: trained vectors before the input of a frozen network.

They stand behind token ids that the vocabulary doesn't have, which the head
puts before each input and the embedding table looks up. So every loop that can
read and write token ids works with them, caches and beams included.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import Any

import torch
from torch import Tensor, nn

from isogloss.core.errors import IsoglossError
from isogloss.core.run import Fit
from isogloss.core.types import Example
from isogloss.models.batch import Item
from isogloss.models.parts import input_table

COMMON = 5000
"""Vectors start as those of common tokens, as published."""


def attach(model: Any, length: int, *, seed: int = 0) -> nn.Parameter:
    """Put a soft prompt before every input of a text-to-text model, in place.

    Returns:
        The prompt: (length, width).

    Raises:
        IsoglossError: it leaves no room for the input.
    """
    positions = getattr(model.plain.config, "max_position_embeddings", None)
    if positions is not None and length >= positions // 2:
        raise IsoglossError(
            f"prompt_tuning: {length} vectors leave little of {model.name}'s {positions} positions",
            f"take length={positions // 8}",
        )
    table = input_table(model)
    size = table.weight.shape[0]
    special = set(model.tokenizer.all_special_ids)
    common = [i for i in range(min(COMMON, size)) if i not in special]
    order = torch.randperm(len(common), generator=torch.Generator().manual_seed(seed))
    chosen = torch.tensor(common)[order[torch.arange(length) % len(common)]]
    with torch.no_grad():
        start = table(chosen.to(table.weight.device)).detach().clone()
    table.register_parameter("prompt", nn.Parameter(start))
    table.register_forward_pre_hook(_take)
    table.register_forward_hook(_put)
    model.head = Prompted(model.head, range(size, size + length))
    prompt: nn.Parameter = table.prompt
    return prompt


class Prompted:
    """A head that puts the prompt's ids before each input."""

    def __init__(self, head: Any, ids: Sequence[int]) -> None:
        """Wrap a head; everything but `encode` stays its own."""
        self.head, self.ids = head, list(ids)

    def __getattr__(self, name: str) -> Any:
        """Hand everything else to the head inside."""
        if name == "head":  # not there yet while being copied
            raise AttributeError(name)
        return getattr(self.head, name)

    def encode(
        self, model: Any, examples: Sequence[Example], fit: Fit, *, train: bool
    ) -> list[Item]:
        """Encode as the head does, with room for the prompt."""
        space = max(1, fit.max_source - len(self.ids))
        items = self.head.encode(model, examples, replace(fit, max_source=space), train=train)
        return [self._prompted(item, model.family) for item in items]

    def _prompted(self, item: Item, family: str) -> Item:
        features = {**item.features, "input_ids": self.ids + item.features["input_ids"]}
        if family == "decoder" and "labels" in features:
            features["labels"] = [-100] * len(self.ids) + features["labels"]
        return replace(item, features=features, source=item.source + len(self.ids))


def _take(table: Any, args: tuple[Tensor, ...]) -> tuple[Tensor, ...]:
    """Keep the places of the prompt, and show the table ids that it knows."""
    ids, *rest = args
    place = ids - table.weight.shape[0]
    table.place = place if bool((place >= 0).any()) else None
    return (ids.masked_fill(place >= 0, 0), *rest)


def _put(table: Any, _: Any, vectors: Tensor) -> Tensor:
    """Put the prompt's vectors in their places."""
    place, table.place = table.place, None
    if place is None:
        return vectors
    prompt = table.prompt[place.clamp(min=0)].to(vectors.dtype)
    return torch.where((place >= 0).unsqueeze(-1), prompt, vectors)
