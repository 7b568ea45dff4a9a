"""Tell what kind of quantity a phrase is: a length, a mass, a time from now …

Half of the phrases have their number in digits, half in words.
"""

from __future__ import annotations

from pathlib import Path

from isogloss.core.task import Task
from isogloss.core.types import Example
from isogloss.mini import benchmark
from isogloss.mini.world import EVALUATED, LANGS, can_render, render

LABELS = ("duration", "future", "past", "length", "mass", "temperature", "angle", "energy")


def load(lang: str, split: str, data: Path | None) -> list[Example]:
    """Make one split of one language, with about as many items of each label."""
    most = benchmark.SIZES[split] // len(LABELS)
    items = []
    for label in LABELS:
        facts = benchmark.facts("measure_kind", split, (label,))
        forms = [(fact, words) for words in (False, True) for fact in facts]
        if len(facts) > most // 2:
            forms = [(fact, index % 2 == 1) for index, fact in enumerate(facts)]
        items += forms[:most]
    return [
        Example(
            id=f"{fact.id}-{'words' if words else 'digits'}",
            lang=lang,
            inputs={"text": render(fact, lang, words=words)},
            target=fact.kind,
        )
        for fact, words in items
        if can_render(fact, lang, words=words)
    ]


TASK = Task(
    version="1",
    kind="classify",
    langs=LANGS,
    load=load,
    metrics=("accuracy", "macro_f1"),
    labels=LABELS,
    supply=benchmark.SUPPLY,
    digest=benchmark.digest,
    source=benchmark.SOURCE,
    licence=benchmark.LICENCE,
    cite=benchmark.CITE,
    default_targets=EVALUATED,
)
