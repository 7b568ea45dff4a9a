"""The results of many runs, below one folder."""

from __future__ import annotations

import json
import os
import sys
from collections import deque
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import AbstractContextManager, contextmanager, suppress
from dataclasses import MISSING, fields, replace
from functools import lru_cache
from operator import attrgetter, itemgetter
from pathlib import Path
from typing import Any, NamedTuple, TypeVar

from isogloss import plugin
from isogloss.core.disk import reaching, read_object
from isogloss.core.errors import IsoglossError
from isogloss.core.kind import as_text
from isogloss.core.run import Fit, Run
from isogloss.core.task import Task, described
from isogloss.core.types import Example, Prediction, Row
from isogloss.store.broken import Broken, leave_out, remember
from isogloss.store.disk import replace_file
from isogloss.store.folder import (
    Commit,
    RunFolder,
    index,
    look,
    now,
    part,
    read_run,
    read_task,
    scan,
)
from isogloss.store.lease import Lease
from isogloss.store.results import Results
from isogloss.store.show import Show, Shown

OUTSIDE = "outside"
"""Revision of a system that was not trained here."""
SAID = {
    "name": str | None,
    "select": Mapping[str, Any] | None,
    "claims": tuple[Mapping[str, Any], ...] | None,
    "recipes": Mapping[str, str] | None,
    "page": tuple[str, ...] | None,
}
"""What ``study.json`` holds."""
T = TypeVar("T")
_TYPES: dict[str, set[type]] = {
    "int": {int},
    "str": {str},
    "float": {float, int},
    "float | None": {float, int, type(None)},
}
_KINDS = {f.name: _TYPES[str(f.type)] for f in fields(Row)}
"""What a row's columns hold, in their order."""
_DEFAULTS = {f.name: f.default for f in fields(Row) if f.default is not MISSING}


class Used(NamedTuple):
    """What trainings, or adaptations, take of the disk."""

    folders: int
    unfinished: int
    """Those that are under way, or were stopped."""
    bytes: int


