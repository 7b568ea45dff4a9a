"""Where a text's tokens may be cut: between graphemes, what is read as one character.

Byte-level vocabularies have several tokens for a character, and most have one
for a vowel sign, a part of a joined emoji, or a Hangul letter.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property
from itertools import count
from typing import Any

import regex

from isogloss.models.head import text as read
from isogloss.models.head.text import Place


@dataclass(frozen=True)
class Borders:
    """Tells where a cut between a text's tokens halves nothing."""

    text: str
    places: Sequence[Place]
    """First and last character of each token; none where every place is a border."""

    def before(self, place: int, least: int = 0) -> int:
        """Give the last border up to a place that is beyond another.

        A grapheme that alone is longer than that is cut between its characters, and a
        character that is, within.
        """
        for parts in (self._graphemes, self._characters):
            border = next((n for n in range(place, least, -1) if parts(n)), None)
            if border is not None:
                return border
        return place

    def behind(self, place: int) -> int:
        """Give the first border from a place on."""
        return next(n for n in count(place) if self._graphemes(n))

    def _characters(self, place: int) -> bool:
        inside = 0 < place < len(self.places)
        return not inside or self.places[place - 1][1] <= self.places[place][0]

    def _graphemes(self, place: int) -> bool:
        inside = 0 < place < len(self.places)
        return self._characters(place) and (not inside or self.places[place][0] in self._starts)

    @cached_property
    def _starts(self) -> frozenset[int]:
        return frozenset(match.start() for match in regex.finditer(r"\X", self.text))


def borders(tokenizer: Any, text: str) -> Borders:
    """Find the borders in a text's tokens, as ``text.tokens`` gives them."""
    if text.isascii() and "\r" not in text:
        return Borders(text, ())
    return Borders(*read.places(tokenizer, text))
