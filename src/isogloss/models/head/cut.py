"""What is cut first of an input that is too long: how many tokens of each field stay.

Before all else, what stands around it: solved examples, whole ones, the farthest
first, and then reasoning, from its start. Nothing is cut of an input to make room for
these. Then the text, the context or the passage, then the instruction, and what is
asked of them (a question, options) last. Texts side by side are cut to one length, the
longest first.
"""

from __future__ import annotations

import operator
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import accumulate, takewhile

from isogloss.core.template import ANSWER

Ids = list[int]
ASKED = ("question", "options", ANSWER)
"""Fields that are cut last."""
FLOOR = 4
"""A text keeps this part of the room beside a question, and half of it beside an instruction."""


@dataclass(frozen=True)
class Parts:
    """An input's fields, in the order in which they are read."""

    texts: Sequence[str]
    ids: Sequence[Ids]
    """The texts' tokens."""
    asked: Sequence[bool]
    """Which of them are asked of the others."""
    lead: int = 0
    """Tokens of the instruction, with which the first begins."""
    cut: bool = False
    """Whether something was left out already."""

    def skip(self, place: int) -> int:
        """Count the tokens of a field that belong to the instruction."""
        return 0 if place else self.lead


def common(lead: Ids, ids: Ids) -> int:
    """Count the tokens of an instruction with which an input begins."""
    same = takewhile(lambda pair: pair[0] == pair[1], zip(lead, ids, strict=False))
    return sum(1 for _ in same)


def kept(query: int, reasoning: int, shown: Sequence[int], space: int) -> tuple[int, int]:
    """Say what stays around an input.

    Args:
        query: tokens of the whole input.
        reasoning: tokens of what was reasoned.
        shown: tokens of the solved examples, in order.
        space: tokens of all together.

    Returns:
        How many of the solved examples, the last ones; and the tokens of the reasoning.
    """
    room = max(0, min(reasoning, space - query))
    left = list(accumulate(reversed(shown), operator.sub, initial=space - query - reasoning))
    return sum(1 for rest in left[1:] if rest >= 0), room


def shares(lengths: Sequence[int], asked: Sequence[bool], lead: int, space: int) -> list[int]:
    """Say how many tokens of an instruction and of each field stay.

    Args:
        lengths: of the fields, the instruction left out.
        asked: which of the fields are cut last.
        lead: tokens of the instruction.
        space: tokens of all together.
    """
    last = [n for n, late in enumerate(asked) if late]
    first = [n for n, late in enumerate(asked) if not late]
    read = sum(lengths[n] for n in first)
    kept = _level([lengths[n] for n in last], space - min(read, max(1, space // FLOOR)))
    space -= sum(kept)
    lead = min(lead, space - min(read, (space + 1) // 2))
    rest = _level([lengths[n] for n in first], space - lead)
    sizes = dict(zip([*last, *first], [*kept, *rest], strict=True))
    return [lead, *(sizes[n] for n in range(len(lengths)))]


def _level(lengths: Sequence[int], room: int) -> list[int]:
    """Cut the longest first, to one length, until all fit."""
    sizes = [0] * len(lengths)
    order = sorted(range(len(lengths)), key=lengths.__getitem__)
    for done, place in enumerate(order):
        sizes[place] = min(lengths[place], room // (len(order) - done))
        room -= sizes[place]
    return sizes
