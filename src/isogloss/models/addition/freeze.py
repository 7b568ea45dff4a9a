"""Freeze a model and train what a method adds to it."""

from __future__ import annotations

import warnings
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

import torch

from isogloss.core.addition import Added
from isogloss.models.addition import stack
from isogloss.models.family.module import parts

if TYPE_CHECKING:
    from isogloss.models.model import Model


@contextmanager
def adding(
    model: Model,
    kind: str,
    settings: Mapping[str, Any],
    *,
    seed: int,
    start: int | None = None,
    name: str = "",
) -> Iterator[None]:
    """Make what is added in the block trainable, and freeze what was there.

    An encoder's new head is trained as well. Random starts follow from the
    seed, or from ``start``, which runs at other seeds then have in common. It goes
    on the model's stack, under a name or that of its kind.

    Raises:
        IsoglossError: the stack can't have it, as ``stack.check`` says.
    """
    name = name or kind
    stack.check(model, kind, name)
    before = {id(parameter) for parameter in model.net.parameters()}
    with torch.random.fork_rng(devices=[]), warnings.catch_warnings():
        # PEFT reads attributes that transformers has renamed.
        warnings.simplefilter("ignore", FutureWarning)
        torch.manual_seed(seed if start is None else start)
        yield
    head = [] if model.family.writes else parts(model.net, model.family)["head"]
    # PEFT keeps the first values of a head that it trains a copy of.
    trained = {path for path in head if ".original_module." not in path}
    for path, parameter in model.net.named_parameters():
        if parameter.is_floating_point():
            parameter.requires_grad = id(parameter) not in before or path in trained
    model.additions = (*model.additions, Added(name, kind, dict(settings), start))
