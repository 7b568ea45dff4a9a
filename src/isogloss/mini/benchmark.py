"""What the tasks over the world share: which facts, and the extra material.

The same facts make the items of every language, so test sets are parallel; a
fact is in one split only, in every task and language, and pretraining has seen
none of the dev and test splits.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Sequence
from functools import cache
from pathlib import Path
from random import Random

from isogloss.core.errors import unknown
from isogloss.core.task import SPLITS, Supply
from isogloss.mini.documents import VERSION, corpus, parallel
from isogloss.mini.facts import LANGS, Fact, can_render, names, quantities, split, table
from isogloss.mini.translation import dictionary, translate

SIZES = {"train": 2000, "dev": 200, "test": 200}
"""Most items of a split; a language that lacks some forms has fewer."""
SOURCE = "made by isogloss.mini from CLDR (through Babel) and num2words"
LICENCE = "Unicode License v3 (CLDR); number words by num2words"
CITE = "Unicode CLDR, https://cldr.unicode.org; num2words, https://github.com/savoirfairelinux/num2words"
_TEXTS = 5000


def facts(name: str, part: str, kinds: Sequence[str]) -> list[Fact]:
    """List a split's facts of some kinds in a task's own order, the same in all languages.

    Args:
        name: the task's; tasks differ in their order.
        part: train, dev or test.
        kinds: kinds of fact.
    """
    if part not in SPLITS:
        raise unknown("split", part, SPLITS)
    return list(_facts(name, part, tuple(kinds)))


@cache
def _facts(name: str, part: str, kinds: tuple[str, ...]) -> tuple[Fact, ...]:
    found = [fact for fact in quantities() if fact.kind in kinds and split(fact) == part]
    Random(f"{name}-{part}").shuffle(found)
    return tuple(found)


def draw(name: str, fact: Fact) -> Random:
    """Give the chance that decides an item's details, the same in all languages."""
    return Random(f"{name}-{fact.id}")


def alike(facts: Sequence[Fact]) -> Callable[[Fact], tuple[list[Fact], list[Fact]]]:
    """Find, for a fact, the others of the same unit and those of the same number."""
    units, numbers = defaultdict(list), defaultdict(list)
    for fact in facts:
        units[fact.kind, fact.unit].append(fact)
        numbers[fact.number].append(fact)

    def likes(fact: Fact) -> tuple[list[Fact], list[Fact]]:
        unit, number = units[fact.kind, fact.unit], numbers[fact.number]
        return [f for f in unit if f != fact], [f for f in number if f != fact]

    return likes


def beside(fact: Fact, facts: Sequence[Fact], count: int, draw: Random) -> list[Fact]:
    """Draw other facts to stand beside one, which comes first."""
    return [fact, *(other for other in draw.sample(facts, count) if other != fact)][:count]


def sayable(fact: Fact, lang: str) -> bool:
    """Say whether a fact has both forms in a language."""
    return can_render(fact, lang, words=True) and can_render(fact, lang, words=False)


def places() -> tuple[Fact, ...]:
    """List the places."""
    return names("place")


def _translate(texts: Sequence[str], source: str, target: str) -> list[str]:
    return [translate(text, source, target) for text in texts]


def digest(lang: str, split: str, data: Path | None) -> str:
    """Fingerprint the data of a split: the versions of the world's table and documents."""
    return _world(lang)


def _world(*langs: str) -> str:
    return f"world {table()['version']}.{VERSION} {' '.join(langs)}"


SUPPLY = Supply(
    {
        "text": lambda lang: corpus(lang, _TEXTS),
        "parallel": lambda source, target: parallel(source, target, _TEXTS),
        "dictionary": dictionary,
        "translator": _translate,
    },
    digests={
        **dict.fromkeys(("text", "parallel", "dictionary"), _world),
        "translator": lambda: "mini exact 1 (no errors: an upper bound)",
    },
)
"""Extra material: text without labels, bitext, a dictionary, the exact translator."""

__all__ = [
    "CITE", "LANGS", "LICENCE", "SIZES", "SOURCE", "SUPPLY",
    "alike", "beside", "digest", "draw", "facts", "places", "sayable",
]  # fmt: skip
