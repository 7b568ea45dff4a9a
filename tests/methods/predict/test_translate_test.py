"""Test inputs are translated into a source language."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from isogloss.core.errors import IsoglossError
from isogloss.core.recipe import parse
from isogloss.core.types import Example, Prediction
from isogloss.testing import toy

Open = Callable[..., Any]


def make(text: str) -> Any:
    (method,) = parse(text).methods
    return method


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
