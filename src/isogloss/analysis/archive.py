"""The rows and item statistics behind a finding, packed into one small file.

A ``.tar.xz`` of five texts that any tool reads: ``study.json`` (what the study
said, and the version that scored it), ``runs.jsonl`` (each run's settings and
cost), ``rows.csv`` (its scores), ``items.jsonl`` (how each item did, for paired
tests) and ``outcomes.jsonl`` (how many outputs were in the right language, in a
source's, copies or other). Outputs, machines and dates stay behind: no figure
needs them.
"""

from __future__ import annotations

import csv
import io
import json
import lzma
import tarfile
from collections import defaultdict
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import fields
from functools import cached_property
from importlib.metadata import version
from pathlib import Path
from typing import Any

from isogloss.analysis.alarm import COVERAGE, FIDELITY
from isogloss.analysis.outcome import count
from isogloss.analysis.system import headline, systems
from isogloss.core.errors import IsoglossError
from isogloss.core.run import Run, from_json, to_json
from isogloss.core.types import Row
from isogloss.store import Shown, Store, sparing
from isogloss.store.disk import replace_file

FORMAT = 2
FILE = "evidence.tar.xz"
ROW = ("target", "condition", "split", "metric", "step", "value", "low", "high", "n", "note")
"""Columns that differ between the rows of a run."""
LEFT = ("signature", "machine", "created", "version", "material")
"""Columns that stay behind."""
RUN = tuple(f.name for f in fields(Row) if f.name not in (*ROW, *LEFT))
"""Columns that are the same in all rows of a run."""
FIRST = 48
"""The character that stands for a palette's first entry."""


class Packed(Store):
    """Read packed evidence as if it were the results folder it comes from."""

    def __init__(self, path: Path | str) -> None:
        super().__init__(path)

    def rows(self) -> list[Row]:
        """Give the rows that the finding's figures come from."""
        return self._rows

    def runs(self) -> dict[str, Run]:
        """Give the settings of all runs, by id."""
        renew = _renewed if self._about["format"] == 1 else dict
        return {name: from_json(renew(value["run"])) for name, value in self._runs.items()}

    def study(self) -> dict[str, Any]:
        """Give what the study said."""
        found: dict[str, Any] = self._about["study"]
        return found

    def errors(self) -> dict[str, dict[str, Any]]:
        """Give what went wrong, by run id."""
        found: dict[str, dict[str, Any]] = self._about["errors"]
        return found

    @property
    def scored(self) -> str:
        """Name the version of isogloss that packed it."""
        return str(self._about["isogloss"])

    def stats(self, run_id: str, lang: str, metric: str, split: str = "test") -> list[list[float]]:
        """Give a metric's item statistics, (items, k); empty where not kept."""
        found = self._items.get(run_id, {}).get(lang, {}).get(metric) if split == "test" else None
        if found is None:
            return []
        palette, codes = found
        return [palette[ord(code) - FIRST] for code in codes]

    def items(self, run_id: str, lang: str, split: str = "test") -> str:
        """Give a digest of the items answered; equal ones can be paired."""
        found = self._items.get(run_id, {}).get(lang, {}) if split == "test" else {}
        return str(found.get("items", ""))

    def shown(
        self, run_id: str, lang: str, split: str = "test", n: int | None = None
    ) -> list[Shown]:
        """Give no outputs: none are packed."""
        return []

    def outputs(self, run_id: str, lang: str, split: str = "test") -> list[Any]:
        """Give no outputs: none are packed."""
        return []

    def outcomes(self, run_id: str, lang: str) -> dict[str, int]:
        """Give how many test outputs had each outcome; empty where not counted."""
        found: dict[str, int] = self._outcomes.get(run_id, {}).get(lang, {})
        return found

    @cached_property
    def _texts(self) -> dict[str, str]:
        try:
            with tarfile.open(self.out, "r:xz") as tar:
                return {
                    member.name: file.read().decode()
                    for member in tar.getmembers()
                    if (file := tar.extractfile(member)) is not None
                }
        except (tarfile.TarError, lzma.LZMAError, OSError, EOFError) as error:
            raise IsoglossError(
                f"{self.out} is no packed evidence: {error}",
                "give a results folder, or the evidence beside a finding",
            ) from error

    @cached_property
    def _about(self) -> dict[str, Any]:
        found: dict[str, Any] = json.loads(self._texts.get("study.json", "{}"))
        if found.get("format") not in (1, FORMAT):
            raise IsoglossError(
                f"{self.out} was packed by another isogloss (format {found.get('format')})",
                "pack it again from its results folder: python studies/finding.py OUT FILE.md",
            )
        return found

    @cached_property
    def _rows(self) -> list[Row]:
        lines = csv.reader(io.StringIO(self._texts["rows.csv"]))
        next(lines)
        return [
            Row(**self._runs[run]["row"], **_row(values), signature="") for run, *values in lines
        ]

    @cached_property
    def _runs(self) -> dict[str, dict[str, Any]]:
        assert self._about
        return {one["row"]["run"]: one for one in _lines(self._texts["runs.jsonl"])}

    @cached_property
    def _items(self) -> dict[str, dict[str, Any]]:
        return {one["run"]: one["langs"] for one in _lines(self._texts["items.jsonl"])}

    @cached_property
    def _outcomes(self) -> dict[str, dict[str, dict[str, int]]]:
        # evidence of an earlier version has no counts
        return {one["run"]: one["langs"] for one in _lines(self._texts.get("outcomes.jsonl", ""))}


