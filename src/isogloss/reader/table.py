"""Read tables: JSON lines, CSV and TSV."""

from __future__ import annotations

import csv
from collections import deque
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from itertools import chain
from pathlib import Path
from typing import Any, NamedTuple

from isogloss.core.errors import IsoglossError, nearest
from isogloss.reader import text

csv.field_size_limit(2**31 - 1)  # of 131,072 characters otherwise, and longer texts are lost
CELLS = (".csv", ".tsv")
"""Suffixes of files whose first line names the columns."""
NAMELESS = (
    "where no line names the columns, write into [task.NAME] of the study header = false and "
    "columns = { text = 1, target = 2 }"
)
MOST_LINES = 1000
"""Lines that a quoted cell of a TSV may go over."""


class Record(NamedTuple):
    """One line of a table."""

    line: int
    values: dict[str, Any]


class Broken(NamedTuple):
    """A line that can't be used, and why."""

    line: int
    why: str
    hint: str = ""


class Line(NamedTuple):
    """A line as it stands in a file, with its end."""

    number: int
    text: str
    sound: bool = True
    """Whether it was text in UTF-8."""


@dataclass(frozen=True)
class Table:
    """A file's lines, and the columns that occur in them."""

    path: Path
    columns: tuple[str, ...]
    records: list[Record]

    def need(self, columns: Iterable[str]) -> None:
        """Refuse a table that lacks a column; the nearest one is in the hint."""
        for name in columns:
            if name not in self.columns:
                near = nearest(name, self.columns)
                known = f"its columns: {', '.join(self.columns)}"
                hint = f"did you mean '{near}'? {known}" if near else known
                raise IsoglossError(f"{self.path}:1: no column '{name}'", hint)


def read(path: Path, header: bool = True) -> Table:
    """Read a table, by its suffix.

    Args:
        path: the file.
        header: whether the first line of cells names the columns; else numbers do, from 1.

    Raises:
        IsoglossError: unknown suffix, broken line, or a header without lines.
    """
    if path.suffix not in READERS:
        known = ", ".join(READERS)
        raise IsoglossError(f"{path}: can't read '{path.suffix}' as a table", f"known: {known}")
    pieces = text.raw(path).split("\n")
    ends = ["\n"] * (len(pieces) - 1) + [""]
    lines = (
        Line(n, piece + end) for n, (piece, end) in enumerate(zip(pieces, ends, strict=True), 1)
    )
    records = []
    options = {} if header or path.suffix not in CELLS else {"named": False}
    for found in READERS[path.suffix](path, lines, **options):
        if isinstance(found, Broken):
            raise IsoglossError(f"{path}:{found.line}: {found.why}", found.hint)
        records.append(found)
    if not records:
        raise IsoglossError(f"{path}: no line below the header", "put data into it, or remove it")
    columns = dict.fromkeys(key for record in records for key in record.values)
    return Table(path, tuple(columns), records)


def _jsonl(path: Path, lines: Iterable[Line]) -> Iterator[Record | Broken]:
    for line in lines:
        if not line.text.strip():
            continue
        if not line.sound:
            yield _unsound(line.number)
            continue
        try:
            values = text.parse(line.text.rstrip("\r\n"))
        except text.BrokenJSON as error:
            yield Broken(line.number, str(error), "each line holds one whole object: {...}")
            continue
        if isinstance(values, dict):
            yield Record(line.number, values)
        else:
            what = f"an object is expected, got {type(values).__name__}"
            yield Broken(line.number, what, 'write {"text": ..., ...}, one object a line')


