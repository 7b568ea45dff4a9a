"""Differences in a few entries of a network: found, trained and added up."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING, Any

import torch
from torch import Tensor, nn

from isogloss.models.train import state
from isogloss.models.train.mask import AT, NOW, WAS, masked, names, packed

if TYPE_CHECKING:
    from isogloss.models.model import Model

Parameters = Mapping[str, nn.Parameter]


def train_sparsely(
    model: Model, parameters: Parameters, share: float, train: Callable[[Any], Any]
) -> dict[str, Tensor]:
    """Train, go back, and train again what changed most (Ansell et al. 2022).

    Args:
        model: trained in place.
        parameters: of its network that get a mask, by any names; what else it trains
            is trained as a whole, both times.
        share: of the parameters' entries that the second training may move.
        train: trains a model in place; called twice, from the same weights.

    Returns:
        What the second training has changed of the parameters, for ``add``.
    """
    start = {name: tensor.detach().clone() for name, tensor in state.moving(model.net).items()}
    before = {name: p.detach().clone() for name, p in parameters.items()}
    train(model)
    places = largest(parameters, before, share)
    state.put(model.net, start)
    with masked(parameters, places):
        train(model)
        return {name: tensor.cpu() for name, tensor in packed(parameters).items()}


def largest(
    parameters: Parameters, before: Mapping[str, Tensor], share: float
) -> dict[str, Tensor]:
    """Find the entries that changed most, at least one.

    Args:
        parameters: as they are, by name.
        before: as they were.
        share: of all entries.

    Returns:
        Name -> places in the flat tensor, in order.
    """
    changes = {
        name: (parameter.detach() - before[name]).abs().flatten().cpu()
        for name, parameter in parameters.items()
    }
    every = torch.cat(list(changes.values()))
    chosen = every.topk(max(1, round(share * len(every)))).indices.sort().values
    found, first = {}, 0
    for name, change in changes.items():
        last = first + len(change)
        found[name] = chosen[(chosen >= first) & (chosen < last)] - first
        first = last
    return found


def add(parameters: Parameters, change: Mapping[str, Tensor], times: float = 1.0) -> None:
    """Add a sparse difference to parameters, so many times."""
    with torch.no_grad():
        for name in names(change):
            flat = parameters[name].view(-1)
            difference = (change[name + NOW] - change[name + WAS]).to(flat.device)
            flat.index_add_(0, change[name + AT].to(flat.device), difference, alpha=times)
