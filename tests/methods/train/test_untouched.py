"""The backbone stays as it is."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import torch

from isogloss.core.recipe import parse
from isogloss.testing import toy

Open = Callable[..., Any]


def make(text: str) -> Any:
    (method,) = parse(text).methods
    return method


def weights(model: Any) -> dict[str, torch.Tensor]:
    return {n: p.detach().clone() for n, p in model.net.named_parameters()}


def test_nothing_is_trained(build: Open) -> None:
    model = build()
    before = weights(model)
    method = make("untouched()")
    assert method.train(None, None)(model, toy.load("generate", "en", "train")) is model
    assert all(torch.equal(p, before[n]) for n, p in model.net.named_parameters())
    assert not method.trains
