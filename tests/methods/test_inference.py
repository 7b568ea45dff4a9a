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
        return Run("verbalise", "m", ("en",), recipe, fit=fit)

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
        from isogloss.models.mean import shared_start

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


class TestArithmetic:
    def models(self, build: Open) -> dict[str, Any]:
        """Give models whose weights are the pretrained ones plus a number."""
        shifts = {
            "untouched()": 0.0,
            "text_only(langs=['sw'])": 3.0,
            "text_only(langs=['en'])": 1.0,
        }
        return {name: self.shifted(build(), shift) for name, shift in shifts.items()}

    def shifted(self, model: Any, shift: float) -> Any:
        with torch.no_grad():
            for p in model.net.parameters():
                p.add_(shift)
        return model

    @pytest.mark.parametrize(
        ("settings", "shift"),
        [
            ("", 0.8 * 10 + 0.2 * (3 - 1)),
            (", task=0.75", 0.75 * 10 + 0.25 * (3 - 1)),
            (", task=1.0, language=1.0", 10 + (3 - 1)),
            (", task=1.0, language=1.0, subtract=False", 10 + 3),
        ],
    )
    def test_sums(self, open_context: Open, build: Open, settings: str, shift: float) -> None:
        method = make(f"arithmetic(langs=['sw']{settings})")
        ctx, models = open_context(method), self.models(build)
        ctx.trained = lambda part: models[part.recipe]
        task, start = self.shifted(build(), 10.0), weights(build())
        found = weights(method.adapt(task, "sw", ctx))
        for name, tensor in found.items():
            torch.testing.assert_close(tensor, start[name] + shift)
        assert method.adapt(task, "en", ctx) is task
        assert method.adapt(task, "de", ctx) is task

    def test_parts_train_the_same_module(self) -> None:
        recipe = "mix_in(langs=['de']) + lora(r=2) + arithmetic(langs=['sw', 'de'], lr=0.1)"
        run = Run("verbalise", "m", ("en",), recipe, seed=3, fit=replace(FIT, snapshots=2))
        start, *texts = run.parts
        assert start.recipe == "untouched() + lora(r=2)"
        langs = ["['sw']", "['de']", "['en']"]
        assert [p.recipe for p in texts] == [
            f"text_only(langs={lang}) + lora(r=2)" for lang in langs
        ]
        assert {(p.seed, p.fit.lr, p.fit.snapshots) for p in texts} == {(3, 0.1, 1)}
        other = replace(run, fit=replace(run.fit, lr=0.2))
        assert [p.train_key for p in other.parts[1:]] == [p.train_key for p in texts]
        assert run.train_key != other.train_key

    def test_undeclared_needs_of_parts_are_refused(self, open_context: Open) -> None:
        method = make("arithmetic(langs=['sw'])")
        ctx = open_context(method)
        ctx.allowed = ()
        with pytest.raises(IsoglossError, match="uses target_text without declaring it"):
            ctx.part(ctx.offered[1])


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

    def test_refused_answers_stay(
        self, open_context: Open, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        method = make("translate_test()")
        ctx = open_context(method)
        whole = type(ctx).translate

        def strict(self: Any, texts: Any, source: str, target: str) -> Any:
            if "??" in texts:
                raise IsoglossError("can't read '??'")
            return whole(self, texts, source, target)

        monkeypatch.setattr(type(ctx), "translate", strict)
        test = toy.load("generate", "sw", "test")[:2]

        def predict(examples: Any) -> list[Prediction]:
            return [Prediction(examples[0].id, "??"), Prediction(examples[1].id, "one two")]

        found = method.predict(predict, "sw", ctx)(test)
        assert [p.value for p in found] == ["??", "moja mbili"]

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
