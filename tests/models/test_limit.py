"""Length limits follow the language's tokens per word."""

from __future__ import annotations

from dataclasses import replace

import pytest

import tiny
from isogloss.core.run import Fit
from isogloss.core.types import Example
from isogloss.models.limit import LEAST, MARGIN, MOST, Limit, limits, measure

FIT = Fit()


def asked(lang: str, n: int = 8) -> list[Example]:
    words = tiny._WORDS[lang]
    return [Example(str(i), lang, {"text": words[i:]}, "x" * 500) for i in range(n)]


def test_the_source_language_gets_its_longest_target(fresh, examples):
    model = fresh()
    longest = max(i.target for i in model.head.encode(model, examples, FIT, train=True))
    found = limits(model, measure(model, examples, FIT), examples[:20], FIT)
    assert found.default == pytest.approx(longest * MARGIN, abs=1)
    assert found.of("en") == pytest.approx(found.default, rel=0.3)
    assert found.of("xx") == found.default


def test_a_language_in_smaller_pieces_gets_more(fresh, examples):
    model = fresh("llama")  # bytes: Hindi and Thai take three for a character
    found = limits(
        model, measure(model, examples, FIT), asked("hi") + asked("th") + asked("de"), FIT
    )
    assert found.of("hi") > 1.5 * found.default
    assert found.of("th") > 1.5 * found.default
    assert found.of("th") <= MOST * found.default + 1
    assert found.default <= found.of("de") < found.of("hi")


def test_labels_are_not_looked_at(fresh, examples):
    model = fresh()
    blind = [replace(example, target=None) for example in asked("de")]
    assert limits(model, measure(model, examples, FIT), asked("de"), FIT) == limits(
        model, measure(model, examples, FIT), blind, FIT
    )


def test_short_targets_leave_room_to_go_wrong(fresh, examples):
    short = [replace(example, target="in") for example in examples]
    assert limits(fresh(), measure(fresh(), short, FIT), [], FIT) == Limit(LEAST)
