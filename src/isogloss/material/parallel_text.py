"""Sentence pairs of two languages: both texts on a line, with a tab between them."""

from __future__ import annotations

from pathlib import Path

from isogloss.core.errors import IsoglossError
from isogloss.core.material import Material, Toy
from isogloss.reader import text


def pairs(path: Path, turned: bool) -> list[tuple[str, str]]:
    """Read the pairs of a file.

    Args:
        path: the file.
        turned: whether the language asked for first stands second in it.

    Raises:
        IsoglossError: a line without a tab.
    """
    found = []
    for number, line in enumerate(text.read(path).split("\n"), 1):
        if not line.strip():
            continue
        cells = [cell.strip() for cell in line.split("\t")]
        if len(cells) < 2 or not cells[0] or not cells[1]:
            raise IsoglossError(
                f"{path}:{number}: two texts with a tab between them are expected",
                "write both texts on one line, the source first, or take the line out",
            )
        found.append((cells[1], cells[0]) if turned else (cells[0], cells[1]))
    return found


def _toy(toy: Toy, source: str, target: str) -> list[tuple[str, str]]:
    return list(zip(toy.texts[source], toy.texts[target], strict=True))


MATERIAL = Material(
    key="parallel",
    langs=("source", "target"),
    example="bitext/{source}-{target}.tsv",
    read=pairs,
    toy=_toy,
    short="parallel",
)
