"""What text teaches is added to what the task has taught."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import Any

import pytest
import torch

from isogloss.core.errors import IsoglossError
from isogloss.core.recipe import parse
from isogloss.core.run import Run
from isogloss.testing.trace import FIT

Open = Callable[..., Any]


def make(text: str) -> Any:
    (method,) = parse(text).methods
    return method


def weights(model: Any) -> dict[str, torch.Tensor]:
    return {n: p.detach().clone() for n, p in model.net.named_parameters()}


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
