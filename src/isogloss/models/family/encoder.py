"""Encoders, whose answers are read off a new head: mBERT, XLM-R."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from isogloss.core.family import Family


def top(net: Any) -> Iterable[Any]:
    """List the parameters outside of the pretrained body."""
    inside = {id(p) for p in getattr(net, net.base_model_prefix, net).parameters()}
    return [p for p in net.parameters() if id(p) not in inside]


def learner() -> Any:
    """Give masked language modelling."""
    from isogloss.models.head.objective import Masked

    return Masked


FAMILY = Family(
    architectures=(
        "bert", "distilbert", "electra", "modernbert", "rembert", "roberta", "xlm-roberta",
        "xlm-roberta-xl",
    ),
    auto="AutoModel",
    reader=lambda net: net,
    stacks=lambda path: ("encoder",),
    top=top,
    learner=learner,
    writes=False,
    example="mini/xlmr",
)  # fmt: skip
