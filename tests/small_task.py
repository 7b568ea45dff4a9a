"""A small task of few words, and a tiny backbone for it."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from isogloss import plugin
from isogloss.core.task import Supply, Task
from isogloss.core.types import Example

WORDS = {
    "en": ["red", "green", "blue", "one", "two", "three"],
    "fr": ["rouge", "vert", "bleu", "un", "deux", "trois"],
    "de": ["rot", "grün", "blau", "eins", "zwei", "drei"],
}


def load(lang: str, split: str, data: Path | None) -> list[Example]:
    """Pairs of words; colours are labelled colour, the rest number."""
    offset = {"train": 0, "dev": 1, "test": 2}[split]
    return [
        Example(
            f"{split}-{i}-{j}",
            lang,
            {"text": f"{a} {b}"},
            "colour" if i < 3 else "number",
        )
        for i, a in enumerate(WORDS[lang])
        for j, b in enumerate(WORDS[lang])
        if (i + 2 * j) % 3 == offset
    ]


@pytest.fixture
def small() -> Iterator[Task]:
    """Offer the task as `small`."""
    task = Task(
        version="1",
        kind="classify",
        langs=tuple(WORDS),
        load=load,
        metrics=("accuracy", "macro_f1"),
        labels=("colour", "number"),
        supply=Supply(
            {"translator": lambda texts, source, target: [f"{target} {text}" for text in texts]},
            {"translator": lambda: "prefix"},
        ),
        licence="CC0",
        name="small",
    )
    plugin.offer(task)
    yield task
    plugin._added["task"].pop("small", None)
