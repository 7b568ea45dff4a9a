"""Where a text's tokens may be cut: between graphemes, what is read as one character.

Byte-level vocabularies have several tokens for a character, and most have one
for a vowel sign, a part of a joined emoji, or a Hangul letter.
"""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from isogloss.models.head import text as read
from isogloss.models.head.text import Place


@dataclass(frozen=True)
class Borders:
    """The places in a text's tokens where a cut halves nothing, its ends among them."""

    graphemes: Sequence[int]
    characters: Sequence[int]

    def before(self, place: int, least: int = 0) -> int:
        """Give the last border up to a place that is beyond another.

        A grapheme that alone is longer than that is cut between its characters, and a
        character that is, within.
        """
        for known in (self.graphemes, self.characters):
            border = known[bisect_right(known, place) - 1]
            if border > least:
                return border
        return place

    def behind(self, place: int) -> int:
        """Give the first border from a place on."""
        return self.graphemes[bisect_left(self.graphemes, place)]


def borders(tokenizer: Any, text: str, count: int) -> Borders:
    """Find the borders in a text's tokens, as ``text.tokens`` gives them.

    Args:
        count: how many tokens there are.
    """
    if text.isascii() and "\r" not in text:
        return Borders(range(count + 1), range(count + 1))
    spelled, places = read.places(tokenizer, text)
    whole = _between(read.whole(spelled, places), count)
    return Borders(whole, _between(places, count))


def _between(places: Sequence[Place], count: int) -> list[int]:
    """List the tokens that begin where all before them have ended."""
    starts, reached = [0], 0
    for number, (low, high) in enumerate(places):
        if number and low >= reached:
            starts.append(number)
        reached = max(reached, high)
    return [*starts, count] if count else starts
