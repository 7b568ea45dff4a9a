"""Benchmarks released as one table per language and split, in a folder and on the hub."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from isogloss.core.errors import IsoglossError, unknown
from isogloss.core.task import SPLITS
from isogloss.core.types import Example
from isogloss.kind.example import build, check_ids
from isogloss.reader import folder, hub, table, text

Placed = tuple[str, Mapping[str, Any]]
"""Where a line stands, for errors, and its values."""


@dataclass(frozen=True)
class Release:
    """Where the tables of a benchmark are; files that are missing are no error."""

    name: str
    """The folder's, and the task's."""
    files: str
    """Path of a table below its folder, with `{lang}` and `{split}`."""
    langs: Mapping[str, str]
    """Language -> how the release calls it."""
    columns: tuple[str, ...]
    """Columns that every table must have."""
    hub: str
    revision: str
    config: bool = False
    """Whether a language is a configuration on the hub, or a folder."""
    dev: str = "dev"
    """How files spell the dev split."""

    def rows(self, lang: str, split: str, data: Path | None) -> list[Placed]:
        """Read one split of one language; empty where it lacks the split.

        Raises:
            IsoglossError: an unknown language, or one that has no file at all.
        """
        if data is None:
            rows = hub.rows(self.hub, *self._place(lang, split))
            where = f"{self.hub} {self.langs[lang]} {split}"
            return [(f"{where} {n}", row) for n, row in enumerate(rows, 1)]
        files = self._files(data)
        if lang not in files:
            raise unknown(f"language of {self.name} here:", lang, files)
        path = files[lang].get(split)
        if path is None:
            return []
        found = table.read(path)
        found.need(self.columns)
        return [(f"{path}:{record.line}", record.values) for record in found.records]

    def available(self, data: Path | None) -> Mapping[str, tuple[str, ...]]:
        """List the splits of each language."""
        if data is None:
            return dict.fromkeys(self.langs, SPLITS)
        return {lang: tuple(files) for lang, files in self._files(data).items()}

    def digest(self, lang: str, split: str, data: Path | None) -> str:
        """Fingerprint the file of a split."""
        if data is None:
            return hub.fingerprint(self.hub, *self._place(lang, split))
        path = self._files(data).get(lang, {}).get(split)
        return text.digest([path] if path else [])

    @property
    def moving(self) -> str:
        """Name what is read from the hub, if it may move."""
        return hub.moving(self.hub, self.revision)

    def _place(self, lang: str, split: str) -> tuple[str | None, str, str, str | None]:
        """Give configuration, split, revision and folder of a language on the hub."""
        if lang not in self.langs:
            raise unknown(f"language of {self.name}:", lang, self.langs)
        name = self.langs[lang]
        config, below = (name, None) if self.config else (None, name)
        return config, split, self.revision, below

    def _files(self, data: Path) -> dict[str, dict[str, Path]]:
        root = folder.of(data, self.name)
        found: dict[str, dict[str, Path]] = {}
        for lang in self.langs:
            for split in SPLITS:
                path = root / self._path(lang, split)
                if path.is_file():
                    found.setdefault(lang, {})[split] = path
        if not found:
            what, one = f"no file of {self.name} in '{root}'", next(iter(self.langs))
            raise IsoglossError(what, f"they are called {self._path(one, 'dev')} …")
        return found

    def _path(self, lang: str, split: str) -> str:
        spelled = self.dev if split == "dev" else split
        return self.files.format(lang=self.langs[lang], split=spelled)


def summaries(
    rows: Iterable[Placed], lang: str, *, name: str, text: str, target: str
) -> list[Example]:
    """Make examples of rows by their columns: an id, a text, and what is written of it."""
    placed = []
    for where, row in rows:
        values = {"text": row[text], "target": row[target]}
        found = build("generate", values, where=where, id=str(row[name]), lang=lang)
        placed.append((where, found))
    check_ids(placed)
    return [example for _, example in placed]
