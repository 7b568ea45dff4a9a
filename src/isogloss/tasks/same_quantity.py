"""Tell whether a phrase in digits and one in words say the same quantity.

Half of the pairs do. The others differ in the number or in the unit.
"""

from __future__ import annotations

from functools import cache
from pathlib import Path

from isogloss.core.task import Task
from isogloss.core.types import Example
from isogloss.mini import benchmark
from isogloss.mini.world import EVALUATED, LANGS, MEASURES, TIME_KINDS, Fact, render

LABELS = ("different", "same")


def load(lang: str, split: str, data: Path | None) -> list[Example]:
    """Make one split of one language."""
    return [
        Example(
            id=fact.id,
            lang=lang,
            inputs={
                "text": render(fact, lang, words=False),
                "pair": render(other, lang, words=True),
            },
            target=LABELS[fact == other],
        )
        for fact, other in _plan(split)
        if benchmark.sayable(fact, lang) and benchmark.sayable(other, lang)
    ]


@cache
def _plan(split: str) -> tuple[tuple[Fact, Fact], ...]:
    """Pair facts with themselves or with one of the same unit or the same number."""
    facts = benchmark.facts("same_quantity", split, (*TIME_KINDS, *MEASURES))
    likes = benchmark.alike(facts)
    plan = []
    for index, fact in enumerate(facts[: benchmark.SIZES[split]]):
        draw = benchmark.draw("same_quantity", fact)
        known = [like for like in likes(fact) if like]
        plan.append((fact, fact if index % 2 else draw.choice(draw.choice(known))))
    return tuple(plan)


TASK = Task(
    version="1",
    kind="classify",
    langs=LANGS,
    load=load,
    metrics=("accuracy", "macro_f1"),
    labels=LABELS,
    fields=("text", "pair"),
    supply=benchmark.SUPPLY,
    digest=benchmark.digest,
    source=benchmark.SOURCE,
    licence=benchmark.LICENCE,
    cite=benchmark.CITE,
    default_targets=EVALUATED,
)
