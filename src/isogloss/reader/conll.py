"""Read words and tags in columns: CoNLL-U, IOB2, CoNLL-2003, two columns."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import NamedTuple

from isogloss.core.errors import IsoglossError, unknown
from isogloss.kind.entity import OUTSIDE
from isogloss.reader import text

CONLLU = ("id", "form", "lemma", "upos", "xpos", "feats", "head", "deprel", "deps", "misc")
SUFFIXES = (".conllu", ".conll", ".iob2", ".iob", ".bio", ".txt")
COMMENT = re.compile(r"#\s*(newdoc\b|newpar\b|[^\s=]+\s*=)")
NUMBER = re.compile(r"[0-9]+")
PART = re.compile(r"[0-9]+[-.][0-9]+")
"""A multiword token (1-2) or an empty node (1.1): neither is a word of its own."""
DOCUMENT = "-DOCSTART-"
LOOKED_AT = 5_000
"""Lines from which a layout is told."""
MOST_TAGS = 100
"""Different values in a column above which they are no tags, unless they mark entities."""
ENOUGH = 20
"""Words from which tags must repeat."""
BLANK = frozenset({"", "_", "-"})
ENTITY = re.compile(r"O|[BIESLUM]-\S+")
_SAID = re.compile(r"#\s*([^\s=:]+)\s*[=:]\s*(.*\S)")
_SENT_ID = re.compile(r"#\s*sent_id\s*=\s*(\S+)")


class Sentence(NamedTuple):
    """One sentence: where it starts, its own id if it has one, words and tags."""

    line: int
    id: str
    words: tuple[str, ...]
    tags: tuple[str, ...]
    """Empty where the layout has no tags."""
    comments: Mapping[str, str]
    """What lines such as `# intent = weather/find` say of it."""


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
    width: int = 2
    """Columns of most lines: tells a word that starts with # from a comment."""


IOB2 = Layout(2, 3, True, "\t")
UPOS = Layout(2, 4, True, "\t")
TWO = Layout(1, 2, False)


@text.kept
def read(path: Path, layout: Layout) -> tuple[Sentence, ...]:
    """Read all sentences of a file.

    Raises:
        IsoglossError: a line with too few columns or an empty cell, or a file
            without sentences.
    """
    found: list[Sentence] = []
    words: list[str] = []
    tags: list[str] = []
    comments: dict[str, str] = {}
    start, name = 0, ""
    for number, line in enumerate([*text.read(path).split("\n"), ""], 1):
        if _is_break(line):
            if words:
                tagged = tuple(tags if layout.tag else ())
                found.append(Sentence(start, name, tuple(words), tagged, comments))
            words, tags, name, comments = [], [], "", {}
        elif _is_comment(line, layout, inside=bool(words)):
            given = _SENT_ID.match(line)
            name = given[1] if given else name
            if said := _SAID.match(line):
                comments[said[1]] = said[2]
        else:
            row = _cells(line, layout.separator)
            if layout.numbered and not NUMBER.fullmatch(row[0]):
                if not PART.fullmatch(row[0]):
                    raise _unnumbered(path, number, row[0])
                continue
            word, tag = _word_and_tag(path, number, row, layout)
            if word:
                start = start if words else number
                words.append(word)
                tags.append(tag)
    if not found:
        raise _nothing(path)
    return tuple(found)


def _is_break(line: str) -> bool:
    """Say whether a line ends a sentence: it is blank, or begins a document."""
    return not line or line.isspace() or line.startswith(DOCUMENT)


def _is_comment(line: str, layout: Layout, inside: bool) -> bool:
    """Say whether a line is a comment.

    Where lines are not numbered, a word may start with #: it has as many columns as
    other words, and inside a sentence there is no comment.
    """
    if line[0] != "#" or layout.numbered:
        return line[0] == "#"
    if inside:
        return False
    return bool(COMMENT.match(line)) or len(_cells(line, layout.separator)) != layout.width


