"""Find the phrase in words that says a phrase in digits, among all of a split."""

from __future__ import annotations

from pathlib import Path

from isogloss.core.task import Task
from isogloss.core.types import Example
from isogloss.mini import benchmark
from isogloss.mini.world import EVALUATED, LANGS, TIME_KINDS, render


def load(lang: str, split: str, data: Path | None) -> list[Example]:
    """Make one split of one language; all items share their options."""
    facts = benchmark.facts("match_quantity", split, TIME_KINDS)[: benchmark.SIZES[split]]
    options = tuple(render(fact, lang, words=True) for fact in facts)
    return [
        Example(
            id=fact.id,
            lang=lang,
            inputs={"text": render(fact, lang, words=False), "options": options},
            target=index,
        )
        for index, fact in enumerate(facts)
    ]


TASK = Task(
    version="1",
    kind="retrieve",
    langs=LANGS,
    load=load,
    metrics=("accuracy",),
    fields=("text", "options"),
    supply=benchmark.SUPPLY,
    digest=benchmark.digest,
    source=benchmark.SOURCE,
    licence=benchmark.LICENCE,
    cite=benchmark.CITE,
    default_targets=EVALUATED,
)
