"""Average the weights of models that were trained from the same start."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import TYPE_CHECKING

import torch
from torch import Tensor

from isogloss.core.errors import IsoglossError

if TYPE_CHECKING:
    from isogloss.models.model import Model


def mean(states: Iterable[Mapping[str, Tensor]]) -> dict[str, Tensor]:
    """Average named tensors uniformly, one set at a time.

    Sums in 64 bits, so that the order of the sets moves nothing.
    """
    total: dict[str, Tensor] = {}
    count = 0
    for state in states:
        count += 1
        for name, tensor in state.items():
            wide = tensor.detach().cpu().double()  # some lie on the device, some do not
            total[name] = total[name] + wide if name in total else wide
    return {name: tensor / count for name, tensor in total.items()}


def put(model: Model, state: Mapping[str, Tensor]) -> None:
    """Write named tensors into a model's parameters."""
    parameters = dict(model.net.named_parameters())
    with torch.no_grad():
        for name, tensor in state.items():
            parameters[name].copy_(tensor)


def shared_start(model: Model) -> None:
    """Check that runs with other seeds start from the same weights.

    Raises:
        IsoglossError: part of the model starts from random values.
    """
    added = [each.name for each in model.additions if each.start is None]
    if added or model.fresh:
        new = f"the {added[0]}" if added else "the head"
        raise IsoglossError(
            f"runs with other seeds can't be averaged: {new} starts from other random values",
            "leave `seeds` out, or give it one start: lora(start=0), adapter(start=0)"
            if added
            else "leave `seeds` out, or take an encoder-decoder or a decoder",
        )
