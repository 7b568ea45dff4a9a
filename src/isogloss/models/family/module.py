"""Name the parts of a network in the same words on every architecture."""

from __future__ import annotations

from collections.abc import Iterable
from typing import TYPE_CHECKING, Any

from isogloss import plugin
from isogloss.core.errors import IsoglossError, unknown
from isogloss.core.family import Family

if TYPE_CHECKING:
    from isogloss.models.model import Model

PARTS = (
    "embeddings",
    "encoder",
    "decoder",
    "self_attention",
    "cross_attention",
    "queries_keys",
    "feed_forward",
    "layer_norms",
    "biases",
    "head",
)
_CROSS = {"encoder_attn", "EncDecAttention", "crossattention"}
_SELF = {"self_attn", "SelfAttention", "attention", "self_attention", "attn"}
_STACKS = {"layers", "layer", "block", "h"}
_QUERY_KEY = {"q", "k", "q_proj", "k_proj", "query", "key", "q_lin", "k_lin"}


def known() -> tuple[str, ...]:
    """List the parts that networks of some family have."""
    towers = [name for family in plugin.families().values() for name in family.towers.values()]
    return tuple(dict.fromkeys([*PARTS, *towers]))


def parts(net: Any, family: Family) -> dict[str, list[str]]:
    """List the parameters of each named part of a network.

    The groups overlap: a query matrix of the decoder is in `decoder`, in
    `self_attention` and in `queries_keys`. Word, position and type tables are
    `embeddings` and in neither stack. So is the layer that writes words, which is
    the `head` as well: most backbones tie it to their tables, mT5 doesn't, and
    what is frozen should not depend on it. A tower has its tables and its projection too.

    Returns:
        Part -> names as ``net.named_parameters()`` spells them; parts that the
        network lacks are empty.
    """
    found: dict[str, list[str]] = {part: [] for part in (*PARTS, *family.towers.values())}
    heads = {id(parameter) for parameter in family.top(_plain(net))}
    for name, parameter in net.named_parameters():
        owner = net.get_submodule(name.rpartition(".")[0])
        for part in _of(name.split("."), type(owner).__name__, family, id(parameter) in heads):
            found[part].append(name)
    return found


def select(net: Any, family: Family, chosen: Iterable[str]) -> set[str]:
    """Give the parameters of some parts; `encoder.self_attention` is an overlap.

    Raises:
        IsoglossError: a part that is unknown, or that this network lacks.
    """
    groups = parts(net, family)
    names: set[str] = set()
    for part in chosen:
        for word in part.split("."):
            if word not in groups:
                raise unknown("part of a network", word, groups)
        overlap = set.intersection(*(set(groups[word]) for word in part.split(".")))
        if not overlap:
            there = ", ".join(word for word, members in groups.items() if members)
            hint = "take layer_norms; " if part.endswith("biases") else ""
            raise IsoglossError(f"this {family} has no part '{part}'", f"{hint}its parts: {there}")
        names |= overlap
    return names


def heads(net: Any, family: Family) -> set[str]:
    """Name the modules at the top of an encoder that hold its new head."""
    if family.writes:
        return set()
    prefix = "base_model.model." if hasattr(net, "get_base_model") else ""
    found = parts(net, family)["head"]
    return {name.removeprefix(prefix).split(".")[0] for name in found}


def input_table(model: Model) -> Any:
    """Give the embedding module through which the input is read, and not the answer."""
    return model.family.reader(model.plain).get_input_embeddings()


def _of(path: list[str], owner: str, family: Family, head: bool) -> list[str]:
    """List the parts of one parameter, from its path and its module's class."""
    inner = set(path[:-1])
    attention = "cross_attention" if inner & _CROSS else "self_attention" if inner & _SELF else ""
    norm = "norm" in owner.lower()
    table = "embedding" in owner.lower() and not attention
    found = ["head"] if head else []
    found += {tower: None for name, tower in family.towers.items() if name in inner}
    if path[-1] == "bias":
        found.append("biases")
    if norm:
        found.append("layer_norms")
    if table:
        return [*found, "embeddings"]
    if head:
        return [*found, "embeddings"] if family.writes else found
    found += family.stacks(inner)
    if attention and not norm:
        found.append(attention)
        found += ["queries_keys"] if inner & _QUERY_KEY else []
    elif not norm and inner & _STACKS:
        found.append("feed_forward")
    return found


def _plain(net: Any) -> Any:
    """Take the network out of its PEFT wrapping."""
    return net.get_base_model() if hasattr(net, "get_base_model") else net
