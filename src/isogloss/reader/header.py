"""Tell a table whose first line holds data from one whose first line names its columns."""

from __future__ import annotations

from collections.abc import Sequence

from isogloss.core.errors import IsoglossError
from isogloss.kind.column import CONTEXTS, ID, OPTION, PAIRS, TARGETS, TEXTS
from isogloss.language.clip import clip
from isogloss.language.registry import canonical, languages
from isogloss.reader.table import CELLS, NAMELESS, Table

KNOWN = frozenset(
    {
        *TARGETS, *TEXTS, *CONTEXTS, *(name for pair in PAIRS for name in pair),
        "options", "choices", "endings", "lang", "language", "locale", "split", "word", "words",
    }
)  # fmt: skip
"""Names of columns, in lower case."""
LEAST = 5
"""Lines from which a column can be told."""
WORDS = 20
"""Characters of a cell that may be a word or two, whose length tells nothing from a name."""
SOME = 500
"""Lines that are looked at."""


def check(found: Table) -> None:
    """Refuse a table without names of columns: its first line would be lost.

    Raises:
        IsoglossError: every cell of the first line looks like those beneath it.
    """
    if found.path.suffix not in CELLS or not _is_data(found):
        return
    cells = " | ".join(clip(name, 40) for name in found.columns)
    raise IsoglossError(
        f"{found.path}:1: the first line looks like data, and would be read as names: {cells}",
        f"put a line with names above it, such as text and target; {NAMELESS}; where these are "
        "names, header = true",
    )


def _is_data(found: Table) -> bool:
    names, records = found.columns, found.records[:SOME]
    if len(records) < LEAST or any(map(_is_known, names)):
        return False
    if not all(_alike(name, [str(r.values.get(name) or "") for r in records]) for name in names):
        return False
    return not all(map(_is_language, names))


def _is_known(name: str) -> bool:
    return name.lower() in KNOWN or bool(ID.fullmatch(name) or OPTION.fullmatch(name))


def _is_language(name: str) -> bool:
    """Tell the name of a language's column: its code or its English name."""
    try:
        return bool(canonical(name))
    except IsoglossError:
        return name.casefold() in {lang.name.casefold() for lang in languages()}


def _alike(name: str, cells: Sequence[str]) -> bool:
    """Tell whether a name could stand in its column: by type, by value, or by length."""
    values = sorted(filter(None, cells), key=len)
    if not name or not values:
        return False
    numbers = sum(map(_is_number, values))
    if numbers > 0.9 * len(values) or _is_number(name):
        return _is_number(name) and numbers > 0.9 * len(values)
    if len(set(values)) <= len(values) / 2:
        return name in values
    sentences = len(values[len(values) // 2]) > WORDS
    least = len(values[len(values) // 10]) if sentences else 0
    return least <= len(name) <= len(values[-1])


def _is_number(cell: str) -> bool:
    try:
        float(cell.replace(",", "").rstrip("%"))
    except ValueError:
        return False
    return True
