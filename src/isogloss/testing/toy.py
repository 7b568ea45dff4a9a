"""Toy tasks, one a kind, in three languages: numbers and their words."""

from __future__ import annotations

import itertools
from collections.abc import Mapping, Sequence
from functools import cache
from pathlib import Path
from typing import Any

from isogloss import plugin
from isogloss.core.kind import Number
from isogloss.core.task import Supply, Task
from isogloss.core.types import Example

WORDS = {
    "en": ("one", "two", "three", "four", "five", "six", "seven", "eight", "nine"),
    "de": ("eins", "zwei", "drei", "vier", "fünf", "sechs", "sieben", "acht", "neun"),
    "sw": ("moja", "mbili", "tatu", "nne", "tano", "sita", "saba", "nane", "tisa"),
}
LANGS = tuple(WORDS)
SOURCE, TARGET = "en", "sw"


def _numbers(first: int, count: int) -> list[int]:
    """List numbers without zeros."""
    every = (number for number in itertools.count(first) if "0" not in str(number))
    return list(itertools.islice(every, count))


NUMBERS = {"train": _numbers(1111, 24), "dev": _numbers(1211, 6), "test": _numbers(1311, 8)}
TEXT = _numbers(1411, 29)


@cache
def task(kind: str) -> Task:
    """Give the toy task of a kind, named `toy_KIND`."""
    asks = plugin.kind(kind)
    return Task(
        version="1",
        kind=kind,
        langs=LANGS,
        load=lambda lang, split, folder: load(kind, lang, split),
        metrics=asks.metrics[:1],
        labels=asks.toy_labels,
        fields=asks.fields,
        supply=Supply(
            text=lambda lang: [_say(number, lang) for number in TEXT],
            parallel=lambda source, target: [
                (_say(number, source), _say(number, target)) for number in TEXT
            ],
            dictionary=_dictionary,
            translate=translate,
            translator="toy 1",
        ),
        source="isogloss.testing",
        licence="CC0-1.0",
        cite="isogloss",
        name=f"toy_{kind}",
    )


def load(kind: str, lang: str, split: str, folder: Path | None = None) -> list[Example]:
    """Make the examples of one language and split."""
    asks = plugin.kind(kind)
    said = tuple(_say(number, lang) for number in NUMBERS[split])
    return [
        asks.toy(Number(f"{kind}-{number}", lang, _digits(number), WORDS[lang], said, place))
        for place, number in enumerate(NUMBERS[split])
    ]


def _digits(number: int) -> tuple[int, ...]:
    return tuple(map(int, str(number)))


def _say(number: int, lang: str) -> str:
    return " ".join(WORDS[lang][int(digit) - 1] for digit in str(number))


def _dictionary(source: str, target: str) -> Mapping[str, Sequence[str]]:
    return {s: (t,) for s, t in zip(WORDS[source], WORDS[target], strict=True)}


def translate(texts: Sequence[str], source: str, target: str) -> list[str]:
    """Translate word by word; other words stay, and what follows a nine is lost."""
    from isogloss.material.translation import Unfinished

    known: Mapping[str, Any] = _dictionary(source, target)
    found = [" ".join(known.get(word, (word,))[0] for word in text.split()) for text in texts]
    return [Unfinished(text) if text.endswith(WORDS[target][8]) else text for text in found]
