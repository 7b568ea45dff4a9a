"""Snapshots, and runs at other seeds and rates, are averaged."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import Any

import pytest
import torch

from isogloss.core.errors import IsoglossError
from isogloss.core.recipe import parse
from isogloss.core.run import Run
from isogloss.testing import toy
from isogloss.testing.trace import FIT, MACHINE

Open = Callable[..., Any]


def make(text: str) -> Any:
    (method,) = parse(text).methods
    return method


def weights(model: Any) -> dict[str, torch.Tensor]:
    return {n: p.detach().clone() for n, p in model.net.named_parameters()}


class TestAverage:
    def run(self, recipe: str, snapshots: int = 3) -> Run:
        fit = replace(FIT, steps=3, snapshots=snapshots)
        return Run("verbalise", "m", ("en",), recipe, fit=fit)

    def train(self, ctx: Any, model: Any, seed: int = 0) -> Any:
        from isogloss.models.train.fit import fit

        settings = replace(FIT, steps=3, snapshots=3)
        examples = toy.load("generate", "en", "train")
        folder = ctx.folder / "phase-1"
        return fit(model, examples, fit=settings, seed=seed, machine=MACHINE, folder=folder)

    def test_mean_of_the_last_snapshots(self, open_context: Open, build: Open) -> None:
        from isogloss.models.train.state import load_snapshot

        method = make("average(last=2)")
        ctx = open_context()
        model = self.train(ctx, build())
        paths = ctx.snapshots()
        assert len(paths) == 3
        one, two = (weights(load_snapshot(model.copy(), path)) for path in paths[1:])
        mean = weights(method.weights(model, ctx))
        for name, tensor in mean.items():
            torch.testing.assert_close(tensor, (one[name] + two[name]) / 2)
        assert not torch.equal(one["shared.weight"], mean["shared.weight"])

    def test_too_few_snapshots_show_in_the_plan(self) -> None:
        with pytest.raises(IsoglossError, match="keeps 3") as caught:
            self.run("average(last=5)").check()
        assert "snapshots = 5" in caught.value.hint

    def test_other_seeds_are_parts(self) -> None:
        recipe = "freeze(what=['encoder']) + average(last=2, seeds=[0, 1, 2])"
        run = self.run(recipe)
        parts = run.parsed.methods[1].parts(run)
        assert [part.seed for part in parts] == [1, 2]
        assert {part.recipe for part in parts} == {"freeze(what=['encoder']) + average(last=2)"}

    def test_mean_over_seeds(self, open_context: Open, build: Open) -> None:
        method = make("average(last=1, seeds=[1])")
        ctx = open_context()
        ctx.run = self.run("average(last=1, seeds=[1])")
        other = build()
        with torch.no_grad():
            for p in other.net.parameters():
                p.add_(1.0)
        ctx.offered, ctx.trained = method.parts(ctx.run), lambda run: other
        model = self.train(ctx, build())
        before = weights(model)
        after = weights(method.weights(model, ctx))
        for name, tensor in after.items():
            torch.testing.assert_close(tensor, (before[name] + weights(other)[name]) / 2)

    def test_other_rates_at_each_seed_are_parts(self) -> None:
        run = self.run("average(last=2, seeds=[1], rates=[0.1, 0.01])")
        assert run.fit.lr == 0.01
        assert [(part.seed, part.fit.lr) for part in run.parts] == [(0, 0.1), (1, 0.01), (1, 0.1)]
        assert {part.recipe for part in run.parts} == {"average(last=2)"}
        assert len({part.train_key for part in run.parts}) == 3

    @pytest.mark.parametrize("name", ["lora", "adapter"])
    def test_additions_need_one_start(self, name: str, open_context: Open, build: Open) -> None:
        from isogloss.models.train.mean import shared_start

        def start(recipe: str, seed: int) -> Any:
            ctx = open_context()
            ctx.run = replace(ctx.run, seed=seed)
            return make(recipe).model(build(), ctx)

        own, other = (weights(start(f"{name}()", seed)) for seed in (0, 1))
        assert any(not torch.equal(own[n], other[n]) for n in own)
        with pytest.raises(IsoglossError, match=f"the {name} starts from other") as caught:
            shared_start(start(f"{name}()", 0))
        assert f"{name}(start=0)" in caught.value.hint
        own, other = (weights(start(f"{name}(start=7)", seed)) for seed in (0, 1))
        assert all(torch.equal(own[n], other[n]) for n in own)
        shared_start(start(f"{name}(start=7)", 0))

    def test_a_head_of_its_own_forbids_other_seeds(self, open_context: Open, build: Open) -> None:
        method = make("average(last=1, seeds=[1])")
        with pytest.raises(IsoglossError, match="the head starts from other random values"):
            method.weights(build("tag", "xlm-roberta"), open_context())
