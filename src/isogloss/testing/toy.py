"""Toy tasks, one a kind, in three languages: numbers and their words."""

from __future__ import annotations

import itertools
from functools import cache, partial
from pathlib import Path

from isogloss import plugin
from isogloss.core.kind import Number
from isogloss.core.material import Toy
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


def task(kind: str) -> Task:
    """Give the toy task of a kind, named `toy_KIND`."""
    return _task(kind, tuple(plugin.names("material")))


@cache
def _task(kind: str, materials: tuple[str, ...]) -> Task:
    asks = plugin.kind(kind)
    return Task(
        version="1",
        kind=kind,
        langs=LANGS,
        load=lambda lang, split, folder: load(kind, lang, split),
        metrics=asks.metrics[:1],
        labels=asks.toy_labels,
        fields=asks.fields,
        supply=_supply(materials),
        source="isogloss.testing",
        licence="CC0-1.0",
        cite="isogloss",
        name=f"toy_{kind}",
    )


def _supply(materials: tuple[str, ...]) -> Supply:
    """Give the toy of every material."""
    world = Toy(WORDS, {lang: tuple(_say(number, lang) for number in TEXT) for lang in LANGS})
    known = map(plugin.material, materials)
    made = [(each, partial(each.toy, world)) for each in known if each.toy]
    digests = {each.key: lambda *_: "toy 1" for each, _ in made if not each.langs}
    return Supply({each.key: give for each, give in made}, digests)


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
