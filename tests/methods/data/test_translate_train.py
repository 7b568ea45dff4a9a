"""Training examples are translated."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from isogloss.core.recipe import parse
from isogloss.testing import toy

Open = Callable[..., Any]


def make(text: str) -> Any:
    (method,) = parse(text).methods
    return method


def train(kind: str = "generate") -> list[Any]:
    return toy.load(kind, "en", "train")


class TestTranslateTrain:
    def test_inputs_and_answers(self, open_context: Open) -> None:
        method = make("translate_train(langs=['sw', 'de'])")
        made = method.data(train(), open_context(method))
        assert made[:24] == train()
        assert [e.inputs for e in made[24:48]] == [
            e.inputs for e in toy.load("generate", "sw", "train")
        ]
        assert [e.target for e in made[48:]] == [
            e.target for e in toy.load("generate", "de", "train")
        ]
        assert {(e.lang, e.origin) for e in made[24:]} == {
            ("sw", "translated"),
            ("de", "translated"),
        }
        assert len({e.id for e in made}) == len(made)

    def test_labels_are_kept(self, open_context: Open) -> None:
        method = make("translate_train(langs=['sw'], keep=False)")
        made = method.data(train("classify"), open_context(method, "classify"))
        assert [e.target for e in made] == [e.target for e in train("classify")]
        assert [e.inputs["text"] for e in made] == [
            e.inputs["text"] for e in toy.load("classify", "sw", "train")
        ]
