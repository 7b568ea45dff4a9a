"""Answer in words which quantity a text gives for a place.

"France: in 5 days. Peru: 7 grams. Japan: 3 years ago" – "Japan?" – "three years
ago". find_quantity marks the answer in the text; here it has to be written, in the
language of the question. The texts are in digits, so that copying is no answer.
"""

from __future__ import annotations

from functools import cache
from pathlib import Path

from isogloss.core.task import Task
from isogloss.core.types import Example
from isogloss.mini import benchmark
from isogloss.mini.world import EVALUATED, LANGS, MEASURES, TIME_KINDS, Fact, render, say

RECORDS = 3
"""Sentences in a text."""
COLON, STOP, ASK = (Fact("mark", name) for name in ("colon", "stop", "ask"))


def load(lang: str, split: str, data: Path | None) -> list[Example]:
    """Make one split of one language."""
    return [
        Example(
            id=fact.id,
            lang=lang,
            inputs={
                "question": say([asked, ASK], lang, words=False),
                "context": say(text, lang, words=False),
            },
            target=render(fact, lang, words=True),
        )
        for fact, asked, text in _plan(split)
        if all(benchmark.sayable(said, lang) for said in text if said.number)
    ]


@cache
def _plan(split: str) -> tuple[tuple[Fact, Fact, list[Fact]], ...]:
    """Draw for each fact its text, the same in all languages.

    Returns:
        The fact asked for, its place, and the text: places, facts and marks.
    """
    kinds = (*TIME_KINDS, *MEASURES) if split == "train" else TIME_KINDS
    facts = benchmark.facts("answer_quantity", split, kinds)
    plan = []
    for fact in facts[: benchmark.SIZES[split]]:
        draw = benchmark.draw("answer_quantity", fact)
        records = benchmark.beside(fact, facts, RECORDS, draw)
        draw.shuffle(records)
        places = draw.sample(benchmark.places(), RECORDS)
        pairs = zip(places, records, strict=True)
        text = [part for place, said in pairs for part in (STOP, place, COLON, said)]
        plan.append((fact, places[records.index(fact)], text[1:]))
    return tuple(plan)


TASK = Task(
    version="1",
    kind="generate",
    langs=LANGS,
    load=load,
    metrics=("exact_match", "squad_f1", "correct_language", "chrf"),
    fields=("question", "context"),
    supply=benchmark.SUPPLY,
    digest=benchmark.digest,
    source=benchmark.SOURCE,
    licence=benchmark.LICENCE,
    cite=benchmark.CITE,
    default_targets=EVALUATED,
)
