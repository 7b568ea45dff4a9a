"""Find the quantity that three records give for a place.

"France: in 5 days. Peru: 7 grams. Japan: 3 years ago." – "Peru?" – "7 grams".
"""

from __future__ import annotations

from functools import cache
from pathlib import Path

from isogloss.core.task import Task
from isogloss.core.types import Answer, Example
from isogloss.mini import benchmark
from isogloss.mini.world import EVALUATED, LANGS, TIME_KINDS, Fact, render, say

KINDS = (*TIME_KINDS, "length", "mass")
COLON, STOP, ASK = (Fact("mark", name) for name in ("colon", "stop", "ask"))


def load(lang: str, split: str, data: Path | None) -> list[Example]:
    """Make one split of one language."""
    return [
        _example(*plan, lang)
        for plan in _plan(split)
        if all(benchmark.sayable(record, lang) for record in plan[1])
    ]


@cache
def _plan(split: str) -> tuple[tuple[Fact, list[Fact], list[Fact], bool], ...]:
    """Draw for each fact its context, the same in all languages.

    Returns:
        The fact asked for, the records, their places, and whether in words.
    """
    facts = benchmark.facts("find_quantity", split, KINDS)
    plan = []
    for fact in facts[: benchmark.SIZES[split]]:
        draw = benchmark.draw("find_quantity", fact)
        records = benchmark.beside(fact, facts, 3, draw)
        draw.shuffle(records)
        places = draw.sample(benchmark.places(), len(records))
        plan.append((fact, records, places, draw.random() < 0.5))
    return tuple(plan)


def _example(
    fact: Fact, records: list[Fact], places: list[Fact], words: bool, lang: str
) -> Example:
    context, start = "", 0
    for place, record in zip(places, records, strict=True):
        context += say([*([STOP] if context else []), place, COLON], lang, words=words)
        if record == fact:
            start = len(context)
        context += render(record, lang, words=words)
    asked = places[records.index(fact)]
    return Example(
        id=fact.id,
        lang=lang,
        inputs={"question": say([asked, ASK], lang, words=words), "context": context},
        target=(Answer(render(fact, lang, words=words), start),),
    )


TASK = Task(
    version="1",
    kind="span",
    langs=LANGS,
    load=load,
    metrics=("squad_f1", "squad_em"),
    fields=("question", "context"),
    supply=benchmark.SUPPLY,
    digest=benchmark.digest,
    source=benchmark.SOURCE,
    licence=benchmark.LICENCE,
    cite=benchmark.CITE,
    default_targets=EVALUATED,
)
