"""A phase on text comes before the task."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from isogloss.core.recipe import parse
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


class TestIntermediate:
    def test_a_phase_on_text_first(self, open_context: Open, build: Open) -> None:
        method = make("intermediate(langs=['sw', 'de'], steps=7, lr=0.003)")
        calls = []

        def train(model: Any, examples: Any, **options: Any) -> Any:
            calls.append((examples, options))
            return model

        model, gold = build(), toy.load("generate", "en", "train")
        assert method.train(train, open_context(method))(model, gold, clip=2.0) is model
        (texts, first), (examples, second) = calls
        assert {e.lang for e in texts} == {"sw", "de"}
        assert all("<extra_id_0>" in e.inputs["raw"] for e in texts)
        assert first == {"steps": 7, "snapshots": 1, "patience": 0, "lr": 0.003}
        assert (examples, second) == (gold, {"clip": 2.0})

    def test_the_rate_is_the_runs_by_default(self, open_context: Open, build: Open) -> None:
        method, seen = make("intermediate(langs=['sw'])"), []

        def train(model: Any, examples: Any, **options: Any) -> Any:
            seen.append(options)
            return model

        method.train(train, open_context(method))(build(), [])
        assert "lr" not in seen[0]

    @pytest.mark.parametrize(("texts", "asked"), [("", 2), (", texts=1", 1)])
    def test_reads_no_more_than_it_sees(
        self,
        open_context: Open,
        build: Open,
        monkeypatch: pytest.MonkeyPatch,
        texts: str,
        asked: int,
    ) -> None:
        method, numbers = make(f"intermediate(langs=['sw', 'de'], steps=1{texts})"), []
        ctx = open_context(method)

        def text(self: Any, lang: str, n: int) -> list[str]:
            numbers.append(n)
            return ["a b c"]

        monkeypatch.setattr(type(ctx), "text", text)
        method.train(lambda model, *_, **__: model, ctx)(build(), [])
        assert ctx.run.fit.batch == 4
        assert numbers == [asked, asked]
