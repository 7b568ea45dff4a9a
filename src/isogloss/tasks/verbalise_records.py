"""Say three records in words, one sentence each, in the language of the input.

"France: in 5 days. Peru: 7 grams. Japan: 3 years ago" becomes "France: in five
days. Peru: seven grams. Japan: three years ago": the long sister of verbalise.
As there, dev and test are of durations and of *in* and *ago* alone.
"""

from __future__ import annotations

from functools import cache
from pathlib import Path

from isogloss.core.task import Task
from isogloss.core.types import Example
from isogloss.mini import benchmark
from isogloss.mini.world import EVALUATED, LANGS, MEASURES, TIME_KINDS, Fact, say

RECORDS = 3
"""Sentences in a text."""
COLON, STOP = Fact("mark", "colon"), Fact("mark", "stop")


def load(lang: str, split: str, data: Path | None) -> list[Example]:
    """Make one split of one language."""
    return [
        Example(
            id=records[0].id,
            lang=lang,
            inputs={"text": say(text, lang, words=False)},
            target=say(text, lang, words=True),
        )
        for records, text in _plan(split)
        if all(benchmark.sayable(fact, lang) for fact in records)
    ]


@cache
def _plan(split: str) -> tuple[tuple[list[Fact], list[Fact]], ...]:
    """Draw for each fact the records beside it, the same in all languages.

    Returns:
        The facts that are said, and the text: places, facts and marks.
    """
    kinds = (*TIME_KINDS, *MEASURES) if split == "train" else TIME_KINDS
    facts = benchmark.facts("verbalise_records", split, kinds)
    plan = []
    for fact in facts[: benchmark.SIZES[split]]:
        draw = benchmark.draw("verbalise_records", fact)
        records = benchmark.beside(fact, facts, RECORDS, draw)
        places = draw.sample(benchmark.places(), RECORDS)
        text = [part for pair in zip(places, records, strict=True) for part in _record(*pair)]
        plan.append((records, text[1:]))
    return tuple(plan)


def _record(place: Fact, fact: Fact) -> tuple[Fact, ...]:
    return STOP, place, COLON, fact


TASK = Task(
    version="1",
    kind="generate",
    langs=LANGS,
    load=load,
    metrics=("exact_match", "correct_language", "chrf", "rouge_l"),
    supply=benchmark.SUPPLY,
    digest=benchmark.digest,
    source=benchmark.SOURCE,
    licence=benchmark.LICENCE,
    cite=benchmark.CITE,
    default_targets=EVALUATED,
)
