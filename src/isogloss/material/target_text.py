"""Unlabelled text: a sentence a line, or the inputs of training examples."""

from __future__ import annotations

from pathlib import Path

from isogloss.core.material import Material, Toy
from isogloss.reader import text


def _read(path: Path) -> list[str]:
    return [line.strip() for line in text.lines(path)]


def _toy(toy: Toy, lang: str) -> list[str]:
    return [*toy.texts[lang]]


MATERIAL = Material(
    key="text",
    example="mono/{lang}.txt",
    read=_read,
    toy=_toy,
    short="text",
    free=True,
    instead="examples",
)
