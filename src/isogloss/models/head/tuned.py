"""The head that a finetuned checkpoint brings: its rows by name, or a new one."""

from __future__ import annotations

import logging
from collections.abc import Mapping, Sequence
from typing import Any

import torch
from torch import nn

from isogloss.core.errors import IsoglossError
from isogloss.models.family.label import bare, compare, names

log = logging.getLogger("isogloss")


def settle(
    net: Any, info: Mapping[str, Any], config: Mapping[str, Any], labels: Sequence[str], name: str
) -> set[str]:
    """Bring the rows of a loaded head into the order of the task's labels.

    A head of another kind, which may have the same tensors, and one whose labels
    have other names is made anew.

    Args:
        net: the loaded network, whose new weights follow from torch's random state.
        info: what transformers says of its loading.
        config: the checkpoint's config.json.
        labels: the task's; none where rows have no names.
        name: the backbone's.

    Returns:
        The names of the parameters that are new.

    Raises:
        IsoglossError: another number of labels, or weights that don't fit the config.
    """
    head = _head(net)
    brought = head - set(info["missing_keys"])
    odd = {key: (tuple(file), tuple(own)) for key, file, own in info["mismatched_keys"]}
    kind = type(net).__name__.partition("For")[2]
    kinds = {made.partition("For")[2] for made in config.get("architectures") or ()} - {""}
    ours = not kinds or kind in kinds
    for key, (file, own) in odd.items():
        if key not in head or (ours and not labels):
            raise IsoglossError(
                f"{name} can't be loaded: {key} is {file} in its file and {own} by its config",
                "save the model again",
            )
    if not brought or (ours and not labels):
        return set()
    if not ours:
        log.warning("%s has a head for %s; the head is new", name, ", ".join(sorted(kinds)))
        return _renewed(net, brought)
    rows = next((file[0] for file, _ in odd.values()), len(labels))
    order = _order(names(config, rows), labels, name)
    if order is None:
        return _renewed(net, brought)
    _sort(net, order)
    return set()


def _head(net: Any) -> set[str]:
    """Name the parameters that stand outside the pretrained network."""
    if net is net.base_model:
        return set()
    body = f"{net.base_model_prefix}."
    return {key for key, _ in net.named_parameters() if not key.startswith(body)}


def _order(old: Sequence[str], new: Sequence[str], name: str) -> list[int] | None:
    """Find the old row of each new label; None where the names are others."""
    told = compare(old, new, name)
    for spell in (str, bare):
        rows = {spell(label): row for row, label in enumerate(old)}
        if rows.keys() == {spell(label) for label in new} and len(rows) == len(old):
            return [rows[spell(label)] for label in new]
    log.warning("%s: the head is new", told)
    return None


def _sort(net: Any, order: Sequence[int]) -> None:
    """Put the rows of the last layer into another order."""
    body = set(net.base_model.modules())
    last = [m for m in net.modules() if isinstance(m, nn.Linear) and m not in body][-1]
    with torch.no_grad():
        for tensor in (last.weight, last.bias):
            if tensor is not None:
                tensor.copy_(tensor[list(order)])


def _renewed(net: Any, names: set[str]) -> set[str]:
    """Draw a head's weights anew."""
    for name, part in net.named_children():
        if name == net.base_model_prefix:
            continue
        for each in part.modules():
            each._is_hf_initialized = False
            for parameter in each.parameters(recurse=False):
                parameter._is_hf_initialized = False
        part.apply(net._init_weights)
    return names
