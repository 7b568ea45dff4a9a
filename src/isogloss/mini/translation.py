"""The exact translator and the dictionary: both follow from the facts.

The translator is no system that anyone has: it parses a text of the world back to
its meaning and says that in the other language, without error. Results with it
are an upper bound; ``error`` makes it as bad as one likes.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from functools import cache
from random import Random

from isogloss.core.errors import IsoglossError
from isogloss.mini.facts import (
    MARKS,
    NAMES,
    NUMBERS,
    Fact,
    can_render,
    dates,
    language,
    names,
    quantities,
    render,
)

_COMMA, _AND = Fact("mark", "comma"), Fact("mark", "and")
Part = tuple[Fact, bool]
"""A fact or mark, and whether it is said in words."""


def parse(text: str, lang: str) -> list[Part]:
    """Read a text of the world: which facts it says, and how.

    Raises:
        IsoglossError: some of the text means nothing in this world.
    """
    known, longest = _phrases(lang)
    parts: list[Part] = []
    position = 0
    while position < len(text):
        for size in range(min(longest, len(text) - position), 0, -1):
            part = known.get(text[position : position + size])
            if part is not None:
                parts.append(part)
                position += size
                break
        else:
            raise IsoglossError(
                f"the mini world's translator can't read '{text[position:]}' in {lang}",
                "it knows texts of the mini world only, as its tasks and corpora have them",
            )
    return _listed(parts)


def _listed(parts: list[Part]) -> list[Part]:
    """Tell commas from *and*, which are one sign in some languages, by their place."""
    between = [index for index, (fact, _) in enumerate(parts) if fact in (_COMMA, _AND)]
    for index in between:
        parts[index] = (_COMMA if index + 2 in between else _AND, False)
    return parts


def translate(text: str, source: str, target: str, *, error: float = 0.0, seed: int = 0) -> str:
    """Translate a text of the world exactly, or with a share of errors.

    Args:
        error: share of the facts whose number or name comes out wrong.
        seed: which facts these are follows from it and from the text.

    Raises:
        IsoglossError: the text is not of this world, or the target language has
            no form for what it says.
    """
    draw = Random(f"{seed}-{source}-{target}-{text}")
    parts = parse(text, source)
    if error:
        parts = [
            (_mistake(fact, target, words, draw) if draw.random() < error else fact, words)
            for fact, words in parts
        ]
    return "".join(render(fact, target, words=words) for fact, words in parts)


def dictionary(source: str, target: str) -> dict[str, list[str]]:
    """List words and their translations: names, numbers, and units in their forms."""
    found: dict[str, list[str]] = {}
    for word, translation in _entries(source, target):
        if word and translation and translation not in found.setdefault(word, []):
            found[word].append(translation)
    return found


def _entries(source: str, target: str) -> Iterator[tuple[str, str]]:
    for kind in NAMES:
        for fact in names(kind):
            yield render(fact, source, words=False), render(fact, target, words=False)
    for number in NUMBERS:
        fact = Fact("number", "", number)
        yield render(fact, source, words=True), render(fact, target, words=True)
    for fact in quantities():
        if can_render(fact, source, words=False) and can_render(fact, target, words=False):
            yield _unit(fact, source), _unit(fact, target)


def _unit(fact: Fact, lang: str) -> str:
    """Give what stands beside the number; nothing if that is in two places."""
    parts = [part.strip() for part in re.split(r"\d+", render(fact, lang, words=False))]
    filled = [part for part in parts if part]
    return filled[0] if len(filled) == 1 else ""


def _mistake(fact: Fact, lang: str, words: bool, draw: Random) -> Fact:
    """Draw a fact like another one, with another number or name."""
    if fact.kind == "mark":
        return fact
    if fact.kind in NAMES:
        return draw.choice([other for other in names(fact.kind) if other != fact])
    last = 29 if fact.kind == "date" else NUMBERS.stop
    others = [Fact(fact.kind, fact.unit, n) for n in range(NUMBERS.start, last) if n != fact.number]
    return draw.choice([other for other in others if can_render(other, lang, words=words)])


@cache
def _phrases(lang: str) -> tuple[dict[str, Part], int]:
    """Map each phrase of a language to its meaning; and the longest phrase's length."""
    language(lang)
    facts = [*quantities(), *dates(), *(Fact("number", "", n) for n in NUMBERS)]
    facts += [fact for kind in NAMES for fact in names(kind)]
    facts += [Fact("mark", mark) for mark in MARKS]
    known: dict[str, Part] = {}
    for fact in facts[-len(MARKS) :]:  # set apart, as between tagged words
        known[f" {render(fact, lang, words=False).strip()} "] = (fact, False)
    for fact in facts:
        for words in (True, False):
            if can_render(fact, lang, words=words):
                known[render(fact, lang, words=words)] = (fact, words)
    return known, max(map(len, known))
