"""Choose the spans of a text that are hidden, as T5's and mT5's pre-training does."""

from __future__ import annotations

import random
from collections.abc import Sequence
from itertools import pairwise

DENSITY = 0.15
"""Share of the tokens that are hidden."""
LENGTH = 3.0
"""Mean length of a span, in tokens."""

Span = tuple[int, int]
"""First position, and the one behind the last."""


def spans(length: int, rng: random.Random) -> list[Span]:
    """Draw the spans of a text of at least two tokens (Raffel et al. 2020).

    Kept and hidden stretches come in turn, cut uniformly, so that no two spans
    touch. T5 lets every text end with a span; where one is enough, that would
    hide the last words only, so that here the spans may be anywhere.
    """
    hidden = min(max(round(length * DENSITY), 1), length - 1)
    count = min(max(round(hidden / LENGTH), 1), length - hidden)
    kept = _parts(length - hidden + 2, count + 1, rng)
    kept[0] -= 1  # nothing need stand before the first span, or behind the last
    found = []
    place = 0
    for before, size in zip(kept, _parts(hidden, count, rng), strict=False):
        found.append((place + before, place + before + size))
        place += before + size
    return found


def longest(sentinels: int) -> int:
    """Give the longest text whose spans do not outnumber the sentinels."""
    return int(sentinels * LENGTH / DENSITY)


def spoil(ids: Sequence[int], gone: Sequence[Span], sentinels: Sequence[int]) -> list[int]:
    """Put a sentinel in the place of each span."""
    shown: list[int] = []
    place = 0
    for (first, end), sentinel in zip(gone, sentinels, strict=False):
        shown += [*ids[place:first], sentinel]
        place = end
    return [*shown, *ids[place:]]


def answer(ids: Sequence[int], gone: Sequence[Span], sentinels: Sequence[int]) -> list[int]:
    """Write what was hidden, each span behind its sentinel."""
    pairs = zip(gone, sentinels, strict=False)
    return [token for (first, end), mark in pairs for token in (mark, *ids[first:end])]


def read(written: Sequence[int], sentinels: Sequence[int], end: int) -> list[list[int]]:
    """Read an answer back: each sentinel's span, empty where it was left out."""
    found: dict[int, list[int]] = {}
    span: list[int] = []  # what stands before the first sentinel is nobody's
    for token in written:
        if token == end:
            break
        if token in sentinels:
            span = found.setdefault(token, []) if token not in found else []
        else:
            span.append(token)
    return [found.get(sentinel, []) for sentinel in sentinels]


def _parts(total: int, count: int, rng: random.Random) -> list[int]:
    """Cut a number into parts of at least one, all ways as likely."""
    cuts = [0, *sorted(rng.sample(range(1, total), count - 1)), total]
    return [end - start for start, end in pairwise(cuts)]
