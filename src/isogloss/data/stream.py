"""Read a table line by line at constant memory, past lines that are broken."""

from __future__ import annotations

import csv
import json
import re
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any, NamedTuple

from isogloss.core.errors import IsoglossError, nearest
from isogloss.data.table import Record

KINDS = (".jsonl", ".ndjson", ".csv", ".tsv", ".parquet", ".txt")
SHARE = 0.2
"""Share of broken lines above which a file is refused."""
MANY = 20
"""Broken lines from which the share is looked at before the end, and that are kept."""
HEAD = 8192
"""Bytes looked at to tell text from something else."""
_HALF = re.compile("[\ud800-\udfff]")


class Broken(NamedTuple):
    """A line that can't be used, and why."""

    line: int
    why: str


class Patience:
    """Let a few broken lines pass, and refuse a file of many."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self.good = 0
        self.broken: list[Broken] = []
        self.count = 0
        self.hint = ""
        self.mended: list[int] = []
        """The first lines in which half a character was replaced."""
        self.halves = 0
        """Number of such lines."""

    def note(self, broken: Broken, hint: str = "mend these lines, or take them out") -> None:
        """Count a broken line.

        Raises:
            IsoglossError: there are too many of them.
        """
        self.count += 1
        self.hint = self.hint or hint
        if len(self.broken) < MANY:
            self.broken.append(broken)
        if self.count >= MANY:
            self.end()

    def mend(self, record: Record) -> Record:
        """Replace half characters in a line's texts, which nothing could write, and note it."""
        values = {whole(name): _mended(value) for name, value in record.values.items()}
        if values == record.values:
            return record
        self.halves += 1
        if len(self.mended) < MANY:
            self.mended.append(record.line)
        return Record(record.line, values)

    def end(self) -> None:
        """Refuse a file of which too much is broken."""
        few = self.count == 1 and self.good
        if self.count > SHARE * (self.good + self.count) and not few:
            raise self.error(self.hint)

    def error(self, hint: str) -> IsoglossError:
        """Name the first broken line."""
        first = self.broken[0]
        what = f"{self.path}:{first.line}: {first.why}"
        total = self.good + self.count
        more = f" ({self.count} of the first {total} lines can't be used)" if total > 1 else ""
        return IsoglossError(what + more, hint)


def whole(text: str) -> str:
    """Replace lone surrogates: halves of characters, which are no Unicode text."""
    return _HALF.sub("\ufffd", text)


def _mended(value: Any) -> Any:
    return whole(value) if isinstance(value, str) else value


def stream(path: Path) -> Iterator[Record | Broken]:
    """Read the lines of a JSON lines, CSV, TSV, Parquet or text file, by its suffix.

    A text file has a column ``text``, a line each, and empty ones too.

    Raises:
        IsoglossError: no such file, a suffix that is not known, a binary file or
            one in another encoding, or a header that names a column twice.
    """
    if not path.is_file():
        near = nearest(path.name, [one.name for one in path.parent.glob("*")])
        raise IsoglossError(f"no file '{path}'", f"did you mean '{near}'?" if near else "")
    kind = path.suffix.lower()
    if kind not in KINDS:
        what = f"{path}: can't read '{path.suffix}' as a table"
        raise IsoglossError(what, f"known: {', '.join(KINDS)} (a text a line)")
    if kind == ".parquet":
        return _parquet(path)
    _look(path)
    if kind == ".txt":
        return _plain(path)
    if kind == ".csv":
        return _csv(path)
    return _tsv(path) if kind == ".tsv" else _jsonl(path)


def need(path: Path, record: Record, columns: Mapping[str, str]) -> None:
    """Refuse a table that lacks a column; the hint has its columns and the nearest one.

    Args:
        path: the table.
        record: its first line.
        columns: column -> the option that names another.
    """
    for name, option in columns.items():
        if name not in record.values:
            near = nearest(name, record.values)
            known = f"its columns: {', '.join(record.values)}; name one with {option}"
            hint = f"did you mean '{near}'? {known}" if near else known
            raise IsoglossError(f"{path}:{record.line}: no column '{name}'", hint)


def cell(record: Record, column: str) -> str:
    """Give the text in a column of a line; nothing is the empty text.

    Raises:
        IsoglossError: the line lacks the column, or holds no text there.
    """
    if column not in record.values:
        raise IsoglossError(f"no '{column}' in this line", "give every line the same columns")
    value = record.values[column]
    if value is None:
        return ""
    if not isinstance(value, str):
        kind = type(value).__name__
        raise IsoglossError(f"'{column}' holds {kind}, not text", "name the column with the text")
    return value


