"""A model's additions: named, in the order in which they were put on."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import replace
from typing import TYPE_CHECKING, Any

import torch
from torch import Tensor

from isogloss import plugin
from isogloss.core.addition import Added
from isogloss.core.errors import IsoglossError

if TYPE_CHECKING:
    from isogloss.models.model import Model


def check(model: Model, kind: str, name: str) -> None:
    """Refuse what can't be put on a model's stack.

    Raises:
        IsoglossError: the name is taken, or an addition below carries none or is
            not trained yet, so that it would be frozen as it started.
    """
    plugin.addition(kind)
    if any(each.name == name for each in model.additions):
        raise IsoglossError(f"the model has '{name}' already", "add it once, or by another name")
    if any(name in path.split(".") for path, _ in model.plain.named_modules()):
        raise IsoglossError(
            f"{model.name} has a module called '{name}' already", "name the addition otherwise"
        )
    for each in model.additions:
        moves = any(p.requires_grad for p in parameters(model, each.name).values())
        if moves or not plugin.addition(each.kind).carries:
            raise IsoglossError(
                f"{kind} can't be added to a model that has {each.name}",
                "keep one of them in the recipe",
            )


def add(model: Model, added: Added, seed: int) -> None:
    """Put a new addition on a model's stack, in place; its random start follows from the seed.

    Raises:
        IsoglossError: the stack can't have it, as ``check`` says.
    """
    check(model, added.kind, added.name)
    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(seed)
        attach(model, added)


def attach(model: Model, added: Added) -> None:
    """Put an addition on a model's stack, in place."""
    plugin.addition(added.kind).attach(model, added.name, added.settings)
    model.additions = (*model.additions, added)


def find(model: Model, name: str) -> Added:
    """Give an addition of a model's stack.

    Raises:
        IsoglossError: it has none of this name.
    """
    for each in model.additions:
        if each.name == name:
            found: Added = each
            return found
    there = ", ".join(each.name for each in model.additions)
    raise IsoglossError(f"the model has no '{name}' added to it", f"it has: {there or 'nothing'}")


def parameters(model: Model, name: str) -> dict[str, Any]:
    """Give an addition's parameters, by names that hold under PEFT's wrapping too."""
    kind = plugin.addition(find(model, name).kind)
    return {bare(path): p for path, p in kind.parameters(model, name).items()}


def tensors(model: Model, name: str) -> dict[str, Tensor]:
    """Copy what an addition has learned, for ``swap``."""
    return {path: p.detach().cpu().clone() for path, p in parameters(model, name).items()}


def swap(model: Model, name: str, found: Mapping[str, Tensor]) -> None:
    """Put what another addition of the same make has learned in the place of one.

    Raises:
        IsoglossError: it is of another make.
    """
    there = parameters(model, name)
    shapes = {path: tuple(p.shape) for path, p in there.items()}
    if shapes != {path: tuple(tensor.shape) for path, tensor in found.items()}:
        raise IsoglossError(
            f"'{name}' can't be swapped for an addition of another make",
            "train both on one backbone, with the same settings",
        )
    with torch.no_grad():
        for path, tensor in found.items():
            there[path].copy_(tensor)


def switch(model: Model, name: str, on: bool) -> None:
    """Let an addition act, or leave it out; its place in the stack stays."""
    added = find(model, name)
    plugin.addition(added.kind).switch(model, name, on)
    model.additions = tuple(
        replace(each, on=on) if each is added else each for each in model.additions
    )


def train(model: Model, names: Iterable[str]) -> None:
    """Train some additions, and nothing else."""
    for parameter in model.net.parameters():
        parameter.requires_grad = False
    for name in names:
        for parameter in parameters(model, name).values():
            parameter.requires_grad = True


def freeze(model: Model, name: str) -> None:
    """Freeze an addition, and leave the rest as it is."""
    for parameter in parameters(model, name).values():
        parameter.requires_grad = False


def under(model: Model, name: str) -> dict[str, Any]:
    """List the parameters of the modules that bear a name: most additions' own."""
    found = model.plain.named_parameters()
    return {path: p for path, p in found if name in path.split(".")[:-1]}


def turn(model: Model, name: str, on: bool) -> None:
    """Set ``on`` of the modules that bear a name."""
    for path, module in model.plain.named_modules():
        if path.rpartition(".")[2] == name:
            module.on = on


def bare(path: str) -> str:
    """Spell a tensor's name as without PEFT."""
    return path.replace(".base_layer.", ".")