class Store:
    """Read all runs below a folder, and hand out folders to write to."""

    def __init__(self, out: Path | str) -> None:
        self.out = Path(out)

    def folder(self, run: Run, task: Mapping[str, Any] | None = None) -> RunFolder:
        """Give a run's folder; entering it takes the lease.

        Args:
            run: whose folder it is.
            task: definition of the run's task, kept in a folder that is new.

        Raises:
            Held: on entering, where another live process writes it.
        """
        return RunFolder(self._path(run.id), run, task)

    def weights(self, key: str) -> Path:
        """Give the folder of a training, by its ``train_key``."""
        return self.out / "weights" / key

    def adapted(self, key: str) -> Path:
        """Give the folder of what is trained after a training; see ``run.keep``."""
        return self.out / "adapted" / key

    def training(self, key: str, *, wait: bool = True) -> AbstractContextManager[Path]:
        """Hold the folder of a training, by its ``train_key``; see ``holding``."""
        return self.holding(self.weights(key), wait=wait)

    @contextmanager
    def holding(self, folder: Path, *, wait: bool = True) -> Iterator[Path]:
        """Hold a folder that is trained in.

        Args:
            folder: of a training or an adaptation.
            wait: wait for another process that is at it, instead of raising ``Held``.
        """
        lease = Lease(folder).take(wait=wait)
        try:
            yield folder
        finally:
            lease.release()

    def trained(self, key: str) -> bool:
        """Say whether a training is complete."""
        return (self.weights(key) / "complete").is_file()

    def used(self, kind: str) -> Used:
        """Measure the folders of trainings, `weights`, or of what follows them, `adapted`."""
        folders = [path for path in (self.out / kind).glob("*") if path.is_dir()]
        files = [file for folder in folders for file in folder.rglob("*") if file.is_file()]
        return Used(len(folders), sum(map(_unfinished, folders)), sum(map(_size, files)))

    def runs(self) -> dict[str, Run]:
        """Read the settings of all runs, by id."""
        return dict(self._each(look))

    def run(self, run_id: str) -> Run:
        """Read the settings of one run."""
        return read_run(self._path(run_id))

    def task(self, run_id: str) -> dict[str, Any]:
        """Read what a run keeps of its task; empty for one of the package's own."""
        return read_task(self._path(run_id))

    def about(self, task: str) -> Task | None:
        """Describe a task: the one that goes by this name, else what a run kept of it."""
        if task in plugin.names("task"):
            return plugin.task(task)
        for name, run in self.runs().items():
            kept = self.task(name) if run.task == task else {}
            if "kind" in kept:
                return described(task, kept)
        return None

    def name(self, run_id: str) -> str:
        """Read the name of a run's recipe in the study that asked for it; empty without one."""
        try:
            with (self._path(run_id) / "rows.jsonl").open("rb") as file:
                return str(json.loads(file.readline())["rows"][0]["label"])
        except (OSError, ValueError, LookupError, TypeError):
            return ""

    def done(self) -> dict[str, set[tuple[str, str]]]:
        """List what is committed, by run id: (language, split)."""
        return {name: set(found) for name, found in self._each(index)}

    def material(self, run_id: str) -> dict[tuple[str, str], str]:
        """Give what was read for the scores of each language alone: (language, split) -> digest."""
        found = index(self._path(run_id))
        return {pair: commit.material for pair, commit in found.items()}

    def commits(self, run_id: str) -> list[Commit]:
        """Read a run's commits, in the order in which they were made."""
        return scan(self._path(run_id))[0]

    def rows(self) -> list[Row]:
        """Read all committed rows, sorted; others may be writing meanwhile."""
        found = [rows for _, rows in self._each(_rows) if rows]
        found.sort(key=lambda rows: _order(rows[0]))
        return [row for rows in found for row in rows]

    def errors(self) -> dict[str, dict[str, Any]]:
        """Read what went wrong, by run id; a broken folder is an error of its run."""
        found: dict[str, dict[str, Any]] = {}
        for path in self._paths():
            where = path / "error.json"
            try:
                if where.exists():
                    found[path.name] = read_object(where, f"delete {where}", {"error": str})
                look(path)
            except IsoglossError as error:
                found[path.name] = {"type": "Broken", "error": str(error)}
        return found

    def study(self) -> dict[str, Any]:
        """Read what the last study said: name, select, claims, recipes; empty without one.

        Raises:
            IsoglossError: it can't be read.
        """
        where = self.out / "study.json"
        return read_object(where, "delete it and run again", SAID) if where.exists() else {}

    def keep_study(self, value: Mapping[str, Any]) -> None:
        """Write ``study.json``, whole or not at all."""
        with reaching(self.out, "write to"):
            self.out.mkdir(parents=True, exist_ok=True)
        data = json.dumps(value, ensure_ascii=False, indent=1).encode()
        known: dict[str, Any] = {}
        with suppress(IsoglossError):  # a broken one is written anew
            known = self.study()
        if known != json.loads(data):
            replace_file(self.out / "study.json", data)

    def results(self) -> Results:
        """Read all rows as a table."""
        return Results(self.rows(), self.out)

    def predictions(self, run_id: str, lang: str, split: str = "test") -> list[Prediction]:
        """Read the predictions of one language; empty where there are none."""
        return [shown.prediction for shown in self.shown(run_id, lang, split)]

    def shown(
        self, run_id: str, lang: str, split: str = "test", n: int | None = None
    ) -> list[Shown]:
        """Read predictions with the texts around them, the first n or all."""
        return self._lines(run_id, lang, split, "span", _shown)[:n]

    def outputs(self, run_id: str, lang: str, split: str = "test") -> list[Any]:
        """Read the bare answers of one language, in order."""
        return self._lines(run_id, lang, split, "span", itemgetter("value"))

    def stats(self, run_id: str, lang: str, metric: str, split: str = "test") -> list[list[float]]:
        """Read a metric's item statistics, (items, k); empty where not kept."""
        start = f'{{"metric":{json.dumps(metric)},'.encode()
        found: list[list[list[float]]] = self._lines(
            run_id, lang, split, "stats", itemgetter("stats"), start
        )
        return found[0] if found else []

    def items(self, run_id: str, lang: str, split: str = "test") -> str:
        """Give a digest of the items answered; equal ones can be paired."""
        commit = index(self._path(run_id)).get((lang, split))
        return commit.items if commit else ""

    def outside(self, name: str, task: str, seed: int = 0, version: str = "") -> Run:
        """Give the run that stands for a system which was not trained here."""
        return Run(
            task=task,
            model=name,
            sources=(),
            seed=seed,
            fit=Fit(steps=0, lr=0.0),
            revision=OUTSIDE,
            task_version=version,
        )

    def enter(
        self,
        name: str,
        task: str,
        predictions: Mapping[str, Sequence[Prediction]],
        rows: Sequence[Row],
        *,
        split: str = "test",
        seed: int = 0,
        examples: Mapping[str, Sequence[Example]] | None = None,
        stats: Mapping[str, Mapping[str, Any]] | None = None,
        definition: Mapping[str, Any] | None = None,
        show: Show = as_text,
    ) -> Run:
        """Enter the outputs of an outside system into tables and tests.

        Entering the same outputs again changes nothing.

        Args:
            predictions: by language.
            rows: scores of all languages; run, cell, model and note are set here.
            examples: by language, in the order of the predictions.
            stats: by language, as ``RunFolder.commit`` takes them.
            definition: of the task, as ``folder`` takes it.
            show: how answers are written for people, as ``RunFolder.commit`` takes it.

        Raises:
            IsoglossError: other outputs stand under this name.
        """
        run = self.outside(name, task, seed, next((row.task_version for row in rows), ""))
        rows = [
            replace(r, run=run.id, cell=run.cell, model=name, seed=seed, note=_noted(r.note))
            for r in rows
        ]
        with self.folder(run, definition) as folder:
            for lang, answers in predictions.items():
                if (lang, split) not in folder.done():
                    folder.commit(
                        lang,
                        split,
                        answers,
                        [replace(row, created=now()) for row in rows if row.target == lang],
                        examples=(examples or {}).get(lang, ()),
                        stats=(stats or {}).get(lang),
                        show=show,
                    )
                elif self.predictions(run.id, lang, split) != list(answers):
                    raise IsoglossError(
                        f"other outputs for {lang} stand under the name '{name}'",
                        f"choose another name, or delete {folder.path}",
                    )
        return run

    def _paths(self) -> list[Path]:
        try:
            names = sorted(os.listdir(self.out / "runs"))
        except (FileNotFoundError, NotADirectoryError):
            return []
        paths = map(self._path, names)
        return [path for path in paths if os.path.lexists(f"{path}/run.json")]

    def _path(self, run_id: str) -> Path:
        return _path(self.out, run_id)

    def _each(self, read: Callable[[Path], T]) -> Iterator[tuple[str, T]]:
        """Read something of each run's folder; a broken folder is named and left out."""
        for path in self._paths():
            try:
                value = read(path)
                look(path)
            except Broken as error:
                leave_out(remember(error))
            else:
                yield path.name, value

    def _lines(
        self,
        run_id: str,
        lang: str,
        split: str,
        name: str,
        read: Callable[[Any], T],
        start: bytes = b"",
    ) -> list[T]:
        """Read the lines of a part of a commit that begin so.

        Raises:
            Broken: they are not what was written.
        """
        path = self._path(run_id)
        commit = index(path).get((lang, split))
        if commit is None:
            return []
        lines = part(path, commit, name).splitlines()
        try:
            return [read(json.loads(line)) for line in lines if line.startswith(start)]
        except (ValueError, KeyError, TypeError, AttributeError, RecursionError) as error:
            what = f"{path / 'predictions.jsonl'} can't be read: {lang} {split} holds other things"
            raise remember(Broken(path, what)) from error


