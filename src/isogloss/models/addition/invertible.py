"""Invertible adapters at the table of embeddings."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING, Any

import torch
from torch import Tensor, nn

from isogloss.core.addition import Addition
from isogloss.models.addition import stack
from isogloss.models.addition.adapter import Activation, bottleneck
from isogloss.models.family.module import input_table

if TYPE_CHECKING:
    from isogloss.models.model import Model


class Invertible(nn.Module):
    """Move each half of a vector by what the other says (NICE); at first by nothing.

    Dinh et al. 2015, 1410.8516, as in MAD-X (Pfeiffer et al. 2020, 2005.00052).
    """

    def __init__(self, width: int, size: int, activation: Activation) -> None:
        """Build it for vectors of some width, with bottlenecks of some size."""
        super().__init__()
        self.on = True
        self.middle, rest = width // 2, width - width // 2
        self.first = bottleneck(rest, self.middle, size, activation)
        self.second = bottleneck(self.middle, rest, size, activation)

    def forward(self, vectors: Tensor) -> Tensor:
        """Map vectors (..., width) to a language's own."""
        one, two = vectors[..., : self.middle], vectors[..., self.middle :]
        one = one + self.first(two)
        return torch.cat([one, two + self.second(one)], -1)

    def inverse(self, states: Tensor) -> Tensor:
        """Map a language's own vectors back."""
        one, two = states[..., : self.middle], states[..., self.middle :]
        two = two - self.second(one)
        return torch.cat([one - self.first(two), two], -1)


def attach(
    model: Model, size: int | None = None, activation: Activation = "relu", name: str = "invertible"
) -> None:
    """Put it behind the table of embeddings, and its inverse before the layer that writes.

    All modules that look words up in the input's table get it; the layer that writes
    words does where it is tied to that table, as the published backbones' are.

    Args:
        model: whose network.
        size: width of its bottlenecks; None: half of what they read.
        activation: what stands in them.
        name: of the module in theirs.
    """
    table = input_table(model)
    width = table.weight.shape[1]
    made = Invertible(width, size or max(1, width // 4), activation).to(table.weight.device)
    for module in model.plain.modules():
        if isinstance(module, nn.Embedding) and module.weight is table.weight:
            module.add_module(name, made)
            module.register_forward_hook(partial(_into, name))
    writing(model.plain, name)


def writing(net: Any, name: str) -> None:
    """Put the inverse before the layer that writes words, if it is tied to the table."""
    table, writer = net.get_input_embeddings(), net.get_output_embeddings()
    if writer is not None and writer.weight is table.weight:
        writer.add_module(name, getattr(table, name))
        writer.register_forward_pre_hook(partial(_back, name))


def _into(name: str, table: nn.Module, _: Any, vectors: Tensor) -> Tensor:
    made: Any = getattr(table, name)
    return _wide(made, made, vectors)


def _back(name: str, writer: nn.Module, args: tuple[Tensor, ...]) -> tuple[Tensor, ...]:
    states, *rest = args
    made: Any = getattr(writer, name)
    return (_wide(made, made.inverse, states), *rest)


def _wide(made: Any, act: Any, vectors: Tensor) -> Tensor:
    """Compute in the addition's own precision, where the network has less."""
    if not made.on:
        return vectors
    moved: Tensor = act(vectors.to(next(made.parameters()).dtype)).to(vectors.dtype)
    return moved


ADDITION = Addition(
    attach=lambda model, name, settings: attach(model, **settings, name=name),
    parameters=stack.under,
    switch=stack.turn,
    table=True,
    writing=writing,
    shown="an invertible adapter",
)
