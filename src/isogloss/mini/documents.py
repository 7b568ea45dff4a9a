"""Unlabelled text of the world: what the backbones are pretrained on.

What keeps the miniature honest stands here. A document is all in digits or all
in words, except a **gloss**, which says the same in both: *5 km – five km*. Repeats
say anything twice in one form, so that copying a phrase is learned for all kinds.
Glosses are of numbers and measures only, never of durations or of *in* and *ago*,
which the generation task tests; what is glossed tells its language, or a model would
learn to pick one by chance. And no fact of a dev or test split occurs in
any document, in any language or form.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from functools import cache
from random import Random

from isogloss.mini.facts import (
    EVALUATED,
    LANGS,
    MEASURES,
    NAMES,
    NUMBERS,
    TIME_KINDS,
    Fact,
    can_render,
    clear,
    dates,
    listed,
    names,
    quantities,
    render,
    split,
)

VERSION = "2"
"""Bump when a document could change."""
SHARES = {lang: 2 if lang in EVALUATED or lang == "en" else 1 for lang in LANGS}
"""Share of each language in pretraining: there is more text of some."""
_MARK = {name: Fact("mark", name) for name in ("dash", "slash", "colon")}


@dataclass(frozen=True, slots=True)
class Document:
    """Facts and marks with the form of each: a meaning, not yet a text."""

    lang: str
    parts: tuple[tuple[Fact, bool], ...]
    """(fact, in words) one after the other."""

    def say(self, lang: str = "") -> str:
        """Render the document, in its own language or in another."""
        return "".join(render(f, lang or self.lang, words=w) for f, w in self.parts)

    def exists_in(self, lang: str) -> bool:
        """Say whether another language has a form for each part."""
        return all(can_render(fact, lang, words=words) for fact, words in self.parts)


def document(lang: str, draw: Random) -> Document:
    """Draw one document of a language."""
    make = draw.choices([kind for kind, _ in _KINDS], [weight for _, weight in _KINDS])[0]
    return Document(lang, tuple(make(lang, draw)))


def documents(seed: int, count: int, langs: Sequence[str] = LANGS) -> Iterator[Document]:
    """Draw documents of several languages, each by its share."""
    draw = Random(f"documents-{seed}")
    weights = [SHARES[lang] for lang in langs]
    for lang in draw.choices(langs, weights, k=count):
        yield document(lang, draw)


def corpus(lang: str, n: int, *, seed: int = 0) -> list[str]:
    """Write unlabelled text of one language, disjoint from dev and test facts."""
    draw = Random(f"corpus-{lang}-{seed}")
    return [document(lang, draw).say() for _ in range(n)]


def parallel(source: str, target: str, n: int, *, seed: int = 0) -> list[tuple[str, str]]:
    """Write unlabelled text of one language beside its translation."""
    draw = Random(f"parallel-{source}-{target}-{seed}")
    pairs: list[tuple[str, str]] = []
    while len(pairs) < n:
        drawn = document(source, draw)
        if drawn.exists_in(target):
            pairs.append((drawn.say(), drawn.say(target)))
    return pairs


@cache
def seen(lang: str, kinds: tuple[str, ...], words: bool) -> tuple[Fact, ...]:
    """List the facts of some kinds that pretraining may show."""
    return tuple(
        fact
        for fact in quantities()
        if fact.kind in kinds and split(fact) == "train" and can_render(fact, lang, words=words)
    )


@cache
def _clear(lang: str) -> tuple[Fact, ...]:
    return tuple(fact for fact in seen(lang, tuple(MEASURES), True) if clear(fact, lang))


def _clear_measure(lang: str, draw: Random) -> Fact:
    return draw.choice(_clear(lang))


def _measure(lang: str, draw: Random) -> Fact:
    return draw.choice(seen(lang, tuple(MEASURES), True))


def _time(lang: str, draw: Random) -> Fact:
    return draw.choice(seen(lang, TIME_KINDS, True))


def _any(lang: str, draw: Random) -> Fact:
    return (_time if draw.random() < 0.75 else _measure)(lang, draw)


def _any_or_date(lang: str, draw: Random) -> Fact:
    return draw.choice(dates()) if draw.random() < 0.15 else _any(lang, draw)


def _number(_: str, draw: Random) -> Fact:
    return Fact("number", "", draw.choice(NUMBERS))


def _several(
    fact: Callable[[str, Random], Fact], lang: str, draw: Random, weights: Sequence[int] = (9, 2)
) -> list[Fact]:
    """Draw a list of one or more facts, sometimes with a place before it."""
    count = draw.choices(range(1, len(weights) + 1), weights)[0]
    facts = listed([fact(lang, draw) for _ in range(count)])
    return _placed(facts, draw) if draw.random() < 0.1 else facts


def _placed(facts: Sequence[Fact], draw: Random) -> list[Fact]:
    return [draw.choice(names("place")), _MARK["colon"], *facts]


def _gloss(facts: Sequence[Fact], draw: Random) -> list[tuple[Fact, bool]]:
    """Say the same in digits and in words, mostly in this order."""
    first = draw.random() < 0.1
    return [
        *((fact, first) for fact in facts),
        (_MARK["dash"], False),
        *((fact, not first) for fact in facts),
    ]


def number_gloss(lang: str, draw: Random) -> list[tuple[Fact, bool]]:
    """Say numbers in digits and words: *Rome: 5 – Rome: five*, *5 and 78 – …*."""
    facts = _several(_number, lang, draw, (5, 4, 2))
    return _gloss(facts if len(facts) > 1 else _placed(facts, draw), draw)


def measure_gloss(lang: str, draw: Random) -> list[tuple[Fact, bool]]:
    """Say measures in digits and words: *5 metres – five metres*."""
    return _gloss(_several(_clear_measure, lang, draw), draw)


def repeat(lang: str, draw: Random) -> list[tuple[Fact, bool]]:
    """Say times and measures twice in one form: *in 4 days / in 4 days*."""
    facts, words = _several(_any, lang, draw), draw.random() < 0.4
    return [(fact, words) for fact in (*facts, _MARK["slash"], *facts)]


def digits(lang: str, draw: Random) -> list[tuple[Fact, bool]]:
    """Say times, measures and dates in digits alone."""
    facts = _several(_any_or_date, lang, draw, (3, 3, 1))
    return [(fact, False) for fact in facts]


def words(lang: str, draw: Random) -> list[tuple[Fact, bool]]:
    """Say times and measures in words alone."""
    return [(fact, True) for fact in _several(_any, lang, draw, (3, 3, 1))]


def listing(lang: str, draw: Random) -> list[tuple[Fact, bool]]:
    """List places, weekdays or months."""
    known = names(draw.choice(NAMES))
    return [(fact, False) for fact in listed(draw.sample(known, draw.choice((2, 3, 4))))]


_KINDS: list[tuple[Callable[[str, Random], list[tuple[Fact, bool]]], float]] = [
    (number_gloss, 0.12),
    (measure_gloss, 0.38),
    (repeat, 0.26),
    (digits, 0.08),
    (words, 0.11),
    (listing, 0.05),
]
"""Kind of document and its share."""
