"""Solved examples are put before each query."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace
from typing import Any

import pytest

from isogloss.core.errors import IsoglossError, Uncovered, Undeclared
from isogloss.core.recipe import parse
from isogloss.core.types import Example, Prediction
from isogloss.run.material import asked_digest
from isogloss.testing import toy
from isogloss.testing.trace import results, run_of, trace

Open = Callable[..., Any]


def make(text: str) -> Any:
    (method,) = parse(text).methods
    return method


def shown(method: Any, ctx: Any, kind: str, lang: str = "sw") -> list[tuple[Example, ...]]:
    """Give what stands before each query."""
    seen: list[Example] = []

    def predict(examples: Sequence[Example], **options: Any) -> list[Prediction]:
        assert options == {"max_tokens": 3}
        seen.extend(examples)
        return [Prediction(e.id, "") for e in examples]

    test = toy.load(kind, lang, "test")
    found = method.predict(predict, lang, ctx)(test, max_tokens=3)
    assert [p.id for p in found] == [e.id for e in test]
    assert [replace(e, demonstrations=()) for e in seen] == test
    return [e.demonstrations for e in seen]


def test_drawn_ones_are_the_same_for_every_query(open_context: Open) -> None:
    method = make("demonstrations(k=3)")
    found = shown(method, open_context(method), "generate")
    assert len(set(map(str, found))) == 1
    assert {e.lang for e in found[0]} == {"en"}
    train = toy.load("generate", "en", "train")
    assert len(found[0]) == 3
    assert all(each in train for each in found[0])
    other = make("demonstrations(k=3, order='first')")
    assert shown(other, open_context(other), "generate")[0] == found[0][::-1]
    ctx = open_context(method)
    ctx.run = replace(ctx.run, seed=1)
    assert shown(method, ctx, "generate")[0] != found[0]


def test_labels_take_turns(open_context: Open) -> None:
    method = make("demonstrations(k=4, pick='label')")
    first, *_ = shown(method, open_context(method, "classify"), "classify")
    labels = [e.target for e in first]
    assert labels[:2] == labels[2:]
    assert set(labels) == {"even", "odd"}
    assert "labels" in method.misfit("generate", "decoder")


@pytest.mark.parametrize("architecture", ["mt5", "mbart", "llama"])
def test_the_nearest_stands_beside_the_query(
    open_context: Open, build: Open, architecture: str
) -> None:
    method = make("demonstrations(k=2, lang='target', pick='nearest')")
    access = open_context(method, "generate", architecture)
    access.model, access.stage = build("generate", architecture), "predict"
    test, train = toy.load("generate", "sw", "test"), toy.load("generate", "sw", "train")
    twins = [replace(train[place], inputs=e.inputs) for place, e in enumerate(test)]
    access.task = replace(access.task, load=lambda lang, split, _: [*twins, *train[len(twins) :]])
    found = shown(method, access.of(method, "predict", "sw"), "generate")
    assert [each[-1].inputs for each in found] == [e.inputs for e in test]
    assert all(len(each) == 2 for each in found)


def test_target_labels_are_declared_and_announced(open_context: Open) -> None:
    target, source, other = (
        make(f"demonstrations(k=2, lang='{lang}')") for lang in ("target", "source", "deu")
    )
    assert source.needed() == ()
    assert target.needed() == other.needed() == ("target_labels",)
    run = run_of("generate", "llama", target)
    assert run.readings[-1] == ("examples", ("*",), "predict")
    assert run_of("generate", "llama", other).readings[-1] == ("examples", ("de",), "predict")
    assert asked_digest(run, "sw", lambda *key: "1") != asked_digest(run, "sw", lambda *key: "2")
    sneak = replace(source)
    object.__setattr__(sneak, "lang", "target")
    ctx = open_context(source)
    with pytest.raises(Undeclared):
        sneak.predict(lambda _: [], "sw", ctx)
    with pytest.raises(IsoglossError, match="is a source"):
        make("demonstrations(lang='eng')").check(run)
    with pytest.raises(Uncovered, match="there are 24"):
        make("demonstrations(k=25)").cover("sw", open_context(source))


def test_they_reach_the_model_without_training() -> None:
    """In the production pipeline, on a decoder; the score of another draw is another run."""
    method = make("demonstrations(k=2)")
    run = run_of("classify", "llama", method)
    more = ("", " + demonstrations(k=2)", " + demonstrations(k=2, lang='target')")
    runs = [replace(run, recipe=f"untouched(){each}") for each in more]
    assert len({each.train_key for each in runs}) == 1
    assert len({each.id for each in runs}) == 3
    with results() as store:
        scores = [[p.scores for p in trace(each, store).predictions] for each in runs]
    assert scores[0] != scores[1] != scores[2] != scores[0]
