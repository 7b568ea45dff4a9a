"""Shares of several sources."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable
from dataclasses import replace
from types import SimpleNamespace
from typing import Any

import pytest

from isogloss.core.errors import IsoglossError
from isogloss.core.recipe import parse
from isogloss.core.run import Run
from isogloss.core.types import Example
from isogloss.methods.data.mix import divided
from isogloss.testing.trace import FIT

Open = Callable[..., Any]


def examples(**counts: int) -> list[Example]:
    return [
        Example(f"{lang}{number}", lang, {"text": "x"}, "y")
        for lang, count in counts.items()
        for number in range(count)
    ]


def mix(open_context: Open, recipe: str, train: list[Example], seed: int = 0) -> list[Example]:
    (method,) = parse(recipe).methods
    ctx = open_context(method)
    ctx.run = replace(ctx.run, seed=seed)
    mixed: list[Example] = method.data(train, ctx)
    return mixed


def counts(found: list[Example]) -> dict[str, int]:
    return dict(Counter(example.lang for example in found))


@pytest.mark.parametrize(
    ("recipe", "expected"),
    [
        ("mix(temperature=1.0)", {"en": 90, "de": 10}),
        ("mix(temperature=2.0)", {"en": 75, "de": 25}),  # 90^½ : 10^½ = 3 : 1
        ("mix()", {"en": 61, "de": 39}),  # 90^⅕ : 10^⅕ = 1.552 : 1
        ("mix(temperature=1e6)", {"en": 50, "de": 50}),
        ("mix(ratio=[0.5, 0.5])", {"en": 50, "de": 50}),
        ("mix(ratio=[2.0, 1.0])", {"en": 67, "de": 33}),
    ],
)
def test_counts(open_context: Open, recipe: str, expected: dict[str, int]) -> None:
    found = mix(open_context, recipe, examples(en=90, de=10))
    assert counts(found) == expected
    # Passes are whole: no example is seen two times more often than another.
    times = Counter(e.id for e in found if e.lang == "de").values()
    assert len(times) == 10
    assert max(times) - min(times) <= 1


def test_the_draw_depends_on_the_seed_alone(open_context: Open) -> None:
    train = examples(en=90, de=10)
    assert mix(open_context, "mix()", train) == mix(open_context, "mix()", train)
    assert mix(open_context, "mix()", train) != mix(open_context, "mix()", train, seed=1)


def test_other_languages_stay(open_context: Open) -> None:
    found = mix(open_context, "mix(ratio=[1.0, 1.0])", examples(en=9, sw=5, de=3))
    assert counts(found) == {"sw": 5, "en": 6, "de": 6}


def test_the_mix_is_noted(open_context: Open) -> None:
    (method,) = parse("mix()").methods
    model = SimpleNamespace(note=[])
    train = method.train(lambda model, examples: model, open_context(method))
    train(model, examples(en=6, de=4))
    train(model, examples(sw=3))
    assert model.note == ["mix of en 6, de 4"]


def test_whole_numbers_add_up() -> None:
    assert divided(10, [1, 1, 1]) == [4, 3, 3]
    assert divided(7, [0.5, 0.25, 0.25]) == [3, 2, 2]
    assert divided(0, [1, 2]) == [0, 0]


@pytest.mark.parametrize(
    ("recipe", "sources", "words"),
    [
        ("mix()", ("en",), "at least 2 sources; the run has en"),
        ("mix(ratio=[1.0])", ("en", "de"), "1 numbers"),
    ],
)
def test_refusals(recipe: str, sources: tuple[str, ...], words: str) -> None:
    with pytest.raises(IsoglossError) as caught:
        Run("verbalise", "m", sources, recipe, fit=FIT).check()
    assert words in str(caught.value)


def test_a_source_without_examples(open_context: Open) -> None:
    with pytest.raises(IsoglossError, match="no training examples in 'de'"):
        mix(open_context, "mix()", examples(en=5))
