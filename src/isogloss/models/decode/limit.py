"""How long an input, a target and an output may get: the one place that knows.

No sequence outgrows the positions of its backbone, whether they are learned or
computed: what lies behind them was never seen in pre-training.

The longest target seen in the source languages is the measure of outputs. A
language whose text needs more tokens for the same content gets as much more: its
tokens per word on the inputs to be answered, relative to the sources'. Where words
are not spaced, tokens per character are compared instead. No label of the
target is looked at.
"""

from __future__ import annotations

import logging
import math
import sys
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

import regex

from isogloss import plugin
from isogloss.core.run import Fit
from isogloss.core.types import Example
from isogloss.language.word import UNSPACED
from isogloss.models.batch import Item

if TYPE_CHECKING:
    from isogloss.models.model import Model

log = logging.getLogger("isogloss")
MARGIN = 1.5
"""How much longer than the longest source target an output may be."""
LEAST = 8
"""No limit is below this, so that one-word tasks can still go wrong visibly."""
MOST = 5.0
"""Largest ratio of tokens per word; beyond it the measure is a matter of odd input."""
UNMEASURED = 64
"""The longest output where nobody gives a limit."""
_LETTER = regex.compile(r"\p{L}")
_SCRIPTS = "".join(rf"\p{{Script={name}}}" for name in sorted(UNSPACED))
_UNSPACED = regex.compile(rf"[\p{{L}}&&[{_SCRIPTS}]]", regex.V1)


@dataclass(frozen=True)
class Room:
    """Tokens that a backbone has room for, special ones included and soft prompts not."""

    source: int
    """The longest input: `max_source`, or less where positions end."""
    target: int
    """The longest target, its end included, that positions leave beside such an input."""


def room(model: Model, fit: Fit, answer: int = 0) -> Room:
    """Say how long inputs and targets may be.

    In a decoder both share the positions: a target has the `max_target` that was
    asked for, or more for a longer ``answer``, or at most half of them.
    """
    places, own = _positions(model), _prompt(model)
    rest = places - own
    if not model.family.in_line:
        # A decoder starts from a token, or two with the language's.
        return Room(min(fit.max_source, rest), places - 1)
    source = min(fit.max_source, max(rest - max(fit.max_target, answer), rest // 2))
    return Room(source, rest - source)


def longest(model: Model, item: Item, limit: Limit | None) -> int:
    """Give the longest output of an input: its language's, or what positions leave."""
    return min(limit.of(item.lang) if limit else UNMEASURED, left(model, item))


def left(model: Model, item: Item) -> int:
    """Count the tokens of an output that the positions leave beside an input."""
    read = len(item.features["input_ids"]) if model.family.in_line else 2
    return max(1, _positions(model) - read + 1)  # the last token is not read again


def lost(items: Sequence[Item]) -> list[str]:
    """Say how many inputs and targets of a training are cut, by language, and warn of it."""
    found = []
    for flag, what in (("cut", "inputs"), ("limit", "targets")):
        hit = Counter(lang for _, lang in {(i.index, i.lang) for i in items if flag in i.flags})
        every = Counter(lang for _, lang in {(item.index, item.lang) for item in items})
        told = (f"{lang} {hit[lang]} of {every[lang]}" for lang in sorted(hit))
        if hit:
            found.append(f"training {what} cut: {', '.join(told)}")
            log.warning("%s; max_source and max_target say where", found[-1])
    return found


def _positions(model: Model) -> int:
    """Count the tokens that a stack of the network reads at most."""
    config = model.plain.config.get_text_config()
    places: int | None = getattr(config, "max_position_embeddings", None)
    if places is None:
        return sys.maxsize
    rope = getattr(config, "rope_parameters", None) or {}
    if rope.get("rope_type") == "longrope":
        # Beyond these, other factors hold for all rows of a batch: scores would move with it.
        key = "original_max_position_embeddings"
        first: int = rope.get(key) or getattr(config, key, None) or places
        places = min(places, first)
    return places - (config.pad_token_id + 1 if "roberta" in config.model_type else 0)


def _prompt(model: Model) -> int:
    """Count the vectors of soft prompts, which stand before every input."""
    return sum(plugin.addition(each.kind).tokens(each.settings) for each in model.additions)


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


def measure(model: Model, train: Sequence[Example], fit: Fit) -> Measure:
    """Measure how long source targets get, and how their inputs are cut into tokens.

    Args:
        model: Its head and tokenizer do the counting.
        train: Labelled source examples.
        fit: How inputs and targets are cut.
    """
    targets = model.head.encode(model, train, fit, train=True)
    longest = max((item.target for item in targets), default=fit.max_target)
    return Measure(max(LEAST, math.ceil(longest * MARGIN)), _rates(model, train, fit))


def limits(model: Model, source: Measure, evaluation: Sequence[Example], fit: Fit) -> Limit:
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


def _rates(model: Model, examples: Sequence[Example], fit: Fit) -> tuple[float, float]:
    """Count tokens per word and per character of the whole inputs."""
    tokens = sum(_lengths(model, examples, fit))
    texts = [_text(example) for example in examples]
    words = sum(len(text.split()) for text in texts)
    characters = sum(len(text) for text in texts)
    return tokens / max(1, words), tokens / max(1, characters)


def _lengths(model: Model, examples: Sequence[Example], fit: Fit) -> list[int]:
    """Count each input's tokens, those included that are cut off or in another chunk."""
    from isogloss.models.head import text

    items = model.head.encode(model, [_blind(example) for example in examples], fit, train=False)
    parts = Counter(item.index for item in items)
    found = {
        item.index: item.source - _prompt(model)
        for item in items
        if parts[item.index] == 1 and "cut" not in item.flags
    }
    for index, example in enumerate(examples):
        if index not in found:
            whole = text.tokens(model.tokenizer, text.fields(model.task, example))
            found[index] = sum(map(len, whole))
    return [found[index] for index in range(len(examples))]


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
    return 2 * len(_UNSPACED.findall(text)) > len(_LETTER.findall(text))