def _unfinished(folder: Path) -> bool:
    """Tell whether something in a folder of trainings is not trained to its end."""
    stages = [path for path in folder.glob("[a-z]*-[0-9]*") if not path.name.startswith("broken-")]
    return any(not (path / "manifest.json").is_file() for path in stages)


def _size(path: Path) -> int:
    try:
        return path.stat().st_size
    except OSError:  # moved meanwhile
        return 0


@lru_cache(maxsize=2**14)
def _path(out: Path, run_id: str) -> Path:
    """Give a run's folder; the same path again spares making and hashing it."""
    return out / "runs" / run_id


def _rows(path: Path) -> list[Row]:
    """Read a run's rows, as written within a language, the headline first."""
    where = path / "rows.jsonl"
    values = [_whole(path, row) for commit in scan(path)[0] for row in commit.rows]
    rows = [Row.__new__(Row) for _ in values]
    # a column at a time: a third of what the constructor takes
    for name, kinds in _KINDS.items():
        column = [value[name] for value in values]
        types = set(map(type, column))
        if wrong := types - kinds:
            kind = min(kind.__name__ for kind in wrong)
            raise Broken(path, f"{where} has values of a wrong type in {name}: {kind}")
        if len(types) == 1:
            column = _shared(column)
        deque(map(getattr(Row, name).__set__, rows, column), maxlen=0)
    if others := {row.run for row in rows} - {path.name}:
        raise Broken(path, f"{where} has rows of another run, {min(others)}")
    return sorted(rows, key=attrgetter("step", "split", "target"))


def _whole(path: Path, row: Any) -> dict[str, Any]:
    """Give all columns of a row, those that it lacks by default."""
    if isinstance(row, dict):
        value = row if len(row) == len(_KINDS) else _DEFAULTS | row
        if value.keys() == _KINDS.keys():
            return value
    raise Broken(
        path,
        f"{path / 'rows.jsonl'} is broken, or was written by another version of isogloss",
        f"use that version, or delete {path} to run it again",
    )


def _shared(column: list[Any]) -> list[Any]:
    """Keep what all rows of a run say once, and texts once for all runs."""
    first = column[0]
    if first and column.count(first) == len(column):
        column = [first] * len(column)
    return [*map(sys.intern, column)] if type(first) is str else column


def _noted(note: str) -> str:
    return note if OUTSIDE in note else "; ".join(filter(None, (note, OUTSIDE)))


def _order(row: Row) -> tuple[Any, ...]:
    """Give what all rows of a run share, to sort runs by."""
    return row.task, row.model, row.sources, row.recipe, row.lr, row.seed, row.run


def _shown(value: dict[str, Any]) -> Shown:
    prediction = Prediction(
        value["id"],
        _tuples(value["value"]),
        value.get("scores", {}),
        tuple(value.get("flags", ())),
    )
    return Shown(prediction, value.get("input", ""), value.get("gold", ""), value["output"])


def _tuples(value: Any) -> Any:
    return tuple(_tuples(part) for part in value) if isinstance(value, list) else value