def _csv(path: Path, lines: Iterable[Line], *, named: bool = True) -> Iterator[Record | Broken]:
    unsound: list[int] = []

    def content() -> Iterator[str]:
        for line in lines:
            if not line.sound:
                unsound.append(line.number)
            yield line.text

    reader = csv.reader(content(), strict=True)
    header: list[str] = []
    before = 0
    while True:
        unsound.clear()
        first = before + 1
        try:
            cells = next(reader)
        except StopIteration:
            return
        except csv.Error as error:
            hint = "close each quoted cell, and double the quotes inside it"
            yield Broken(first, f"{error} (broken CSV)", hint)
            continue
        finally:
            before = reader.line_num
        if not cells or (len(header) != 1 == len(cells) and not cells[0].strip()):
            continue
        if unsound:
            yield _unsound(unsound[0])
            continue
        if header or not named:
            header = header or _numbers(cells)
            yield _record(first, header, cells)
        else:
            header = _header(path, first, cells)


def _tsv(path: Path, lines: Iterable[Line], *, named: bool = True) -> Iterator[Record | Broken]:
    header: list[str] = []
    source, ahead = iter(lines), deque[Line]()
    while line := ahead.popleft() if ahead else next(source, None):
        if not line.text.strip():
            continue
        if not line.sound:
            yield _unsound(line.number)
            continue
        cells = _cells(line, ahead, source, len(header))
        if header or not named:
            header = header or _numbers(cells)
            yield _record(line.number, header, cells)
        else:
            header = _header(path, line.number, cells)


def _cells(line: Line, ahead: deque[Line], source: Iterator[Line], width: int) -> list[str]:
    """Split a line of a TSV; lines that a quoted cell goes over are taken from those ahead.

    Some writers quote cells, some leave quotes as they are: a cell is quoted where all
    quotes inside it are doubled and the line then has as many cells as the header. It goes
    over several lines only where these are no lines of the table by themselves.
    """
    plain = line.text.rstrip("\r\n").split("\t")
    if '"' not in line.text:
        return plain
    reader = csv.reader(chain([line.text], _following(ahead, source)), delimiter="\t", strict=True)
    try:
        cells = next(reader)
    except csv.Error:
        return [_unquote(cell) for cell in plain]
    used = reader.line_num - 1
    whole = [line, *(ahead[n] for n in range(used))]
    alone = width > 1 and all(one.text.count("\t") == width - 1 for one in whole)
    if (used and alone) or (width and len(cells) != width) or (used and not width):
        return [_unquote(cell) for cell in plain]
    for _ in range(used):
        ahead.popleft()
    return cells


def _following(ahead: deque[Line], source: Iterator[Line]) -> Iterator[str]:
    """Give the lines behind the present one, and keep those that were not yet ahead."""
    yield from (line.text for line in tuple(ahead))
    while len(ahead) < MOST_LINES and (line := next(source, None)):
        ahead.append(line)
        if not line.sound:
            return
        yield line.text


def _unquote(cell: str) -> str:
    if len(cell) > 1 and cell[0] == cell[-1] == '"':
        inner = cell[1:-1]
        if '"' not in inner.replace('""', ""):
            return inner.replace('""', '"')
    return cell


def _unsound(line: int) -> Broken:
    return Broken(line, "not UTF-8 text", "save it as UTF-8")


def _numbers(cells: Sequence[str]) -> list[str]:
    return [str(number) for number in range(1, len(cells) + 1)]


def _header(path: Path, line: int, cells: list[str]) -> list[str]:
    names = [cell.strip() for cell in cells]
    for name in names:
        if name and names.count(name) > 1:
            what = f"{path}:{line}: column '{name}' is there twice"
            raise IsoglossError(what, f"rename one; {NAMELESS}")
    return names


def _record(line: int, header: list[str], cells: list[str]) -> Record | Broken:
    if len(cells) != len(header):
        return Broken(
            line,
            f"{len(cells)} cells under {len(header)} columns",
            "give every line as many cells as the header has; quote a cell that holds a separator",
        )
    return Record(line, dict(zip(header, cells, strict=True)))


READERS: dict[str, Callable[..., Iterator[Record | Broken]]] = {
    ".jsonl": _jsonl, ".ndjson": _jsonl, ".csv": _csv, ".tsv": _tsv,
}  # fmt: skip
"""Suffix -> reader of lines; what it can't read, it gives as broken."""
