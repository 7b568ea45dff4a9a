"""A phase on text comes before the task."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
import torch

from isogloss.core.recipe import parse
from isogloss.testing import toy

Open = Callable[..., Any]


def make(text: str) -> Any:
    (method,) = parse(text).methods
    return method


@pytest.fixture
def calls(monkeypatch: pytest.MonkeyPatch) -> list[tuple[Any, ...]]:
    """Take down the trainings that are asked for, and do none."""
    from isogloss.models.train import text

    made: list[tuple[Any, ...]] = []

    def fit_text(model: Any, texts: Any, ctx: Any, **options: Any) -> Any:
        made.append((texts, options))
        return model

    monkeypatch.setattr(text, "fit_text", fit_text)
    return made


class TestIntermediate:
    def test_a_phase_on_text_first(
        self, open_context: Open, build: Open, calls: list[tuple[Any, ...]]
    ) -> None:
        method = make("intermediate(langs=['sw', 'de'], steps=7, lr=0.003)")

        def train(model: Any, examples: Any, **options: Any) -> Any:
            calls.append((examples, options))
            return model

        model, gold = build(), toy.load("generate", "en", "train")
        assert method.train(train, open_context(method))(model, gold, clip=2.0) is model
        (texts, first), (examples, second) = calls
        assert texts.keys() == {"sw", "de"}
        assert first == {"steps": 7, "lr": 0.003}
        assert (examples, second) == (gold, {"clip": 2.0})

    def test_the_rate_is_the_runs_by_default(
        self, open_context: Open, build: Open, calls: list[tuple[Any, ...]]
    ) -> None:
        method = make("intermediate(langs=['sw'])")
        ctx = open_context(method)
        method.train(lambda model, *_, **__: model, ctx)(build(), [])
        assert calls[0][1]["lr"] == ctx.run.fit.lr

    @pytest.mark.parametrize(("texts", "asked"), [("", 2), (", texts=1", 1)])
    def test_reads_no_more_than_it_sees(
        self, open_context: Open, build: Open, calls: list[tuple[Any, ...]], texts: str, asked: int
    ) -> None:
        method = make(f"intermediate(langs=['sw', 'de'], steps=1{texts})")
        ctx = open_context(method)
        method.train(lambda model, *_, **__: model, ctx)(build(), [])
        assert ctx.run.fit.batch == 4
        assert [len(each) for each in calls[0][0].values()] == [asked, asked]

    def test_an_encoder_learns_from_text_before_the_task(
        self, open_context: Open, build: Open
    ) -> None:
        method = make("intermediate(langs=['sw'], steps=2)")
        model, plain = build("tag", "xlm-roberta"), build("tag", "xlm-roberta")
        ctx = open_context(method, "tag", "xlm-roberta")
        method.train(lambda model, *_, **__: model, ctx)(model, [])
        after = dict(model.net.named_parameters())
        for name, parameter in plain.net.named_parameters():
            assert torch.equal(after[name], parameter) is name.startswith("classifier"), name