@sparing
def pack(store: Store, path: Path) -> Packed:
    """Keep what a finding's figures need of a results folder.

    Raises:
        IsoglossError: there are no results.
    """
    rows = store.rows()
    if not rows:
        raise IsoglossError("no results yet", "run a study first: isogloss run STUDY")
    path.parent.mkdir(parents=True, exist_ok=True)
    if isinstance(store, Packed):
        replace_file(path, store.out.read_bytes())
        return Packed(path)
    metrics = _needed(store, rows)
    last: dict[str, int] = defaultdict(int)
    for row in rows:
        last[row.run] = max(last[row.run], row.step)
    kept = [row for row in rows if _kept(row, metrics, last[row.run])]
    about = {
        "format": FORMAT,
        "isogloss": version("isogloss"),
        "study": store.study(),
        "errors": {run: {"error": str(e.get("error"))} for run, e in store.errors().items()},
    }
    texts = {
        "study.json": json.dumps(about, ensure_ascii=False, indent=1) + "\n",
        "runs.jsonl": _joined(_settings(store, kept)),
        "rows.csv": _table(kept),
        "items.jsonl": _joined(_stats(store, kept, metrics)),
        "outcomes.jsonl": _joined(_counts(store, kept)),
    }
    replace_file(path, _archive(texts))
    return Packed(path)


def _renewed(run: Mapping[str, Any]) -> dict[str, Any]:
    """Bring a run of format 1, which had fingerprints of its training data alone, to format 2."""
    kept = {key: value for key, value in run.items() if key not in ("data", "alone")}
    alone = run.get("alone") or [run["data"]] * len(run["sources"])
    read = zip(run["sources"], alone, strict=True)
    return kept | {"material": [("examples", lang, digest) for lang, digest in read]}


def _needed(store: Store, rows: Sequence[Row]) -> set[str]:
    """Name the metrics that tables, claims and the selection read."""
    there = {row.metric for row in rows}
    said = set(_words(store.study()))
    found = systems(rows)
    tasks = {system.task for system in found}
    heads = {headline(task, [s for s in found if s.task == task]) for task in tasks}
    return {FIDELITY, COVERAGE, *heads, *(said & there)}


