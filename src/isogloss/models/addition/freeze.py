"""Freeze a model and train what a method adds to it."""

from __future__ import annotations

import warnings
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from typing import Any

import torch

from isogloss.core.errors import IsoglossError
from isogloss.models.family.module import parts

ADDED = ("adapter", "lora", "prompt")
"""Keys of ``Model.extras`` under which additions leave their settings."""


@contextmanager
def adding(
    model: Any, name: str, settings: Mapping[str, Any], *, seed: int, start: int | None = None
) -> Iterator[None]:
    """Make what is added in the block trainable, and freeze what was there.

    An encoder's new head is trained as well. Random starts follow from the
    seed, or from ``start``, which runs at other seeds then have in common. The
    settings stay in ``model.extras`` for saving and loading.

    Raises:
        IsoglossError: the model has another addition, which this would freeze.
    """
    other = next((key for key in ADDED if key in model.extras), None)
    if other:
        raise IsoglossError(
            f"{name} can't be added to a model that has {other}", "keep one of them in the recipe"
        )
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
    model.extras[name] = dict(settings)
    if start is not None:
        model.extras["start"] = start
