"""Toy tasks, one a kind, in three languages: numbers and their words."""

from __future__ import annotations

import itertools
from collections.abc import Mapping, Sequence
from functools import cache
from pathlib import Path
from typing import Any

from isogloss.core.task import Supply, Task
from isogloss.core.types import KINDS, Answer, Example

WORDS = {
    "en": ("one", "two", "three", "four", "five", "six", "seven", "eight", "nine"),
    "de": ("eins", "zwei", "drei", "vier", "fünf", "sechs", "sieben", "acht", "neun"),
    "sw": ("moja", "mbili", "tatu", "nne", "tano", "sita", "saba", "nane", "tisa"),
}
LANGS = tuple(WORDS)
SOURCE, TARGET = "en", "sw"
LABELS = {"classify": ("even", "odd"), "tag": ("O", "B-ODD")}
FIELDS = {"tag": ("words",), "span": ("question", "context"), "choose": ("text", "options"),
          "retrieve": ("text", "options")}  # fmt: skip
METRICS = {"generate": "exact_match", "classify": "accuracy", "tag": "tag_accuracy",
           "span": "squad_em", "choose": "accuracy", "retrieve": "accuracy"}  # fmt: skip


def _numbers(first: int, count: int) -> list[int]:
    """List numbers without zeros."""
    every = (number for number in itertools.count(first) if "0" not in str(number))
    return list(itertools.islice(every, count))


NUMBERS = {"train": _numbers(1111, 24), "dev": _numbers(1211, 6), "test": _numbers(1311, 8)}
TEXT = _numbers(1411, 29)


@cache
def task(kind: str) -> Task:
    """Give the toy task of a kind, named `toy_KIND`."""
    return Task(
        version="1",
        kind=kind,
        langs=LANGS,
        load=lambda lang, split, folder: load(kind, lang, split),
        metrics=(METRICS[kind],),
        labels=LABELS.get(kind, ()),
        fields=FIELDS.get(kind, ("text",)),
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
    assert kind in KINDS
    return [_example(kind, number, lang, NUMBERS[split]) for number in NUMBERS[split]]


def _example(kind: str, number: int, lang: str, numbers: Sequence[int]) -> Example:
    words = WORDS[lang]
    digits = [int(digit) for digit in str(number)]
    shown, said = " ".join(map(str, digits)), _say(number, lang)
    name = f"{kind}-{number}"
    if kind == "generate":
        return Example(name, lang, {"text": shown}, said)
    if kind == "classify":
        return Example(name, lang, {"text": said}, LABELS[kind][digits[-1] % 2])
    if kind == "tag":
        tags = tuple(LABELS[kind][digit % 2] for digit in digits)
        return Example(name, lang, {"words": tuple(said.split())}, tags)
    if kind == "span":
        answer = words[digits[-1] - 1]
        inputs = {"question": str(digits[-1]), "context": said}
        return Example(name, lang, inputs, (Answer(answer, said.rindex(answer)),))
    if kind == "retrieve":
        every = tuple(_say(each, lang) for each in numbers)
        return Example(name, lang, {"text": shown, "options": every}, numbers.index(number))
    right, last = number % 4, digits[-1] - 1
    options = tuple(words[(last + 2 * (place - right)) % 9] for place in range(4))
    return Example(name, lang, {"text": shown, "options": options}, right)


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
