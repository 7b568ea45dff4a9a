"""Say a duration or a time from now in words, in the language of the input.

"dans 78 jours" becomes "dans soixante-dix-huit jours". Dev and test are of
durations and of *in* and *ago*; training has measures too. The mini backbones
have seen digits beside words for numbers and measures, and never for these.
"""

from __future__ import annotations

from pathlib import Path

from isogloss.core.task import Task
from isogloss.core.types import Example
from isogloss.mini import benchmark
from isogloss.mini.world import EVALUATED, LANGS, MEASURES, TIME_KINDS, render


def load(lang: str, split: str, data: Path | None) -> list[Example]:
    """Make one split of one language."""
    kinds = (*TIME_KINDS, *MEASURES) if split == "train" else TIME_KINDS
    facts = benchmark.facts("verbalise", split, kinds)[: benchmark.SIZES[split]]
    return [
        Example(
            id=fact.id,
            lang=lang,
            inputs={"text": render(fact, lang, words=False)},
            target=render(fact, lang, words=True),
        )
        for fact in facts
        if benchmark.sayable(fact, lang)
    ]


TASK = Task(
    version="1",
    kind="generate",
    langs=LANGS,
    load=load,
    metrics=("exact_match", "correct_language", "chrf"),
    supply=benchmark.SUPPLY,
    digest=benchmark.digest,
    source=benchmark.SOURCE,
    licence=benchmark.LICENCE,
    cite=benchmark.CITE,
    default_targets=EVALUATED,
)
