"""Find words or letters that are repeated on end, as stuck models write them."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import groupby

import regex

from isogloss.language.word import words

UNIT = 16
"""The longest repeated piece that is looked for, in words or letters."""
WORDS, LETTERS = 4, 8
"""How many times a piece must stand in a row: of words, of letters."""
NUMBER = regex.compile(r"\p{Nd}+")


def loops(items: Sequence[str], times: int) -> bool:
    """Tell whether some piece stands in a sequence `times` times in a row."""
    for unit in range(1, min(UNIT, len(items) // times) + 1):
        run = 0
        for one, other in zip(items, items[unit:], strict=False):
            run = run + 1 if one == other else 0
            if run >= unit * (times - 1):
                return True
    return False


def spell(masked: str) -> list[str]:
    """List the words that can make a loop; numbers in a row are one."""
    found: list[str] = []
    for number, group in groupby(words(masked), str.isdecimal):
        listed = list(group)
        found += ["".join(listed)] if number else listed
    return found


def loop(masked: str) -> bool:
    """Look for a loop of words, or one of letters inside a word."""
    listed = spell(masked)
    stuck = any(loops(letters, LETTERS) for word in listed for letters in NUMBER.split(word))
    return stuck or loops(listed, WORDS)
