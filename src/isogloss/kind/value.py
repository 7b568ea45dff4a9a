"""Read single values of a line, and refuse what can't be right."""

from __future__ import annotations

import math
import re
from collections.abc import Mapping
from typing import Any

from isogloss.core.errors import IsoglossError
from isogloss.kind.label import spell
from isogloss.language.clip import clip

_WHOLE = re.compile(r"\s*([+-]?[0-9]{1,18})(\.0+)?\s*")
_SPACES = re.compile(r"[ \t\r\n]+")


def plain(value: Any, field: str, where: str) -> str:
    """Take a value as text; numbers are written out.

    Raises:
        IsoglossError: it is neither, not finite, or half of a character.
    """
    if isinstance(value, str):
        try:
            value.encode()
        except UnicodeEncodeError as error:
            half = f"\\u{ord(value[error.start]):x}"
            what = f"{where}: {field} has a lone surrogate, {half}: half of a character"
            raise IsoglossError(what, "write the whole character, or take it out") from None
        return value
    if isinstance(value, int | float) and not isinstance(value, bool) and math.isfinite(value):
        return str(value)
    got = "nothing" if value is None else type(value).__name__
    got = f"{value}, which is no number" if isinstance(value, float) else got
    raise IsoglossError(
        f"{where}: {field} must be text, got {got}", "write it in quotes, or take the line out"
    )


def text(values: Mapping[str, Any], field: str, where: str) -> str:
    """Take a field of a line as text; see ``plain``."""
    return plain(values.get(field), field, where)


def label(value: Any, where: str) -> str:
    """Take a value as a label.

    Raises:
        IsoglossError: it is no text or number, or empty.
    """
    if isinstance(value, bool):
        return spell(value)
    spelled = spell(plain(value, "target", where))
    if not spelled:
        raise IsoglossError(f"{where}: an empty label", "fill it in, or take the line out")
    return spelled


def texts(value: Any, field: str, where: str) -> tuple[str, ...]:
    """Take a value as a list of texts: a list, or words with spaces between them.

    Raises:
        IsoglossError: it is neither.
    """
    if isinstance(value, str):
        value = [piece for piece in _SPACES.split(value) if piece]
    if not isinstance(value, list | tuple):
        what = f"{where}: {field} must be a list, got {type(value).__name__}"
        raise IsoglossError(what, "write a list, or words with spaces between them")
    return tuple(plain(item, f"each of {field}", where) for item in value)


def whole(value: Any) -> int | None:
    """Read a whole number; None where it is none."""
    if isinstance(value, float) and value.is_integer():
        return int(value)
    if isinstance(value, int) and not isinstance(value, bool):
        return value
    digits = _WHOLE.fullmatch(value) if isinstance(value, str) else None
    return int(digits[1]) if digits else None


def short(value: Any) -> str:
    """Show a value in an error."""
    return clip(str(value), 80)
