"""Prefer a duration or a time from now said in the language of the prompt.

What is rejected says the same in another language: in English, and to prompts in
English in German; what both say alike is left out. Dev and test are of kinds of fact
that the mini backbones have not seen with digits beside words, as in *verbalise*.
"""

from __future__ import annotations

from pathlib import Path

from isogloss.core.task import Task
from isogloss.core.types import Example
from isogloss.mini import benchmark
from isogloss.mini.world import EVALUATED, LANGS, MEASURES, TIME_KINDS, clear, render

REJECTED = "en"
INSTEAD = "de"
"""The language of what is rejected where the prompt is in the usual one."""


def load(lang: str, split: str, data: Path | None) -> list[Example]:
    """Make one split of one language."""
    kinds = (*TIME_KINDS, *MEASURES) if split == "train" else TIME_KINDS
    other = INSTEAD if lang == REJECTED else REJECTED
    facts = [
        fact
        for fact in benchmark.facts("prefer_quantity", split, kinds)
        if benchmark.sayable(fact, lang) and benchmark.sayable(fact, other)
        if render(fact, lang, words=True) != render(fact, other, words=True)
    ]
    if split != "train":  # whose language the prompt tells
        facts = [fact for fact in facts if all(clear(fact, each) for each in LANGS)]
    return [
        Example(
            id=fact.id,
            lang=lang,
            inputs={
                "prompt": render(fact, lang, words=False),
                "chosen": render(fact, lang, words=True),
                "rejected": render(fact, other, words=True),
            },
            target="chosen",
            langs={"rejected": other},
        )
        for fact in facts[: benchmark.SIZES[split]]
    ]


TASK = Task(
    version="1",
    kind="prefer",
    langs=LANGS,
    load=load,
    metrics=("accuracy",),
    fields=("prompt", "chosen", "rejected"),
    supply=benchmark.SUPPLY,
    digest=benchmark.digest,
    source=benchmark.SOURCE,
    licence=benchmark.LICENCE,
    cite=benchmark.CITE,
    default_targets=EVALUATED,
)