def _cells(line: str, separator: str | None) -> list[str]:
    """Split a line into its columns; empty ones at its end are none."""
    if separator:
        found = line.rstrip().split(separator)
        return [cell.strip(" ") for cell in found] if " " in line else found
    return [cell for cell in line.replace("\t", " ").split(" ") if cell]


def _rows(lines: list[str], layout: Layout) -> Iterator[tuple[int, list[str]]]:
    """List the lines of words, with their numbers."""
    inside = False
    for number, line in enumerate(lines, 1):
        if _is_break(line):
            inside = False
        elif not _is_comment(line, layout, inside):
            inside = True
            row = _cells(line, layout.separator)
            if not (layout.numbered and PART.fullmatch(row[0])):
                yield number, row


def _nothing(path: Path) -> IsoglossError:
    """Build the error for a file without a word in it."""
    return IsoglossError(
        f"{path}: no sentence in it",
        "give one word a line; there are only blank lines, comments or starts of documents",
    )


def _word_and_tag(path: Path, line: int, row: list[str], layout: Layout) -> tuple[str, str]:
    """Give a line's two cells; the word may be empty where nothing is tagged (as in xSID)."""
    columns = (layout.word, layout.tag or layout.word)
    try:
        word, tag = (row[column - 1 if column > 0 else column] for column in columns)
    except IndexError:
        raise _short(path, line, len(row), layout) from None
    if layout.tag in (-1, None) and not layout.separator and len(row) > layout.width:
        raise IsoglossError(
            f"{path}:{line}: {len(row)} columns (split at spaces) where most lines have "
            f"{layout.width}",
            "is there a space in the word? separate words and tags by tabs in all lines",
        )
    if not tag or not (word or tag == OUTSIDE):
        raise IsoglossError(
            f"{path}:{line}: an empty {'word' if tag else 'tag'}",
            "fill it in; a file whose tags are all _ is predicted and not scored",
        )
    return word, tag


def _unnumbered(path: Path, line: int, cell: str) -> IsoglossError:
    what = f"{path}:{line}: '{cell}' is no word number"
    return IsoglossError(what, "leave a blank line between sentences")


def _short(path: Path, line: int, count: int, layout: Layout) -> IsoglossError:
    by = "tabs" if layout.separator == "\t" else "spaces"
    return IsoglossError(
        f"{path}:{line}: {count} column{'s' if count != 1 else ''} (split at {by}), "
        f"words are in column {layout.word} and tags in column {layout.tag}",
        "give the line both, or name the columns: columns = { words = 1, target = -1 }",
    )


@text.kept
def layout(path: Path, word: int | str | None = None, tag: int | str | None = None) -> Layout:
    """Look at a file's data lines to tell its layout; given columns win.

    Tags are in CoNLL-U's UPOS; or in the column of entity tags, the first one where words
    are numbered (as in UNER), else the last one (as in CoNLL-2003); or in the column with
    the fewest different values. A column of whole numbers, or of blanks, holds no tags.

    Raises:
        IsoglossError: no data line, or a column that can't be.
    """
    given_word, given_tag = (None if c is None else _column(path, c) for c in (word, tag))
    lines = text.read(path).split("\n")[:LOOKED_AT]
    usual = _lines(path, lines)
    columns = _columns([row for _, row in _rows(lines, usual)])
    where = given_word or (2 if usual.numbered else 1)
    if given_tag is None:
        found = _tagged(columns, where, usual)
    else:
        # A file without the column, or whose last one holds the words, has no tags.
        place = given_tag if given_tag > 0 else len(columns) + given_tag + 1
        found = given_tag if 0 < place <= len(columns) and place != where else None
    return Layout(where, found, usual.numbered, usual.separator, usual.width)


def spell(column: int) -> str:
    """Name a column."""
    return f"column {column}" if column > 0 else f"column {column} (counted from the last)"