def _look(path: Path) -> None:
    with path.open("rb") as file:
        head = file.read(HEAD)
    if head.startswith((b"\xff\xfe", b"\xfe\xff")):
        raise IsoglossError(f"{path}:1: the file is in UTF-16", "save it as UTF-8")
    if 2 * sum(0 in line for line in head.split(b"\n")) > head.count(b"\n") + 1:
        line = head[: head.index(0)].count(b"\n") + 1
        raise IsoglossError(f"{path}:{line}: a binary file, not text", "give a text file")


def _lines(path: Path) -> Iterator[tuple[int, str, bool]]:
    """Give each line with its number, and whether it was UTF-8 text."""
    with path.open("rb") as file:
        for number, raw in enumerate(file, 1):
            if number == 1:
                raw = raw.removeprefix(b"\xef\xbb\xbf")
            try:
                yield number, raw.decode("utf-8"), 0 not in raw
            except UnicodeDecodeError:
                yield number, raw.decode("utf-8", errors="replace"), False


NOT_TEXT = "not UTF-8 text"


def _jsonl(path: Path) -> Iterator[Record | Broken]:
    for number, line, sound in _lines(path):
        if not line.strip():
            continue
        if not sound:
            yield Broken(number, NOT_TEXT)
            continue
        try:
            values = json.loads(line.strip())
        except ValueError as error:
            column = getattr(error, "colno", 1)
            yield Broken(number, f"broken JSON at column {column}: {getattr(error, 'msg', error)}")
            continue
        except RecursionError:
            yield Broken(number, "broken JSON: nested too deeply")
            continue
        if isinstance(values, dict):
            yield Record(number, values)
        else:
            yield Broken(number, f"an object is expected, got {type(values).__name__}")


def _csv(path: Path) -> Iterator[Record | Broken]:
    unsound: list[int] = []

    def content() -> Iterator[str]:
        for number, line, sound in _lines(path):
            if not sound:
                unsound.append(number)
            yield line

    reader = csv.reader(content(), strict=True)
    header: list[str] = []
    before = 0
    while True:
        unsound.clear()
        try:
            cells = next(reader)
        except StopIteration:
            return
        except csv.Error as error:
            yield Broken(before + 1, f"broken CSV: {error}")
            before = reader.line_num
            continue
        line, before = before + 1, reader.line_num
        if not cells:
            continue
        if unsound:
            yield Broken(unsound[0], NOT_TEXT)
        elif not header:
            header = _header(path, line, cells)
        else:
            yield _record(line, header, cells)


def _tsv(path: Path) -> Iterator[Record | Broken]:
    header: list[str] = []
    for number, line, sound in _lines(path):
        if not line.strip():
            continue
        cells = line.rstrip("\r\n").split("\t")
        if not sound:
            yield Broken(number, NOT_TEXT)
        elif header:
            yield _record(number, header, cells)
        else:
            header = _header(path, number, cells)


def _header(path: Path, line: int, cells: list[str]) -> list[str]:
    names = [cell.strip() for cell in cells]
    for name in names:
        if names.count(name) > 1:
            raise IsoglossError(f"{path}:{line}: column '{name}' is there twice", "rename one")
    return names


def _record(line: int, header: list[str], cells: list[str]) -> Record | Broken:
    if len(cells) != len(header):
        return Broken(line, f"{len(cells)} cells under {len(header)} columns")
    return Record(line, dict(zip(header, cells, strict=True)))


def _plain(path: Path) -> Iterator[Record | Broken]:
    for number, line, sound in _lines(path):
        text = line.rstrip("\r\n")
        yield Record(number, {"text": text}) if sound else Broken(number, "not UTF-8 text")


def _parquet(path: Path) -> Iterator[Record | Broken]:
    try:
        import pyarrow.parquet
    except ImportError:
        what = f"{path}: reading Parquet needs pyarrow"
        raise IsoglossError(what, "pip install pyarrow") from None
    try:
        file: Any = pyarrow.parquet.ParquetFile(path)
    except (OSError, pyarrow.ArrowException) as error:
        what = f"{path}:1: not a Parquet file: {error}"
        raise IsoglossError(what, "give the file that the writer closed") from None
    number = 0
    for batch in file.iter_batches(batch_size=1024):
        for values in batch.to_pylist():
            number += 1
            yield Record(number, values)
