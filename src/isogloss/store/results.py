"""Rows as a table: filtered, exported, or as a data frame."""

from __future__ import annotations

import csv
import sqlite3
from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass, fields
from operator import attrgetter
from pathlib import Path
from typing import Any

from isogloss.core.disk import reaching
from isogloss.core.errors import IsoglossError, unknown
from isogloss.core.formula import guard
from isogloss.core.types import Row

COLUMNS = tuple(f.name for f in fields(Row))
_values = attrgetter(*COLUMNS)
_TYPES = {"int": "INTEGER", "float": "REAL", "float | None": "REAL"}


@dataclass(frozen=True)
class Results:
    """A table of scores; the same rows always give the same table."""

    rows: Sequence[Row]
    out: Path | None = None
    """The folder the rows come from, where they come from one."""

    def __len__(self) -> int:
        return len(self.rows)

    def __iter__(self) -> Iterator[Row]:
        return iter(self.rows)

    def select(self, **filters: Any) -> Results:
        """Keep the rows whose columns have these values, or one of several.

        Raises:
            IsoglossError: no such column.
        """
        for name in filters:
            if name not in COLUMNS:
                raise unknown("column", name, COLUMNS)
        wanted = {name: _several(value) for name, value in filters.items()}
        kept = [
            row for row in self.rows if all(getattr(row, name) in wanted[name] for name in wanted)
        ]
        return Results(kept, self.out)

    def without(self, run: str) -> Results:
        """Leave out the rows of a run."""
        return Results([row for row in self.rows if row.run != run], self.out)

    def frame(self) -> Any:
        """Give a pandas data frame."""
        return _pandas("isogloss[frame]").DataFrame(
            [_values(row) for row in self.rows], columns=list(COLUMNS)
        )

    def to_csv(self, path: Path | str) -> Path:
        """Write a CSV file, with a header."""
        where = Path(path)
        with reaching(where, "write to"), where.open("w", encoding="utf-8", newline="") as file:
            writer = csv.writer(file)
            writer.writerow(COLUMNS)
            writer.writerows(map(guard, _values(row)) for row in self.rows)
        return where

    def to_parquet(self, path: Path | str) -> Path:
        """Write a Parquet file; needs pandas and pyarrow."""
        _pandas("pandas pyarrow", "pyarrow")
        with reaching(Path(path), "write to"):
            self.frame().to_parquet(path, index=False)
        return Path(path)

    def sqlite(self, path: Path | str | None = None) -> Path:
        """Write an SQLite file with one table, ``rows``; the old one is replaced.

        Args:
            path: where; ``results.sqlite`` beside the runs when not given.
        """
        if path is None:
            if self.out is None:
                raise IsoglossError("these results come from no folder", "give sqlite() a path")
            path = self.out / "results.sqlite"
        part = Path(f"{path}.part")
        with reaching(part, "write to"):
            part.unlink(missing_ok=True)
        columns = ", ".join(f'"{f.name}" {_TYPES.get(str(f.type), "TEXT")}' for f in fields(Row))
        marks = ", ".join("?" * len(COLUMNS))
        database = None
        try:
            database = sqlite3.connect(part)
            database.execute(f"CREATE TABLE rows ({columns})")
            database.executemany(f"INSERT INTO rows VALUES ({marks})", map(_values, self.rows))
            database.commit()
        except sqlite3.OperationalError as error:
            hint = "make room on the disk, or give a path that can be written to"
            raise IsoglossError(f"can't write {path}: {error}", hint) from error
        finally:
            if database is not None:
                database.close()
        with reaching(Path(path), "write to"):
            return part.replace(path)


def _several(value: Any) -> Collection[Any]:
    if isinstance(value, Collection) and not isinstance(value, str):
        return value
    return (value,)


def _pandas(install: str, *also: str) -> Any:
    import importlib

    try:
        for name in also:
            importlib.import_module(name)
        return importlib.import_module("pandas")
    except ImportError as error:
        raise IsoglossError(f"{error.name} is not installed", f"pip install {install}") from error
