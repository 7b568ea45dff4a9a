"""Numbers and untrusted texts, spelled for people."""

from __future__ import annotations

import unicodedata

from isogloss.analysis import format
from isogloss.report.model import Pair, Search, Warning

BIDI = frozenset("\u200e\u200f\u061c\u202a\u202b\u202c\u202d\u202e\u2066\u2067\u2068\u2069")
"""Characters that change the order of the text around them."""


def tame(text: str) -> str:
    """Make characters visible that would change what stands around them.

    Directional overrides could turn a reader's eye, and control characters a
    terminal's state; joiners that scripts need are left alone.
    """
    if text.isprintable():
        return text
    return "".join(_seen(char) for char in text)


def number(value: float | None, scale: float = 1.0) -> str:
    """Write a score, or a dash where there is none."""
    return "–" if value is None else format.number(value, scale)


def signed(value: float, scale: float = 1.0) -> str:
    """Write a difference with its sign."""
    text = number(abs(value), scale)
    if not text.strip("0."):
        return f"±{text}"
    return ("+" if value > 0 else "−") + text


def interval(low: float | None, high: float | None, scale: float = 1.0) -> str:
    """Write both ends of an interval, or nothing."""
    if low is None or high is None:
        return ""
    if low < 0:
        return f"{signed(low, scale)} to {signed(high, scale)}"
    return f"{number(low, scale)}–{number(high, scale)}"


def count(value: int) -> str:
    """Write a number of parameters: 104k, 1.8M."""
    for size, unit in ((10**9, "B"), (10**6, "M"), (10**3, "k")):
        if value >= size:
            return f"{value / size:.3g}{unit}"
    return str(value)


def duration(seconds: float) -> str:
    """Write a training time: 41 s, 12 min, 3.2 h."""
    if seconds < 120:
        return f"{seconds:.0f} s"
    return f"{seconds / 60:.0f} min" if seconds < 7200 else f"{seconds / 3600:.1f} h"


def ties(found: tuple[Pair, Pair] | None, scale: float = 1.0) -> str:
    """Write the worst and the best of tied rates, with what they score."""
    if found is None:
        return ""
    return " to ".join(f"{number(value, scale)} ({rate})" for rate, value in found)


def search(found: Search | None) -> str:
    """Write what finding a rate cost: 5 trainings, 1500 updates, 12 min."""
    if found is None or not found.trainings:
        return ""
    many = "s" if found.trainings > 1 else ""
    spent = duration(found.seconds)
    return f"{found.trainings} training{many}, {found.updates:,} updates, {spent}"


def chance(p: float) -> str:
    """Write a p-value."""
    return "p < 0.01" if p < 0.01 else f"p = {p:.2f}"


def some(names: tuple[str, ...], most: int = 6) -> str:
    """List the first names and count the rest."""
    rest = len(names) - most
    return ", ".join(names[:most]) + (f" and {rest} more" if rest > 0 else "")


def about(warning: Warning, most: int = 4) -> str:
    """Name what a warning is about, the rest counted."""
    parts = []
    for one in warning.about[:most]:
        within = "; ".join(filter(None, [some(one.langs, 8), one.detail]))
        parts.append(f"{one.system} ({within})" if one.system and within else one.system or within)
    left = len(warning.about) - most
    return "; ".join(filter(None, parts)) + (f"; and {left} more" if left > 0 else "")


def _seen(char: str) -> str:
    if char in BIDI:
        return f"⟨U+{ord(char):04X}⟩"
    if char in "\n\t\r\u2028\u2029":
        return " ↵ " if char != "\t" else " "
    if unicodedata.category(char) in ("Cc", "Cs"):
        return f"⟨U+{ord(char):04X}⟩"
    return char
