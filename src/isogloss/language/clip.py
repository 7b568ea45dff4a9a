"""Cut texts that a person is shown, between graphemes."""

from __future__ import annotations

import regex


def head(text: str, most: int) -> str:
    """Keep so many characters of a text at most, and none of its graphemes in part."""
    if len(text) <= most:
        return text
    ends = (match.end() for match in regex.finditer(r"\X", text[: most + 1]))
    return text[: max((end for end in ends if end <= most), default=0)]


def clip(text: str, most: int) -> str:
    """Keep as many characters with an ellipsis in the place of the rest."""
    return text if len(text) <= most else f"{head(text, most - 1)}…"
