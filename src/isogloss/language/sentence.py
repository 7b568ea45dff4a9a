"""Sentences of a text, and parts of those that are too long."""

from __future__ import annotations

from collections.abc import Callable

import regex

BREAKS = tuple(
    regex.compile(pattern, regex.V1)
    for pattern in (
        r"[\p{Sentence_Terminal}--[.!?]]\p{Pe}*\s*|[.!?][\p{Pe}\"']*\s+",  # sentences
        r"\s+",  # words
        r"\X",  # what is read as one character
    )
)
"""Where a text may be parted, best first, by Unicode's properties."""


def sentences(text: str, lang: str) -> list[str]:
    """Split a text into sentences; joined, they are the text again.

    Thai and other scripts that mark no end of a sentence come as one.
    """
    from sentencex import segment

    found: list[str] = segment(lang.split("-")[0], text)
    return found


def parted(text: str, fits: Callable[[str], bool]) -> list[str]:
    """Halve a text until its parts fit: at sentences, else at spaces, else at characters.

    Joined, they are the text again. A single character that doesn't fit stays.
    """
    if fits(text):
        return [text]
    middle = _middle(text)
    if middle is None:
        return [text]
    return [*parted(text[:middle], fits), *parted(text[middle:], fits)]


def _middle(text: str) -> int | None:
    """Find the break nearest to the middle, of the best kind that is in the middle half."""
    length = len(text)
    places: list[int] = []
    for pattern in BREAKS:
        places = [match.end() for match in pattern.finditer(text) if match.end() < length]
        inner = [place for place in places if length / 4 <= place <= 3 * length / 4]
        if inner:
            return min(inner, key=lambda place: abs(2 * place - length))
    return min(places, key=lambda place: abs(2 * place - length), default=None)
