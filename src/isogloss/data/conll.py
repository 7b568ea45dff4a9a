"""Read words and tags in columns: CoNLL-U, IOB2, CoNLL-2003, two columns."""

from __future__ import annotations

import re
from dataclasses import dataclass
from pathlib import Path
from typing import NamedTuple

from isogloss.core.errors import IsoglossError, unknown
from isogloss.data import text

CONLLU = ("id", "form", "lemma", "upos", "xpos", "feats", "head", "deprel", "deps", "misc")
SUFFIXES = (".conllu", ".conll", ".iob2", ".iob", ".bio", ".txt")
_NAMED = re.compile(r"# ?\w+ ?= ?")
_SENT_ID = re.compile(r"# ?sent_id ?= ?(\S+)")


class Sentence(NamedTuple):
    """One sentence: where it starts, its own id if it has one, words and tags."""

    line: int
    id: str
    words: tuple[str, ...]
    tags: tuple[str, ...]
    """Empty where the layout has no tags."""


@dataclass(frozen=True)
class Layout:
    """Which columns of a file hold what; the first column is 1, the last -1."""

    word: int
    tag: int | None
    """None: the file has words alone."""
    numbered: bool
    """The first column counts the words: ids such as 1-2 and 1.1 are no words,
    and lines that start with # are comments."""
    separator: str | None = None
    """None splits at runs of spaces and tabs; other white space belongs to words."""


IOB2 = Layout(2, 3, True, "\t")
UPOS = Layout(2, 4, True, "\t")
TWO = Layout(1, 2, False)


@text.kept
def read(path: Path, layout: Layout) -> tuple[Sentence, ...]:
    """Read all sentences of a file.

    Raises:
        IsoglossError: a line with too few columns, or a file without sentences.
    """
    found: list[Sentence] = []
    words: list[str] = []
    tags: list[str] = []
    start, name = 0, ""
    word, tag = _index(layout.word), _index(layout.tag or 1)
    for number, line in enumerate([*text.read(path).split("\n"), ""], 1):
        if not line or line.isspace():
            if words and words != ["-DOCSTART-"]:
                found.append(Sentence(start, name, tuple(words), tuple(tags if layout.tag else ())))
            words, tags, name = [], [], ""
        elif line[0] == "#" and not words and (layout.numbered or _NAMED.match(line)):
            given = _SENT_ID.match(line)
            name = given[1] if given else name
        else:
            cells = _cells(line, layout.separator)
            if layout.numbered and not cells[0].isdigit() and _part(cells[0], path, number):
                continue
            try:
                words.append(cells[word])
                tags.append(cells[tag])
            except IndexError:
                raise _short(path, number, len(cells), layout) from None
            if len(words) == 1:
                start = number
    if not found:
        raise IsoglossError(f"{path}: no sentence in it", "give one word a line")
    return tuple(found)


def _cells(line: str, separator: str | None) -> list[str]:
    if separator:
        return line.split(separator)
    return [cell for cell in line.replace("\t", " ").split(" ") if cell]


def _index(column: int) -> int:
    return column - 1 if column > 0 else column


def _part(cell: str, path: Path, line: int) -> bool:
    # A multiword token (1-2) or an empty node (1.1): neither is a word of its own.
    if re.fullmatch(r"\d+[-.]\d+", cell):
        return True
    raise IsoglossError(
        f"{path}:{line}: '{cell}' is no word number", "leave a blank line between sentences"
    )


def _short(path: Path, line: int, cells: int, layout: Layout) -> IsoglossError:
    by = "tabs" if layout.separator == "\t" else "spaces"
    return IsoglossError(
        f"{path}:{line}: {cells} column{'s' if cells != 1 else ''} (split at {by}), "
        f"words are in column {layout.word} and tags in column {layout.tag}",
        "mend the line, or name the columns: columns = { words = 1, target = -1 }",
    )


def layout(path: Path, word: int | str | None = None, tag: int | str | None = None) -> Layout:
    """Look at a file's first sentence to tell its layout; given columns win."""
    rows: list[str] = []
    for line in text.read(path).split("\n"):
        if rows and not line.strip():
            break
        if line.strip() and not _NAMED.match(line) and not line.startswith("-DOCSTART-"):
            rows.append(line)
    separator = "\t" if rows and "\t" in rows[0] else None
    cells = [_cells(row, separator) for row in rows if not (row[0] == "#" and separator)]
    firsts = [row[0] for row in cells if re.fullmatch(r"\d+", row[0])]
    counted = firsts == [str(n) for n in range(1, len(firsts) + 1)] and bool(firsts)
    numbered = counted and len(cells[0]) > 2
    usual: int | None
    if numbered:
        usual = 4 if len(cells[0]) == len(CONLLU) else 3
    else:
        usual = -1 if len(cells[0]) > 1 else None
    return Layout(
        (2 if numbered else 1) if word is None else _column(path, word),
        usual if tag is None else _column(path, tag),
        numbered,
        separator,
    )


def _column(path: Path, given: int | str) -> int:
    if isinstance(given, str):
        if given not in CONLLU:
            raise unknown(f"column of {path.name}:", given, CONLLU)
        return CONLLU.index(given) + 1
    if given == 0:
        raise IsoglossError(f"{path.name} has no column 0", "the first column is 1, the last is -1")
    return given
