"""What stands in a network that export can't write, by name."""

from __future__ import annotations

import copy
from collections import Counter
from collections.abc import Collection, Iterator
from dataclasses import replace
from typing import Any

import torch
from torch import nn
from torch.nn.utils.parametrize import type_before_parametrizations as _made

from isogloss import plugin
from isogloss.core.errors import IsoglossError
from isogloss.models.addition import stack
from isogloss.models.head import head_for
from isogloss.models.load import resize
from isogloss.models.model import Model

_KNOWN = ("torch", "transformers", "transformers_modules", "peft", "bitsandbytes", "accelerate")
"""Packages whose hooks and layers an export brings back, or does without."""


def check_known(model: Model, by: str = "a method") -> None:
    """Assert that an export would hold all that stands in a network.

    Args:
        by: the methods that have changed it, for the error.

    Raises:
        IsoglossError: it would not; what it would lack is named.
    """
    if unknown := strange(model):
        raise IsoglossError(
            f"export can't write {', '.join(unknown[:3])}",
            f"{by} changes the network in a way that neither transformers nor isogloss saves; "
            "export a run without it",
        )


def strange(model: Model) -> list[str]:
    """Name the modules, tensors and functions that an opened export would lack."""
    net = model.plain
    head = head_for(model.task.kind, model.family.name)
    held = [each for each in model.additions if plugin.addition(each.kind).open is None]
    if held:  # they are put on the backbone again
        base, _ = head.build(model.backbone, model.task, 0)
    else:
        with torch.device("meta"):
            base = type(net)(copy.deepcopy(net.config))
    opened = replace(model, net=base, head=head, additions=())
    if held:
        resize(opened, net.get_input_embeddings().num_embeddings)
    for added in held:
        stack.attach(opened, added)
    folded = {name for each in held for name in plugin.addition(each.kind).folded}
    listed = list(_differing(net, base, "", folded))
    if _heads(model.head) != _heads(opened.head):
        listed.append(f"the head {_heads(model.head)[-1].__name__}")
    return listed


def _heads(head: Any) -> list[type]:
    """Give the class of a head, and of the one that it wraps."""
    inside = vars(head).get("head")
    return [type(head), *(_heads(inside) if inside is not None else [])]


def _differing(module: Any, base: Any, path: str, folded: Collection[str]) -> Iterator[str]:
    """Walk two networks side by side, `folded` names of added modules left out."""
    if hasattr(module, "base_layer"):  # PEFT writes what it has put around a layer
        yield from _differing(module.base_layer, base, path, folded)
        return
    if hasattr(module, "original_module"):
        yield from _differing(module.original_module, base, path, folded)
        return
    for place in _acting(module) - _acting(base):
        yield f"a function on {path or 'the network'} ({place})"
    if _made(module) is not _made(base) and _package(type(module)) not in ("peft", "bitsandbytes"):
        yield f"{path or 'the network'} ({type(module).__name__})"
        return
    theirs = _names(base)
    for name in sorted((_names(module) ^ theirs) - {*folded}):
        here = f"{path}.{name}" if path else name
        child = getattr(module, name, None)
        kind = f" ({type(child).__name__})" if isinstance(child, nn.Module) else ""
        yield f"{here}{kind}" if name not in theirs else f"{here}, which is gone"
    for name, child in module.named_children():
        if name in theirs:
            inside = f"{path}.{name}" if path else name
            yield from _differing(child, getattr(base, name), inside, folded)


def _names(module: Any) -> set[str]:
    """List what a module holds itself: modules, parameters and buffers that are saved."""
    held = [*module._modules.items(), *module._parameters.items()]
    buffers: set[str] = {*module._buffers} - module._non_persistent_buffers_set
    return buffers | {name for name, value in held if value is not None}


def _acting(module: Any) -> Counter[str]:
    """Count the hooks of a module, and a forward of its own, by where they come from."""
    hooks = [*module._forward_hooks.values(), *module._forward_pre_hooks.values()]
    hooks += [vars(module)["forward"]] if "forward" in vars(module) else []
    places = (str(getattr(getattr(hook, "func", hook), "__module__", "")) for hook in hooks)
    return Counter(place for place in places if place.partition(".")[0] not in _KNOWN)


def _package(cls: type) -> str:
    return cls.__module__.partition(".")[0]