def check(path: Path, found: Layout) -> None:
    """Refuse a guess that can't be right: tags are few, and repeat.

    Raises:
        IsoglossError: the column has hundreds of values, or a new one for most words.
    """
    values = Counter(tag for sentence in read(path, found) for tag in sentence.tags)
    words = values.total()
    few = len(values) <= MOST_TAGS and (words < ENOUGH or len(values) <= words / 2)
    if not few and not _entities(values):
        some = ", ".join(f"'{value}'" for value, _ in values.most_common(4))
        what = f"{path}: {spell(found.tag or 0)} holds {len(values)} different values"
        raise IsoglossError(
            f"{what} in {words} lines, such as {some}: they are no tags",
            f"say where they are: columns = {{ words = {found.word}, target = {found.tag} }}",
        )


def _lines(path: Path, lines: Sequence[str]) -> Layout:
    """Tell how lines are split, and whether they are numbered, whatever their columns hold."""
    full = [line for line in lines if not _is_break(line)]
    sure = [line for line in full if line[0] != "#"]
    data = sure or [line for line in full if not COMMENT.match(line)]
    if not data:
        raise _nothing(path)
    separator = "\t" if 2 * sum("\t" in line for line in data) > len(data) else None
    width = Counter(len(_cells(line, separator)) for line in data).most_common(1)[0][0]
    return Layout(1, None, _counted(lines, separator, width), separator, width)


def _counted(lines: Sequence[str], separator: str | None, width: int) -> bool:
    """Say whether the first column counts the words of most sentences."""
    counted = sentences = longest = 0
    firsts: list[str] = []
    for line in [*lines, ""]:
        if not _is_break(line):
            if line[0] != "#":
                firsts.append(_cells(line, separator)[0])
            continue
        if firsts:
            numbers = [int(first[:9]) for first in firsts if NUMBER.fullmatch(first)]
            parts = sum(bool(PART.fullmatch(first)) for first in firsts)
            whole = len(numbers) + parts == len(firsts) and numbers[:1] in ([0], [1])
            counted += whole and numbers == [numbers[0] + n for n in range(len(numbers))]
            sentences += 1
            longest = max(longest, len(firsts))
        firsts = []
    # Numbers alone, such as "1 NUM", are words.
    return 2 * counted > sentences and (width > 2 or (width == 2 and longest > 2))


def _columns(found: Sequence[Sequence[str]]) -> list[Counter[str]]:
    """Count the values of each column."""
    columns: list[Counter[str]] = []
    for row in found:
        while len(columns) < len(row):
            columns.append(Counter())
        for column, cell in zip(columns, row, strict=False):
            column[cell] += 1
    return columns


def _tagged(columns: Sequence[Counter[str]], word: int, usual: Layout) -> int | None:
    """Choose the column of the tags among those behind the words."""
    known = {n: columns[n - 1] for n in range(word + 1, usual.width + 1)}
    full = {n: values for n, values in known.items() if not _is_none(values)}
    if not full:
        return min(known, default=None)
    if usual.numbered and usual.width == len(CONLLU):
        return next((n for n in (4, 5) if n in full), 4)
    entities = [n for n, values in full.items() if _entities(values)]
    if entities:
        chosen = entities[0 if usual.numbered else -1]
    else:
        chosen = min(full, key=lambda n: (len(full[n]) < 2, len(full[n]), -n))
    return -1 if chosen == usual.width and not usual.numbered else chosen


def _is_none(values: Mapping[str, int]) -> bool:
    return all(value in BLANK or NUMBER.fullmatch(value) for value in values)


def _entities(values: Mapping[str, int]) -> bool:
    return all(ENTITY.fullmatch(value) or value in BLANK for value in values)


def _column(path: Path, given: int | str) -> int:
    if isinstance(given, str):
        if given not in CONLLU:
            raise unknown(f"column of {path.name}:", given, CONLLU)
        return CONLLU.index(given) + 1
    if given == 0:
        raise IsoglossError(f"{path.name} has no column 0", "the first column is 1, the last is -1")
    return given
