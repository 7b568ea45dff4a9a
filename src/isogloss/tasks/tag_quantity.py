"""Tag the number, the unit, the direction (*in*, *ago*) and the place of a record.

Words are the parts of CLDR's patterns, also in languages that write no spaces:
the number, the unit after it, and what is left of *in* or *ago*.
"""

from __future__ import annotations

from pathlib import Path

from isogloss.core.task import Task
from isogloss.core.types import Example
from isogloss.mini import benchmark
from isogloss.mini.world import EVALUATED, LANGS, TIME_KINDS, Fact, parts, render

LABELS = (
    "O", "B-NUMBER", "I-NUMBER", "B-UNIT", "I-UNIT", "B-DIRECTION", "I-DIRECTION",
    "B-PLACE", "I-PLACE",
)  # fmt: skip
KINDS = (*TIME_KINDS, "length", "mass")


def load(lang: str, split: str, data: Path | None) -> list[Example]:
    """Make one split of one language."""
    examples = []
    for fact in benchmark.facts("tag_quantity", split, KINDS)[: benchmark.SIZES[split]]:
        draw = benchmark.draw("tag_quantity", fact)
        place, words = draw.choice(benchmark.places()), draw.random() < 0.5
        if benchmark.sayable(fact, lang):
            tagged = [*_place(place, lang), *_tags(parts(fact, lang, words=words))]
            inputs = {"words": tuple(word for word, _ in tagged)}
            target = tuple(tag for _, tag in tagged)
            examples.append(Example(id=fact.id, lang=lang, inputs=inputs, target=target))
    return examples


def _place(place: Fact, lang: str) -> list[tuple[str, str]]:
    words = render(place, lang, words=False).split()
    colon = render(Fact("mark", "colon"), lang, words=False).strip()
    return [*_tags([(word, "PLACE") for word in words]), (colon, "O")]


def _tags(found: list[tuple[str, str]]) -> list[tuple[str, str]]:
    """Mark the first word of each stretch with B, the others with I."""
    before = ["", *(label for _, label in found)]
    return [
        (word, f"{'I' if label == last else 'B'}-{label}")
        for (word, label), last in zip(found, before, strict=False)
    ]


TASK = Task(
    version="1",
    kind="tag",
    langs=LANGS,
    load=load,
    metrics=("entity_f1", "tag_accuracy"),
    labels=LABELS,
    fields=("words",),
    supply=benchmark.SUPPLY,
    digest=benchmark.digest,
    source=benchmark.SOURCE,
    licence=benchmark.LICENCE,
    cite=benchmark.CITE,
    default_targets=EVALUATED,
)
