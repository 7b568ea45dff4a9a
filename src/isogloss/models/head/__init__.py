"""Heads: what a family of backbones does with a kind of task; files declare ``HEADS``."""

from __future__ import annotations

from typing import TYPE_CHECKING

from isogloss import plugin
from isogloss.core.errors import IsoglossError

if TYPE_CHECKING:
    from isogloss.models.head.head import Head


def heads() -> list[type[Head]]:
    """List all heads."""
    return [head for name in plugin.names("head") for head in plugin.find("head", name)]


def head_for(kind: str, family: str) -> Head:
    """Give the head for a kind of task on a family of backbones.

    Encoders use transformers' own heads, the other families read and write text.

    Raises:
        IsoglossError: there is none.
    """
    fitting = [head for head in heads() if family in head.families]
    for head in fitting:
        if kind in head.kinds:
            return head(kind, plugin.family(family))
    known = ", ".join(sorted({name for head in fitting for name in head.kinds}))
    raise IsoglossError(
        f"no head for {kind} tasks on {family} backbones",
        f"this family does {known}; take a mini/mt5-like model for the rest",
    )
