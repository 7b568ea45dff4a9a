"""Keep spreadsheets from running a text as a formula."""

from __future__ import annotations

import unicodedata

_BLANK = ("Cc", "Cf", "Zs", "Zl", "Zp")


def guard(value: object) -> object:
    """Put an apostrophe before a text that a spreadsheet would run; numbers stay numbers.

    A formula starts with ``=``, ``+``, ``-`` or ``@``, also in its wide or small form and
    behind spaces, line ends, quotes and characters that can't be seen; and so does what a tab
    or a line end would move into a cell of its own.
    """
    if not isinstance(value, str):
        return value
    if value[:1] in ("\t", "\r", "\n"):
        return f"'{value}"
    for char in value:
        if unicodedata.category(char) not in _BLANK and char not in "'\"":
            sign = unicodedata.normalize("NFKC", char)
            return f"'{value}" if sign in ("=", "+", "-", "@") else value
    return value
