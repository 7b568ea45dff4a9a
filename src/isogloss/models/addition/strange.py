"""What stands in a network that export can't write, by name."""

from __future__ import annotations

import copy
from collections.abc import Iterator
from typing import Any

import torch
from torch import nn
from torch.nn.utils.parametrize import type_before_parametrizations as _made

from isogloss.core.errors import IsoglossError
from isogloss.models.addition import adapter, prompt
from isogloss.models.head import head_for
from isogloss.models.model import Model

_KNOWN = ("torch", "transformers", "transformers_modules", "peft", "bitsandbytes", "accelerate")
"""Packages whose hooks and layers an export brings back, or does without."""
OWN = {"adapter": adapter.__name__, "prompt": prompt.__name__}
"""Our own additions: key of ``Model.extras``, and the module whose functions they hook in."""
_TABLE = ("prompt", "parts", "deep", "mlp")
"""What a soft prompt puts into the table of embeddings."""


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
    if any(key in model.extras for key in OWN):  # they are put on the backbone again
        base, _ = model.head.build(model.backbone, model.task, 0)
    else:
        with torch.device("meta"):
            base = type(net)(copy.deepcopy(net.config))
    listed = list(_differing(model, net, base, ""))
    head = getattr(model.head, "head", model.head)
    if type(head) is not type(head_for(model.task.kind, model.family.name)):
        listed.append(f"the head {type(head).__name__}")
    return listed


def _differing(model: Model, module: Any, base: Any, path: str) -> Iterator[str]:
    """Walk two networks side by side."""
    if hasattr(module, "base_layer"):  # PEFT writes what it has put around a layer
        yield from _differing(model, module.base_layer, base, path)
        return
    if hasattr(module, "original_module"):
        yield from _differing(model, module.original_module, base, path)
        return
    yield from _acting(model, module, path)
    if _made(module) is not _made(base) and _package(type(module)) not in ("peft", "bitsandbytes"):
        yield f"{path or 'the network'} ({type(module).__name__})"
        return
    theirs = _names(base)
    for name in sorted(_names(module) ^ theirs):
        here = f"{path}.{name}" if path else name
        child = getattr(module, name, None)
        if not _added(model, name, child):
            kind = f" ({type(child).__name__})" if isinstance(child, nn.Module) else ""
            yield f"{here}{kind}" if name not in theirs else f"{here}, which is gone"
    for name, child in module.named_children():
        if name in theirs:
            inside = f"{path}.{name}" if path else name
            yield from _differing(model, child, getattr(base, name), inside)


def _names(module: Any) -> set[str]:
    """List what a module holds itself: modules, parameters and buffers that are saved."""
    held = [*module._modules.items(), *module._parameters.items()]
    buffers: set[str] = {*module._buffers} - module._non_persistent_buffers_set
    return buffers | {name for name, value in held if value is not None}


def _added(model: Model, name: str, child: Any) -> bool:
    """Tell whether one of our own additions has put this there."""
    if "adapter" in model.extras and isinstance(child, adapter.Adapter):
        return name == "adapter"
    return "prompt" in model.extras and name in _TABLE


def _acting(model: Model, module: Any, path: str) -> Iterator[str]:
    """Name the hooks of a module, and a forward of its own, that come from elsewhere."""
    hooks = [*module._forward_hooks.values(), *module._forward_pre_hooks.values()]
    hooks += [vars(module)["forward"]] if "forward" in vars(module) else []
    ours = [place for key, place in OWN.items() if key in model.extras]
    for hook in hooks:
        place = str(getattr(getattr(hook, "func", hook), "__module__", ""))
        if place.partition(".")[0] not in _KNOWN and place not in ours:
            yield f"a function on {path or 'the network'} ({place})"


def _package(cls: type) -> str:
    return cls.__module__.partition(".")[0]
