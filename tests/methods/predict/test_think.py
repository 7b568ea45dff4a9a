"""The model is asked for its reasoning, and then for the answer."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace
from typing import Any

import pytest

from isogloss.core.recipe import parse
from isogloss.core.types import Example, Prediction
from isogloss.methods.predict.think import first_line, named_first
from isogloss.testing import toy
from isogloss.testing.trace import results, run_of, trace

Open = Callable[..., Any]


class Oracle:
    """Answers as it is told, and notes what it is asked."""

    def __init__(self, *answers: str) -> None:
        self.answers, self.calls, self.seeds = list(answers), [], []

    def __call__(self, examples: Sequence[Example], **options: Any) -> list[Prediction]:
        self.seeds.append(options.pop("seed", None))
        self.calls.append(([e.reasoning for e in examples], options))
        if examples[0].reasoning.endswith("step."):
            return [Prediction(e.id, f"thus {e.id}", flags=("limit",)) for e in examples]
        return [Prediction(e.id, self.answers.pop(0), flags=("limit",)) for e in examples]


def asked(
    recipe: str, kind: str, count: int, oracle: Oracle, open_context: Open, build: Open
) -> Any:
    (method,) = parse(recipe).methods
    access = open_context(method, kind, "llama")
    access.model = build(kind, "llama")
    ctx = access.of(method, "predict", "sw")
    test = toy.load(kind, "sw", "test")[:count]
    return method.predict(oracle, "sw", ctx)(test), test


def test_two_calls_with_limits_of_their_own(open_context: Open, build: Open) -> None:
    oracle = Oracle("odd, I think", "Even.")
    found, test = asked(
        "think(tokens=9, ask='By step.')", "classify", 2, oracle, open_context, build
    )
    (first, one), (second, two) = oracle.calls
    assert first == ["By step."] * 2
    assert second == [f"By step. thus {e.id}\nTherefore, the answer is" for e in test]
    assert one == {"head": "generate", "max_tokens": 9}
    assert two == {"head": "generate", "max_tokens": 16}
    assert [(p.id, p.value, p.flags) for p in found] == [
        (test[0].id, "odd", ()), (test[1].id, "even", ()),
    ]  # fmt: skip


def test_an_answer_that_names_nothing_is_malformed(open_context: Open, build: Open) -> None:
    oracle = Oracle("hm", "", "42.\nor so")
    found, _ = asked("think()", "classify", 1, oracle, open_context, build)
    assert [(p.value, p.flags) for p in found] == [("", ("malformed",))]
    found, _ = asked("think()", "generate", 2, oracle, open_context, build)
    assert [(p.value, p.flags) for p in found] == [("", ("limit", "malformed")), ("42", ())]
    found, test = asked("think()", "choose", 2, Oracle("none", "xx"), open_context, build)
    assert [p.value for p in found] == [None, None]
    right = test[0].inputs["options"][2]
    found, _ = asked("think()", "choose", 1, Oracle(f"**{right}**"), open_context, build)
    assert found[0].value == 2


def test_the_vote_leaves_out_what_is_malformed(open_context: Open, build: Open) -> None:
    oracle = Oracle("?", "odd", "?", "even", "odd")
    found, test = asked("think(samples=5)", "classify", 1, oracle, open_context, build)
    assert found == [Prediction(test[0].id, "odd")]
    assert oracle.calls[0][1]["sample"] is True
    assert len(oracle.calls[0][0]) == 5
    many = Oracle(*["odd"] * 6)
    asked("think(samples=2)", "classify", 3, many, open_context, build)
    assert len(set(many.seeds[:3])) == 3  # an example's draw is its own
    assert many.seeds[0] == oracle.seeds[0]


@pytest.mark.parametrize(
    ("written", "place"),
    [
        ("It is law.", 0),
        ("LAWFUL, not law", 1),
        ("lawfulness", 1),  # within a word where none stands by itself: the longest
        ("法律です", 2),
        ("nothing", None),
    ],
)
def test_the_first_option_named(written: str, place: int | None) -> None:
    assert named_first(written, ["law", "lawful", "法律"]) == place


def test_the_first_line() -> None:
    assert first_line('\n "18." \nmore') == ("18", True)
    assert first_line("It is so.") == ("It is so.", False)


@pytest.mark.parametrize("architecture", ["llama", "mt5"])
def test_with_demonstrations_and_samples(architecture: str) -> None:
    """In the production pipeline; a batch of other examples draws no other answers."""
    recipe = "untouched() + demonstrations(k=2) + think(tokens=4, answer_tokens=4, samples=2)"
    run = replace(run_of("generate", architecture), recipe=recipe)
    with results() as store:
        whole = trace(run, store).predictions
        half = trace(run, store, tested=3).predictions
    assert [p.value for p in whole[:3]] == [p.value for p in half]
