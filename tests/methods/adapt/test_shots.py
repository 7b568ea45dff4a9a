"""A copy goes on with labelled target examples."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import Any

import pytest

from isogloss.core.errors import Uncovered
from isogloss.core.recipe import parse

Open = Callable[..., Any]


def make(text: str) -> Any:
    (method,) = parse(text).methods
    return method


class TestShots:
    def test_a_copy_goes_on(self, open_context: Open, build: Open) -> None:
        method = make("shots(k=5, steps=3, lr=0.01)")
        ctx = open_context(method, "tag", "xlm-roberta")
        seen = []

        def fit(model: Any, examples: Any, **options: Any) -> Any:
            seen.append((model, examples, options))
            return model

        ctx.loops = {"fit": fit}
        model = build("tag", "xlm-roberta")
        adapted = method.adapt(model, "sw", ctx)
        ((copied, examples, options),) = seen
        assert adapted is copied
        assert adapted is not model
        assert len(examples) == 5
        assert {e.lang for e in examples} == {"sw"}
        assert options == {"steps": 3, "snapshots": 1, "patience": 0, "lr": 0.01}
        assert method.adapt(model, "en", ctx) is model

    def test_draws_are_nested_and_the_same_for_all(self, open_context: Open) -> None:
        def drawn(k: int, draw: int, seed: int = 0, recipe: str = "mix_in") -> list[str]:
            ctx = open_context(make("mix_in(langs=['sw'], labels=True)"))
            ctx.run = replace(ctx.run, seed=seed, recipe=recipe)
            return [e.id for e in ctx.labels("sw", k, draw=draw)]

        assert drawn(8, 0)[:4] == drawn(4, 0) == drawn(4, 0, seed=1, recipe="shots")
        assert drawn(8, 0) != drawn(8, 1)

    def test_no_shots_leave_the_model(self, open_context: Open, build: Open) -> None:
        method, model = make("shots(k=0)"), build()
        assert method.adapt(model, "sw", open_context(method)) is model
        assert method.needed() == ()

    def test_more_than_there_are(self, open_context: Open, build: Open) -> None:
        method = make("shots(k=500)")
        with pytest.raises(Uncovered, match="500 labelled examples in 'sw'"):
            method.adapt(build(), "sw", open_context(method))
