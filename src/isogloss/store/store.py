"""The results of many runs, below one folder."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import replace
from operator import attrgetter
from pathlib import Path
from typing import Any

from isogloss.core import plugin
from isogloss.core.errors import IsoglossError
from isogloss.core.run import Fit, Run
from isogloss.core.task import Task, described
from isogloss.core.types import Example, Prediction, Row
from isogloss.store.disk import replace_file
from isogloss.store.folder import Commit, RunFolder, index, now, read_run, read_task, scan
from isogloss.store.lease import Lease
from isogloss.store.results import Results
from isogloss.store.show import Shown

OUTSIDE = "outside"
"""Revision of a system that was not trained here."""


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

    @contextmanager
    def training(self, key: str, *, wait: bool = True) -> Iterator[Path]:
        """Hold the folder of a training.

        Args:
            key: the training's ``train_key``.
            wait: wait for another process that is at it, instead of raising ``Held``.
        """
        lease = Lease(self.weights(key)).take(wait=wait)
        try:
            yield self.weights(key)
        finally:
            lease.release()

    def trained(self, key: str) -> bool:
        """Say whether a training is complete."""
        return (self.weights(key) / "complete").is_file()

    def runs(self) -> dict[str, Run]:
        """Read the settings of all runs, by id."""
        return {path.name: read_run(path) for path in self._paths()}

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
        for path in self._paths():
            kept = read_task(path)
            if "kind" in kept and read_run(path).task == task:
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
        return {path.name: set(index(path)) for path in self._paths()}

    def commits(self, run_id: str) -> list[Commit]:
        """Read a run's commits, in the order in which they were made."""
        return scan(self._path(run_id))[0]

    def rows(self) -> list[Row]:
        """Read all committed rows, sorted; others may be writing meanwhile."""
        found: list[list[Row]] = []
        for path in self._paths():
            read_run(path)
            try:
                rows = [Row(**row) for commit in scan(path)[0] for row in commit.rows]
            except TypeError as error:
                raise IsoglossError(
                    f"{path / 'rows.jsonl'} was written by another version of isogloss",
                    f"use that version, or delete {path} to run it again",
                ) from error
            if rows:  # as written within a language, the headline first
                found.append(sorted(rows, key=attrgetter("step", "split", "target")))
        found.sort(key=lambda rows: _order(rows[0]))
        return [row for rows in found for row in rows]

    def errors(self) -> dict[str, dict[str, Any]]:
        """Read what went wrong, by run id."""
        found = {}
        for path in self._paths():
            try:
                found[path.name] = json.loads((path / "error.json").read_bytes())
            except FileNotFoundError:
                continue
        return found

    def study(self) -> dict[str, Any]:
        """Read what the last study said: name, select, claims, recipes; empty without one."""
        try:
            found: dict[str, Any] = json.loads((self.out / "study.json").read_bytes())
        except FileNotFoundError:
            return {}
        except ValueError as error:
            where = self.out / "study.json"
            raise IsoglossError(f"{where} can't be read", "delete it and run again") from error
        return found

    def keep_study(self, value: Mapping[str, Any]) -> None:
        """Write ``study.json``, whole or not at all."""
        self.out.mkdir(parents=True, exist_ok=True)
        data = json.dumps(value, ensure_ascii=False, indent=1).encode()
        if not (self.out / "study.json").is_file() or self.study() != json.loads(data):
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
        lines = self._bytes(run_id, lang, split, "span").splitlines()
        return [_shown(json.loads(line)) for line in lines[:n]]

    def outputs(self, run_id: str, lang: str, split: str = "test") -> list[Any]:
        """Read the bare answers of one language, in order."""
        lines = self._bytes(run_id, lang, split, "span").splitlines()
        return [json.loads(line)["value"] for line in lines]

    def stats(self, run_id: str, lang: str, metric: str, split: str = "test") -> list[list[float]]:
        """Read a metric's item statistics, (items, k); empty where not kept."""
        start = f'{{"metric":{json.dumps(metric)},'.encode()
        for line in self._bytes(run_id, lang, split, "stats").splitlines():
            if line.startswith(start):
                found: list[list[float]] = json.loads(line)["stats"]
                return found
        return []

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
    ) -> Run:
        """Enter the outputs of an outside system into tables and tests.

        Entering the same outputs again changes nothing.

        Args:
            predictions: by language.
            rows: scores of all languages; run, cell, model and note are set here.
            examples: by language, in the order of the predictions.
            stats: by language, as ``RunFolder.commit`` takes them.
            definition: of the task, as ``folder`` takes it.

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
                    )
                elif self.predictions(run.id, lang, split) != list(answers):
                    raise IsoglossError(
                        f"other outputs for {lang} stand under the name '{name}'",
                        f"choose another name, or delete {folder.path}",
                    )
        return run

    def _paths(self) -> list[Path]:
        return sorted(path.parent for path in (self.out / "runs").glob("*/run.json"))

    def _path(self, run_id: str) -> Path:
        return self.out / "runs" / run_id

    def _bytes(self, run_id: str, lang: str, split: str, part: str) -> bytes:
        commit = index(self._path(run_id)).get((lang, split))
        if commit is None:
            return b""
        start, end = getattr(commit, part)
        with (self._path(run_id) / "predictions.jsonl").open("rb") as file:
            file.seek(start)
            return file.read(end - start)


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
