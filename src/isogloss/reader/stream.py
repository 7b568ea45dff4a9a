"""Read a table line by line at constant memory, past lines that are broken."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

from isogloss.core.errors import IsoglossError, nearest
from isogloss.reader.table import READERS, Line, Record
from isogloss.reader.table import Broken as Broken

KINDS = (*READERS, ".parquet", ".txt")
SHARE = 0.2
"""Share of broken lines above which a file is refused."""
MANY = 20
"""Broken lines from which the share is looked at before the end, and that are kept."""
HEAD = 8192
"""Bytes looked at to tell text from something else."""
_HALF = re.compile("[\ud800-\udfff]")


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

    def note(
        self, broken: Broken, hint: str = "write them like the others, or take them out"
    ) -> None:
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
    return READERS[kind](path, _lines(path))


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


def _lines(path: Path) -> Iterator[Line]:
    with path.open("rb") as file:
        for number, raw in enumerate(file, 1):
            if number == 1:
                raw = raw.removeprefix(b"\xef\xbb\xbf")
            try:
                yield Line(number, raw.decode("utf-8"), 0 not in raw)
            except UnicodeDecodeError:
                yield Line(number, raw.decode("utf-8", errors="replace"), False)


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
    number = 0
    try:
        file: Any = pyarrow.parquet.ParquetFile(path)
        for batch in file.iter_batches(batch_size=1024):
            for values in batch.to_pylist():
                number += 1
                yield Record(number, values)
    except (OSError, ValueError, pyarrow.ArrowException) as error:
        what = f"{path}:{number + 1}: not a Parquet file, or a broken one: {error}"
        raise IsoglossError(what, "give the file that the writer closed") from None
