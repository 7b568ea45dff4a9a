"""How long an output may get, by language.

The longest target seen in the source languages is the measure. A language
whose text needs more tokens for the same content gets as much more: its tokens
per word on the inputs to be answered, relative to the sources'. Where words
are not spaced, tokens per character are compared instead. No label of the
target is looked at.
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import regex

from isogloss.core.run import Fit
from isogloss.core.types import Example

MARGIN = 1.5
"""How much longer than the longest source target an output may be."""
LEAST = 8
"""No limit is below this, so that one-word tasks can still go wrong visibly."""
MOST = 5.0
"""Largest ratio of tokens per word; beyond it the measure is a matter of odd input."""
UNSPACED = regex.compile(
    r"[\p{Script=Han}\p{Script=Hiragana}\p{Script=Katakana}\p{Script=Thai}\p{Script=Lao}"
    r"\p{Script=Khmer}\p{Script=Myanmar}\p{Script=Tibetan}]"
)


@dataclass(frozen=True)
class Limit:
    """The longest output of each language, in tokens."""

    default: int
    """For the source languages, and those that were not measured."""
    langs: Mapping[str, int] = field(default_factory=dict)

    def of(self, lang: str) -> int:
        """Give a language's limit."""
        return self.langs.get(lang, self.default)


@dataclass(frozen=True)
class Measure:
    """What the sources' training examples say about lengths; taken once a run."""

    base: int
    """The limit in the source languages, in tokens."""
    rates: tuple[float, float]
    """Tokens per word and per character of their inputs."""


def measure(model: Any, train: Sequence[Example], fit: Fit) -> Measure:
    """Measure how long source targets get, and how their inputs are cut into tokens.

    Args:
        model: Its head and tokenizer do the counting.
        train: Labelled source examples.
        fit: How inputs and targets are cut.
    """
    targets = model.head.encode(model, train, fit, train=True)
    longest = max((item.target for item in targets), default=fit.max_target)
    return Measure(max(LEAST, math.ceil(longest * MARGIN)), _rates(model, train, fit))


def limits(model: Any, source: Measure, evaluation: Sequence[Example], fit: Fit) -> Limit:
    """Derive the limits of the languages that are to be answered.

    Args:
        model: Its head and tokenizer do the counting.
        source: The sources' lengths.
        evaluation: Examples to be answered, of one language or several; their
            targets are not read.
        fit: How inputs are cut.
    """
    found = {}
    by_lang: dict[str, list[Example]] = {}
    for example in evaluation:
        by_lang.setdefault(example.lang, []).append(example)
    for lang, examples in by_lang.items():
        own = _rates(model, examples, fit)
        unit = 1 if _unspaced(examples) else 0
        ratio = own[unit] / source.rates[unit] if source.rates[unit] else 1.0
        found[lang] = math.ceil(source.base * min(MOST, max(1.0, ratio)))
    return Limit(source.base, found)


def _rates(model: Any, examples: Sequence[Example], fit: Fit) -> tuple[float, float]:
    """Count tokens per word and per character of the inputs that were not cut."""
    items = model.head.encode(model, [_blind(example) for example in examples], fit, train=False)
    whole = [item for item in items if "cut" not in item.flags]
    texts = [_text(examples[item.index]) for item in whole]
    tokens = sum(item.source for item in whole)
    words = sum(len(text.split()) for text in texts)
    characters = sum(len(text) for text in texts)
    return tokens / max(1, words), tokens / max(1, characters)


def _blind(example: Example) -> Example:
    """Take the target off, so that no measure can depend on it."""
    return Example(example.id, example.lang, example.inputs, None, example.langs, example.origin)


def _text(example: Example) -> str:
    return " ".join(
        value if isinstance(value, str) else " ".join(map(str, value))
        for value in example.inputs.values()
    )


def _unspaced(examples: Sequence[Example]) -> bool:
    """Tell whether most letters are of scripts that put no space between words."""
    text = "".join(map(_text, examples))
    return len(UNSPACED.findall(text)) > len(regex.findall(r"\p{L}", text)) / 2
