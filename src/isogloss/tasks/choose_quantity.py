"""Choose which of four phrases in words says a phrase in digits.

One of the wrong ones has another number, one another unit, and one mostly both.
"""

from __future__ import annotations

from functools import cache
from pathlib import Path

from isogloss.core.task import Task
from isogloss.core.types import Example
from isogloss.mini import benchmark
from isogloss.mini.world import EVALUATED, LANGS, TIME_KINDS, Fact, render


def load(lang: str, split: str, data: Path | None) -> list[Example]:
    """Make one split of one language."""
    return [
        Example(
            id=fact.id,
            lang=lang,
            inputs={
                "text": render(fact, lang, words=False),
                "options": tuple(render(option, lang, words=True) for option in options),
            },
            target=options.index(fact),
        )
        for fact, options in _plan(split)
    ]


@cache
def _plan(split: str) -> tuple[tuple[Fact, tuple[Fact, ...]], ...]:
    """Draw each fact's options, the same in all languages."""
    facts = benchmark.facts("choose_quantity", split, TIME_KINDS)
    likes = benchmark.alike(facts)
    plan = []
    for fact in facts[: benchmark.SIZES[split]]:
        draw = benchmark.draw("choose_quantity", fact)
        wrong = [draw.choice(like) for like in likes(fact) if like]
        while len(wrong) < 3:
            other = draw.choice(facts)
            if other != fact and other not in wrong:
                wrong.append(other)
        options = [fact, *wrong]
        draw.shuffle(options)
        plan.append((fact, tuple(options)))
    return tuple(plan)


TASK = Task(
    version="1",
    kind="choose",
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
