"""Target text that better models label more often."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Sequence
from typing import Any

import pytest

from isogloss.core.errors import IsoglossError, Uncovered
from isogloss.core.recipe import parse
from isogloss.core.run import Run
from isogloss.core.types import Example, Prediction
from isogloss.methods.train.rare import expertise
from isogloss.testing import toy
from isogloss.testing.trace import FIT

Open = Callable[..., Any]


class Fitted:
    """A model that remembers what it is trained on."""

    def __init__(self) -> None:
        self.seen: list[tuple[list[Example], dict[str, Any]]] = []

    def copy(self) -> Fitted:
        return Fitted()


def adapt(open_context: Open, recipe: str, lang: str = "sw", wrong: float = 0.5) -> Any:
    """Adapt with two models: `en` knows the answers, `de` errs on a share of them."""
    (method,) = parse(recipe).methods
    ctx = open_context(method, "classify", "xlm-roberta")
    gold = {e.id: e.target for e in toy.load("classify", "sw", "train")}

    def predict(model: str, examples: Sequence[Example]) -> list[Prediction]:
        assert all(e.target is None for e in examples)
        cut = wrong * len(examples) if model == "de" else 0
        turn = {"even": "odd", "odd": "even"}
        return [
            Prediction(e.id, turn[gold[e.id]] if place < cut else gold[e.id])
            for place, e in enumerate(examples)
        ]

    def fit(model: Fitted, examples: list[Example], **options: Any) -> Fitted:
        model.seen.append((examples, options))
        return model

    ctx.trained, ctx.loops = (lambda run: run.sources[0]), {"predict": predict, "fit": fit}
    return method.adapt(Fitted(), lang, ctx)


def test_expertise() -> None:
    assert expertise([0.6, 0.2, 0.4, 0.1], top=3) == pytest.approx([0.5, 1 / 6, 1 / 3, 0])
    assert expertise([0.5, 0.5, 0.5], top=2) == [0.5, 0.5, 0]
    assert expertise([float("nan"), 0.3], top=5) == [0, 1]
    assert expertise([0.0, float("nan")], top=1) == [0.5, 0.5]


def test_every_model_labels_and_the_gold_comes_last(open_context: Open) -> None:
    (pseudo, first), (gold, last) = adapt(open_context, "rare(labels=8)").seen
    assert len({e.id for e in pseudo}) == 16
    assert {e.origin for e in pseudo} == {"pseudo"}
    assert not {e.id for e in pseudo} & {e.id for e in gold}
    assert first == {"snapshots": 1, "patience": 0}
    assert {e.origin for e in gold} == {"gold"}
    assert last["steps"] == 5 * 2  # five passes in batches of four
    assert last["lr"] == FIT.lr / 10


def test_labels_are_drawn_by_expertise(open_context: Open) -> None:
    from dataclasses import replace

    (method,) = parse("rare(labels=8)").methods
    ctx = open_context(method, "classify", "xlm-roberta")
    ctx.run = replace(ctx.run, fit=replace(FIT, steps=400))
    rest = toy.load("classify", "sw", "train")[8:]
    by = [[name] * len(rest) for name in ("a", "b", "c")]
    drawn: Any = method._drawn(rest, by, [0.75, 0.25, 0.0], "sw", ctx)  # type: ignore[attr-defined]
    assert len(drawn) == 160  # ten passes over 16 inputs
    counts = Counter(e.target for e in drawn)
    assert set(counts) == {"a", "b"}
    assert 0.65 < counts["a"] / 160 < 0.85
    assert drawn == method._drawn(rest, by, [0.75, 0.25, 0.0], "sw", ctx)  # type: ignore[attr-defined]


def test_the_worse_model_is_left_out(open_context: Open) -> None:
    (pseudo, _), _ = adapt(open_context, "rare(labels=8, top=1)", wrong=0.75).seen
    gold = {e.id: e.target for e in toy.load("classify", "sw", "train")}
    assert all(e.target == gold[e.id] for e in pseudo)


def test_a_source_keeps_its_model(open_context: Open) -> None:
    assert adapt(open_context, "rare(labels=8)", lang="de") == "de"


@pytest.mark.parametrize(
    ("labels", "words"),
    [(500, "500 labelled examples in 'sw'"), (24, "all 24 training examples in 'sw'")],
)
def test_too_few_examples(open_context: Open, labels: int, words: str) -> None:
    with pytest.raises(Uncovered, match=words):
        adapt(open_context, f"rare(labels={labels})")


@pytest.mark.parametrize(
    ("recipe", "sources", "words"),
    [
        ("rare()", ("en",), "at least 2 sources"),
    ],
)
def test_refusals(recipe: str, sources: tuple[str, ...], words: str) -> None:
    with pytest.raises(IsoglossError, match=words):
        Run("verbalise", "m", sources, recipe, fit=FIT).check()
