"""Read labels, tags, options and texts, however files and systems spell them.

Gold and outputs go through the same functions, so that a difference of spelling
is no error of the system.
"""

from __future__ import annotations

import ast
import json
import re
import unicodedata
from collections.abc import Mapping, Sequence
from typing import Any

LONGEST = 100_000
"""Characters of a list written as text, at most."""
_WHOLE = re.compile(r"([0-9]{1,9})(\.0)?")


def spell(value: Any) -> str:
    """Write a label as labels are compared: in NFC, without outer or doubled spaces.

    JSON's true and false, and numbers, are labels too.
    """
    text = str(value).lower() if isinstance(value, bool) else str(value)
    return " ".join(unicodedata.normalize("NFC", text).split())


def missing(value: Any) -> bool:
    """Say whether a system gave no answer: nothing, not a number, blanks or an empty list."""
    if isinstance(value, str):
        return not value.strip()
    return value is None or value != value or value in ([], ())


def match(
    value: Any, labels: Sequence[str], aliases: Mapping[str, str] | None = None
) -> str | None:
    """Find the label that a value stands for; None where it is none, or two are alike.

    Case, blanks, Unicode form and the spelling of numbers don't count, unless labels
    differ by them.
    """
    if not isinstance(value, str | int | float):
        return None
    text = spell(value)
    text = (aliases or {}).get(text, text)
    if text in labels:
        return text
    for form in (_folded, _number):
        wanted = form(text)
        alike = [label for label in labels if form(label) == wanted]
        if wanted is not None and len(alike) == 1:
            return alike[0]
    return None


def _folded(text: str) -> str:
    return spell(text).casefold()


def _number(text: str) -> float | None:
    try:
        return float(text)
    except ValueError:
        return None


def option(value: Any, options: Sequence[str]) -> int | None:
    """Find the option that an index from 0 or a text stands for.

    None where it is none, or the text of one and the index of another.
    """
    if isinstance(value, bool) or not isinstance(value, str | int | float):
        return None
    whole = _WHOLE.fullmatch(str(value).strip())
    number = int(whole[1]) if whole and int(whole[1]) < len(options) else None
    if not isinstance(value, str):
        return number
    exact = [place for place, one in enumerate(options) if one == value]
    folded = [place for place, one in enumerate(options) if _folded(one) == _folded(value)]
    for alike in (exact, folded):
        if len(alike) == 1:
            return alike[0] if number in (None, alike[0]) else None
    return number


def listed(value: Any) -> list[str] | None:
    """Read one tag a word: a list, a list written as text, or tags with blanks between."""
    if isinstance(value, str) and value.lstrip().startswith("[") and len(value) <= LONGEST:
        value = _literal(value)
    elif isinstance(value, str):
        value = value.split()
    if not isinstance(value, list | tuple):
        return None
    return ["" if one is None else spell(one) for one in value]


def _literal(value: str) -> Any:
    for read in (json.loads, ast.literal_eval):
        try:
            return read(value)
        except (ValueError, SyntaxError, MemoryError, RecursionError):
            continue
    return value.split()


def text(value: Any) -> str | None:
    """Read a text: as it is, a number, an answer as SQuAD writes it, or a list of one."""
    if isinstance(value, Mapping) and "text" in value:
        value = value["text"]
    if isinstance(value, list | tuple) and len(value) == 1:
        return text(value[0])
    if isinstance(value, str):
        return value
    return spell(value) if isinstance(value, bool | int | float) else None
