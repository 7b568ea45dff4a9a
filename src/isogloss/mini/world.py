"""The mini world: real words of real languages, with their meanings known.

The front door of ``facts`` (what can be said, and how), ``documents`` (text
without labels) and ``translation`` (an exact translator and a dictionary).
"""

from __future__ import annotations

from isogloss.mini.documents import corpus, parallel
from isogloss.mini.facts import (
    EVALUATED,
    LANGS,
    MEASURES,
    NUMBERS,
    TIME_KINDS,
    TIMES,
    Fact,
    can_render,
    clear,
    listed,
    parts,
    quantities,
    render,
    say,
    split,
)
from isogloss.mini.translation import dictionary, parse, translate

__all__ = [
    "EVALUATED",
    "LANGS",
    "MEASURES",
    "NUMBERS",
    "TIMES",
    "TIME_KINDS",
    "Fact",
    "can_render",
    "clear",
    "corpus",
    "dictionary",
    "listed",
    "parallel",
    "parse",
    "parts",
    "quantities",
    "render",
    "say",
    "split",
    "translate",
]
