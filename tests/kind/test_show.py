"""What a person sees of targets and answers, by kind."""

from __future__ import annotations

from typing import Any

import pytest

from isogloss import plugin
from isogloss.core.types import Answer
from isogloss.testing import toy

PAIR = {"words": ("a", "b")}
FOUR = {"words": ("Ada", "Lovelace", "sah", "Rom")}


@pytest.mark.parametrize(
    ("kind", "given", "inputs", "seen"),
    [
        ("choose", 1, {"options": ("no", "yes")}, "yes"),
        ("retrieve", 0, {"options": ("no", "yes")}, "no"),
        ("choose", 2, {"options": ("no", "yes")}, "2"),
        ("choose", None, {"options": ("no", "yes")}, ""),
        ("span", (Answer("she", 0), Answer("she", 4), Answer("her", 9)), {}, "she / her"),
        ("span", "she", {}, "she"),
        ("tag", ("X", "Y"), PAIR, "a/X b/Y"),
        ("tag", ("X",), PAIR, "X"),
        ("tag", ("O", "O"), PAIR, "(none)"),
        ("tag", ("B-PER", "I-PER", "O", "B-LOC"), FOUR, "Ada Lovelace (PER) · Rom (LOC)"),
        ("joint", ("ask", ("B-PER", "I-PER", "O", "O")), FOUR, "ask: Ada Lovelace (PER)"),
        ("joint", (None, ("O", "B-X")), PAIR, "(none): b (X)"),
        ("joint", None, PAIR, ""),
    ],
)
def test_shown(kind: str, given: Any, inputs: dict[str, Any], seen: str) -> None:
    assert plugin.kind(kind).show(given, inputs) == seen


@pytest.mark.parametrize("kind", plugin.names("kind"))
def test_every_kind_shows_its_targets_and_no_answer(kind: str) -> None:
    asks = plugin.kind(kind)
    for example in toy.load(kind, "en", "test"):
        assert asks.show(example.target, example.inputs)
    assert isinstance(asks.show(asks.nothing, example.inputs), str)
