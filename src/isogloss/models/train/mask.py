"""Let a training move a few entries of a network's tensors, and keep these alone.

A parameter's mask lies on it, as ``Moves``: the training clears the gradient of all other
entries, and its snapshots hold the entries that may move, with what they were before.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager
from typing import Any, NamedTuple

import torch
from torch import Tensor, nn

AT, WAS, NOW = ":at", ":was", ":now"
"""Ends of the names under which a snapshot holds a masked parameter."""


class Moves(NamedTuple):
    """The entries of a parameter that a training may move, and what they were before it."""

    at: Tensor
    """Their places in the flat tensor, in order."""
    was: Tensor


@contextmanager
def masked(parameters: Mapping[str, nn.Parameter], places: Mapping[str, Tensor]) -> Iterator[None]:
    """Let the trainings within move these entries alone; what is not named moves whole.

    Args:
        parameters: of the network, by any names.
        places: name -> places in the flat tensor.
    """
    each: Any = [(parameters[name], at) for name, at in places.items()]
    for parameter, at in each:
        at = at.to(parameter.device)
        parameter.moves = Moves(at, parameter.detach().flatten()[at].clone())
    try:
        yield
    finally:
        for parameter, _ in each:
            del parameter.moves


def moves(parameter: Tensor) -> Moves | None:
    """Give the entries that may move; None where all may."""
    found: Moves | None = getattr(parameter, "moves", None)
    return found


def clear(parameters: Iterable[Tensor]) -> None:
    """Take the gradient from all entries that may not move."""
    for parameter in parameters:
        if (found := moves(parameter)) is not None and parameter.grad is not None:
            flat = parameter.grad.flatten()
            at = found.at.to(flat.device)
            parameter.grad = torch.zeros_like(flat).index_copy(0, at, flat[at]).view_as(parameter)


def packed(tensors: Mapping[str, Tensor]) -> dict[str, Tensor]:
    """Give tensors as a snapshot holds them: of a masked one, what may move."""
    found = {}
    for name, tensor in tensors.items():
        if (part := moves(tensor)) is None:
            found[name] = tensor
        elif len(part.at):
            now = tensor.detach().flatten()[part.at.to(tensor.device)]
            found |= {name + AT: part.at.int(), name + WAS: part.was, name + NOW: now}
    return found


def unpacked(kept: Mapping[str, Tensor], net: Mapping[str, Tensor | None]) -> dict[str, Tensor]:
    """Give a snapshot's tensors whole, with the other entries as a network has them."""
    found = {name: t for name, t in kept.items() if not name.endswith((AT, WAS, NOW))}
    for name in names(kept):
        whole = net.get(name)
        if whole is not None:
            found[name] = _with(whole, kept[name + AT], kept[name + NOW])
    return found


def undone(kept: Mapping[str, Tensor], net: Mapping[str, Tensor]) -> dict[str, Tensor]:
    """Give what was masked as it was before the training, where a network holds its outcome."""
    found = {}
    for name in names(kept):
        at, now = kept[name + AT], kept[name + NOW]
        if name in net and torch.equal(net[name].cpu().flatten()[at.long()], now):
            found[name] = _with(net[name], at, kept[name + WAS])
    return found


def names(kept: Mapping[str, Tensor]) -> list[str]:
    """List the masked parameters that a snapshot holds."""
    return [name.removesuffix(AT) for name in kept if name.endswith(AT)]


def _with(whole: Tensor, at: Tensor, values: Tensor) -> Tensor:
    flat = whole.detach().cpu().flatten()
    return flat.index_copy(0, at.long(), values).view(whole.shape)
