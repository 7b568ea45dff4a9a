"""Say a duration or a time from now in words, in the language of the input.

"dans 78 jours" becomes "dans soixante-dix-huit jours". Dev and test are of
durations and of *in* and *ago*; training has measures too. The mini backbones
have seen digits beside words for numbers and measures, and never for these.
A fact that two languages write alike in digits (*30 horas*, Spanish and Portuguese)
has no one answer there; it is left out of dev and test, in all languages.
"""

from __future__ import annotations

from pathlib import Path

from isogloss.core.task import Task
from isogloss.core.types import Example
from isogloss.mini import benchmark
from isogloss.mini.world import EVALUATED, LANGS, MEASURES, TIME_KINDS, clear, render


def load(lang: str, split: str, data: Path | None) -> list[Example]:
    """Make one split of one language."""
    kinds = (*TIME_KINDS, *MEASURES) if split == "train" else TIME_KINDS
    facts = benchmark.facts("verbalise", split, kinds)
    if split != "train":
        facts = [fact for fact in facts if all(clear(fact, other) for other in LANGS)]
    return [
        Example(
            id=fact.id,
            lang=lang,
            inputs={"text": render(fact, lang, words=False)},
            target=render(fact, lang, words=True),
        )
        for fact in facts[: benchmark.SIZES[split]]
        if benchmark.sayable(fact, lang)
    ]


TASK = Task(
    version="2",
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
