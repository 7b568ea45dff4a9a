"""Read tables: JSON lines, CSV and TSV."""

from __future__ import annotations

import csv
import io
import json
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any, NamedTuple

from isogloss.core.errors import IsoglossError, nearest
from isogloss.data import text


class Record(NamedTuple):
    """One line of a table."""

    line: int
    values: dict[str, Any]


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


def read(path: Path) -> Table:
    """Read a table, by its suffix.

    Raises:
        IsoglossError: unknown suffix, broken line, or a header without lines.
    """
    if path.suffix not in READERS:
        known = ", ".join(READERS)
        raise IsoglossError(f"{path}: can't read '{path.suffix}' as a table", f"known: {known}")
    records = list(READERS[path.suffix](path, text.read(path)))
    if not records:
        raise IsoglossError(f"{path}: no line below the header", "put data into it, or remove it")
    columns = dict.fromkeys(key for record in records for key in record.values)
    return Table(path, tuple(columns), records)


def _jsonl(path: Path, content: str) -> Iterator[Record]:
    for number, line in enumerate(content.split("\n"), 1):
        if not line.strip():
            continue
        try:
            values = json.loads(line)
        except json.JSONDecodeError as error:
            raise IsoglossError(
                f"{path}:{number}: broken JSON at column {error.colno}: {error.msg}",
                "each line holds one whole object: {...}",
            ) from None
        if not isinstance(values, dict):
            kind = type(values).__name__
            raise IsoglossError(
                f"{path}:{number}: an object is expected, got {kind}",
                'write {"text": ..., ...}, one object a line',
            )
        yield Record(number, values)


def _csv(path: Path, content: str) -> Iterator[Record]:
    reader = csv.reader(io.StringIO(content), strict=True)
    header: list[str] = []
    before = 0
    try:
        for cells in reader:
            if cells and not header:
                header = _header(path, before + 1, cells)
            elif cells:
                yield _record(path, before + 1, header, cells)
            before = reader.line_num
    except csv.Error as error:
        hint = "close each quoted cell, and double the quotes inside it"
        raise IsoglossError(f"{path}:{before + 1}: {error}", hint) from None


def _tsv(path: Path, content: str) -> Iterator[Record]:
    header: list[str] = []
    for number, line in enumerate(content.split("\n"), 1):
        if line.strip():
            cells = [_unquote(cell) for cell in line.split("\t")]
            if header:
                yield _record(path, number, header, cells)
            else:
                header = _header(path, number, cells)


def _unquote(cell: str) -> str:
    # Some writers quote TSV cells, some leave quotes as they are: only a cell
    # that is quoted as a whole, with all quotes inside it doubled, was quoted.
    if len(cell) > 1 and cell[0] == cell[-1] == '"':
        inner = cell[1:-1]
        if '"' not in inner.replace('""', ""):
            return inner.replace('""', '"')
    return cell


def _header(path: Path, line: int, cells: list[str]) -> list[str]:
    names = [cell.strip() for cell in cells]
    for name in names:
        if names.count(name) > 1:
            raise IsoglossError(f"{path}:{line}: column '{name}' is there twice", "rename one")
    return names


def _record(path: Path, line: int, header: list[str], cells: list[str]) -> Record:
    if len(cells) != len(header):
        raise IsoglossError(
            f"{path}:{line}: {len(cells)} cells under {len(header)} columns",
            "give every line as many cells as the header has; quote a cell that holds a separator",
        )
    return Record(line, dict(zip(header, cells, strict=True)))


READERS = {".jsonl": _jsonl, ".ndjson": _jsonl, ".csv": _csv, ".tsv": _tsv}
