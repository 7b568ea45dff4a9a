"""Methods that act on weights, per language and on predictions."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import Any

import pytest
import torch

from isogloss.core.errors import IsoglossError, Uncovered
from isogloss.core.recipe import parse
from isogloss.core.run import Run
from isogloss.core.types import Example, Prediction
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
        return Run("toy_generate", "m", ("en",), recipe, fit=fit)

    def train(self, ctx: Any, model: Any, seed: int = 0) -> Any:
        from isogloss.models.fit import fit

        settings = replace(FIT, steps=3, snapshots=3)
        examples = toy.load("generate", "en", "train")
        folder = ctx.folder / "phase-1"
        return fit(model, examples, fit=settings, seed=seed, machine=MACHINE, folder=folder)

    def test_mean_of_the_last_snapshots(self, open_context: Open, build: Open) -> None:
        from isogloss.models.state import load_snapshot

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
            make("average(last=5)").parts(self.run("average(last=5)"))
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

    def test_a_head_of_its_own_forbids_other_seeds(self, open_context: Open, build: Open) -> None:
        method = make("average(last=1, seeds=[1])")
        with pytest.raises(IsoglossError, match="the head starts from other random values"):
            method.weights(build("tag", "xlm-roberta"), open_context())


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

    def test_more_than_there_are(self, open_context: Open, build: Open) -> None:
        method = make("shots(k=500)")
        with pytest.raises(Uncovered, match="500 labelled examples in 'sw'"):
            method.adapt(build(), "sw", open_context(method))


class TestTranslateTest:
    def test_there_and_back(self, open_context: Open) -> None:
        method = make("translate_test()")
        seen: list[Example] = []

        def predict(examples: Any) -> list[Prediction]:
            seen.extend(examples)
            return [Prediction(e.id, "one two", flags=("limit",)) for e in examples]

        test = toy.load("generate", "sw", "test")[:2]
        found = method.predict(predict, "sw", open_context(method))(test)
        assert {e.lang for e in seen} == {"en"}
        assert [p.value for p in found] == ["moja mbili"] * 2
        assert [p.id for p in found] == [e.id for e in test]
        assert found[0].flags == ("limit",)
        assert method.predict(predict, "en", open_context(method)) is predict

    def test_labels_stay(self, open_context: Open) -> None:
        method = make("translate_test()")
        test = toy.load("classify", "sw", "test")[:2]

        def predict(examples: Any) -> list[Prediction]:
            assert [e.inputs["text"] for e in examples] == [
                e.inputs["text"] for e in toy.load("classify", "en", "test")[:2]
            ]
            return [Prediction(e.id, "odd") for e in examples]

        found = method.predict(predict, "sw", open_context(method, "classify"))(test)
        assert [p.value for p in found] == ["odd", "odd"]


class TestReferences:
    def test_untouched(self, build: Open) -> None:
        model = build()
        before = weights(model)
        method = make("untouched()")
        assert method.train(None, None)(model, toy.load("generate", "en", "train")) is model
        assert all(torch.equal(p, before[n]) for n, p in model.net.named_parameters())
        assert not method.trains

    @pytest.mark.parametrize("kind", ["classify", "tag", "choose"])
    def test_majority(self, kind: str, open_context: Open) -> None:
        method = make("majority()")
        test = toy.load(kind, "sw", "test")
        ctx = open_context(method, kind, "xlm-roberta")
        found = method.predict(None, "sw", ctx)(test)
        targets = [e.target for e in toy.load(kind, "en", "train")]
        if kind == "tag":
            every = [tag for each in targets for tag in each]
            assert found[0].value == (max(set(every), key=every.count),) * 4
        else:
            assert targets.count(found[0].value) == max(map(targets.count, targets))
        assert len({p.value for p in found}) == 1
        assert [p.id for p in found] == [e.id for e in test]
