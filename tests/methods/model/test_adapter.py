"""Adapters are trained, and the rest is not."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import torch

from isogloss.core.recipe import parse

Open = Callable[..., Any]


def make(text: str) -> Any:
    (method,) = parse(text).methods
    return method


def trained(model: Any) -> set[str]:
    return {name for name, p in model.net.named_parameters() if p.requires_grad}


class TestAdapter:
    def test_trains_adapters_and_head(self, open_context: Open, build: Open) -> None:
        method = make("adapter(size=4, activation='silu')")
        model = method.model(build("span", "xlm-roberta"), open_context(method, "span"))
        assert {n.split(".")[0] for n in trained(model) if ".adapter." not in n} == {"qa_outputs"}
        assert sum(".adapter." in n for n in trained(model)) == 2 * 4
        assert model.additions[0].settings == {"size": 4, "activation": "silu"}

    def test_frozen_stacks_get_none(self, open_context: Open, build: Open) -> None:
        freeze, method = make("freeze(what=['decoder'])"), make("adapter(size=4)")
        model = freeze.model(build(), open_context(freeze))
        names = trained(method.model(model, open_context(method)))
        assert names
        assert all(n.startswith("encoder.") for n in names)

    def test_starts_follow_from_the_seed(self, open_context: Open, build: Open) -> None:
        method = make("adapter(size=4)")
        one, two = (method.model(build(), open_context(method)) for _ in range(2))
        for a, b in zip(one.net.parameters(), two.net.parameters(), strict=True):
            assert torch.equal(a, b)