def _words(value: Any) -> Iterator[str]:
    """Give every text in a nest of lists and tables."""
    if isinstance(value, str):
        yield value
    elif isinstance(value, Mapping):
        yield from _words(list(value.values()))
    elif isinstance(value, list | tuple):
        for part in value:
            yield from _words(part)


def _kept(row: Row, metrics: Collection[str], last: int) -> bool:
    if row.split not in ("dev", "test"):  # what a policy of selection asked for
        return True
    if row.step < last and (row.condition or row.metric == COVERAGE):
        return False
    return row.metric in metrics


def _settings(store: Store, rows: Iterable[Row]) -> Iterator[dict[str, Any]]:
    runs = store.runs()
    longest: dict[str, Row] = {}  # a language may need parts that the ones before it did not
    for row in rows:
        if row.run not in longest or row.seconds > longest[row.run].seconds:
            longest[row.run] = row
    for name, row in longest.items():
        yield {"row": {key: getattr(row, key) for key in RUN}, "run": to_json(runs[name])}


def _table(rows: Iterable[Row]) -> str:
    file = io.StringIO()
    writer = csv.writer(file, lineterminator="\n")
    writer.writerow(("run", *ROW))
    writer.writerows((row.run, *(getattr(row, key) for key in ROW)) for row in rows)
    return file.getvalue()


def _row(values: Sequence[str]) -> dict[str, Any]:
    target, condition, split, metric, step, value, low, high, n, note = values
    numbers = (float(text) if text else None for text in (value, low, high))
    texts = zip(ROW[:4], (target, condition, split, metric), strict=True)
    found = dict(texts) | dict(zip(ROW[5:8], numbers, strict=True))
    return found | {"step": int(step), "n": int(n), "note": note}


def _stats(store: Store, rows: Iterable[Row], metrics: Collection[str]) -> Iterator[dict[str, Any]]:
    """Give each run's item statistics; an item is a letter that stands for its numbers."""
    langs: dict[str, dict[str, None]] = defaultdict(dict)
    for row in rows:
        if row.split == "test":
            langs[row.run][row.target] = None
    for run in langs:
        found = {
            lang: {"items": digest}
            | {
                name: _coded(stats)
                for name in sorted(metrics)
                if (stats := store.stats(run, lang, name))
            }
            for lang in langs[run]
            if (digest := store.items(run, lang))
        }
        yield {"run": run, "langs": found}


def _counts(store: Store, rows: Iterable[Row]) -> Iterator[dict[str, Any]]:
    """Count each run's outcomes, where a language was judged."""
    judged: dict[str, dict[str, list[str]]] = defaultdict(dict)
    for row in rows:
        if row.split == "test" and row.metric == FIDELITY and row.value is not None:
            judged[row.run][row.target] = row.sources.split(",")
    for run, langs in judged.items():
        yield {"run": run, "langs": {lang: count(store, run, lang, langs[lang]) for lang in langs}}


def _coded(stats: Sequence[Sequence[float]]) -> list[Any]:
    palette = {entry: place for place, entry in enumerate(sorted({tuple(s) for s in stats}))}
    return [list(palette), "".join(chr(FIRST + palette[tuple(s)]) for s in stats)]


def _lines(text: str) -> Iterator[Any]:
    return (json.loads(line) for line in text.split("\n") if line)


def _joined(values: Iterable[Any]) -> str:
    return "".join(
        json.dumps(value, ensure_ascii=False, separators=(",", ":")) + "\n" for value in values
    )


def _archive(texts: Mapping[str, str]) -> bytes:
    """Pack without dates and owners, so that the same rows give the same bytes."""
    file = io.BytesIO()
    with tarfile.open(fileobj=file, mode="w", format=tarfile.USTAR_FORMAT) as tar:
        for name, text in texts.items():
            data = text.encode()
            member = tarfile.TarInfo(name)
            member.size = len(data)
            tar.addfile(member, io.BytesIO(data))
    return lzma.compress(file.getvalue(), preset=9)
