"""Share of outputs stuck in a loop: words or letters repeated on end.

Handles, addresses, placeholders, emoji and rows of numbers make no loop.
"""

from __future__ import annotations

from collections.abc import Sequence
from itertools import groupby

import regex

from isogloss.core.metric import Metric
from isogloss.core.types import Example, Prediction
from isogloss.fidelity.mask import mask
from isogloss.language.word import words
from isogloss.metrics.item import each, mean, output

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


def repeats(example: Example, prediction: Prediction, lang: str) -> float:
    """Look for a loop of words, or one of letters inside a word."""
    found = spell(mask(output(prediction)))
    stuck = any(loops(letters, LETTERS) for word in found for letters in NUMBER.split(word))
    return float(stuck or loops(found, WORDS))


METRIC = Metric(
    version="2",
    kinds=("generate",),
    stats=each(repeats),
    score=mean,
    signature=lambda lang: f"words:{WORDS}|letters:{LETTERS}|unit:{UNIT}",
    higher=False,
    needs_gold=False,
)
