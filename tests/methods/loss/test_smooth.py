"""The loss is taken under noise."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
import torch

from isogloss.core.recipe import parse
from isogloss.core.run import Fit
from isogloss.models.batch import Batch
from isogloss.testing import toy
from isogloss.testing.trace import FIT

Open = Callable[..., Any]


def make(text: str) -> Any:
    (method,) = parse(text).methods
    return method


def batch(model: Any, n: int = 6) -> Batch:
    items = model.head.encode(model, toy.load(model.task.kind, "en", "train")[:n], FIT, train=True)
    made: Batch = model.head.collate(model, items, train=True)
    return made


class TestSmooth:
    def terms(self, recipe: str, model: Any, given: Batch) -> dict[str, Any]:
        from isogloss.models.train.fit import plain_loss

        torch.manual_seed(0)
        wrapped = make(recipe).loss(plain_loss(Fit()), model, None)
        with torch.no_grad():
            model.net.eval()
            return dict(wrapped(model, given))

    @pytest.mark.parametrize(
        ("kind", "architecture"),
        [("generate", "mt5"), ("generate", "mbart"), ("generate", "llama"),
         ("tag", "xlm-roberta"), ("classify", "xlm-roberta"), ("span", "xlm-roberta"),
         ("choose", "xlm-roberta")],
    )  # fmt: skip
    def test_noise(self, kind: str, architecture: str, build: Open) -> None:
        model = build(kind, architecture)
        given = batch(model)
        clean = float(model.head.loss(model.net.eval(), given)["task"].detach())
        assert float(self.terms("smooth(size=0.0)", model, given)["task"]) == pytest.approx(clean)
        assert float(self.terms("smooth(size=1.0)", model, given)["task"]) != pytest.approx(clean)
        both = self.terms("smooth(size=1.0, consistency=2.0)", model, given)
        assert float(both["task"]) == pytest.approx(clean)
        assert float(both["consistency"]) > 1e-9
        none = self.terms("smooth(size=0.0, consistency=2.0)", model, given)
        assert float(none["consistency"]) == pytest.approx(0, abs=1e-9)
        twice = self.terms("smooth(size=1.0, consistency=4.0)", model, given)
        assert float(twice["consistency"]) == pytest.approx(2 * float(both["consistency"]))
        assert not model.net._forward_hooks

    def test_parts_of_a_batch_add_up(self, build: Open) -> None:
        model = build("tag", "xlm-roberta")
        whole = batch(model)
        recipe = "smooth(size=0.0, consistency=1.0)"
        total = float(self.terms(recipe, model, whole)["task"])
        halves = 0.0
        for part in (whole.items[:3], whole.items[3:]):
            made = model.head.collate(model, part, train=True)
            made.weight = whole.weight
            halves += float(self.terms(recipe, model, made)["task"])
        assert halves == pytest.approx(total, rel=1e-5)

    def test_runs_the_network_once_more_and_the_inner_loss_once(self, build: Open) -> None:
        """Around a loss that runs the network twice itself, and one that never does."""
        from isogloss.models.train.fit import plain_loss

        model, runs, calls = build(), [], []
        given, plain = batch(model), plain_loss(Fit())
        model.net.eval().register_forward_hook(lambda *_: runs.append(1))

        def twice(model: Any, batch: Any) -> dict[str, Any]:
            calls.append(1)
            first, second = plain(model, batch), plain(model, batch)
            return {"task": (first["task"] + second["task"]) / 2, "consistency": torch.ones(())}

        def never(model: Any, batch: Any) -> dict[str, Any]:
            calls.append(1)
            return {"task": torch.zeros(()), "consistency": torch.ones(())}

        alone = self.terms("smooth(consistency=2.0)", model, given)
        for inner, count in ((twice, 3), (never, 2)):
            runs.clear()
            calls.clear()
            given.outputs = None
            torch.manual_seed(0)
            terms = make("smooth(consistency=2.0)").loss(inner, model, None)(model, given)
            assert (len(runs), len(calls)) == (count, 1)
            apart = float(terms["consistency"].detach()) - 1
            assert apart == pytest.approx(float(alone["consistency"]), rel=1e-3)

    def test_finds_the_loss_inside(self) -> None:
        class Inner:
            splittable = False

        inner = Inner()
        assert make("smooth()").loss(inner, None, None).__wrapped__ is inner

    def test_retrieval_has_no_logits(self) -> None:
        assert make("smooth(consistency=1.0)").misfit("retrieve", "encoder")
        assert not make("smooth()").misfit("retrieve", "encoder")
