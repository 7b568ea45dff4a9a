"""Run the cells of a study in one process or several; a failing one stops no other."""

from __future__ import annotations

import logging
import time
from collections.abc import Sequence
from pathlib import Path
from typing import Annotated

from isogloss.core.errors import Failed, IsoglossError
from isogloss.core.field import Range, again, fit_type
from isogloss.core.machine import Machine
from isogloss.core.run import Run
from isogloss.core.stop import check
from isogloss.run.definition import agree
from isogloss.run.material import asks, stale
from isogloss.run.pipeline import Setting, access
from isogloss.store import Results, Store
from isogloss.study.check import checked
from isogloss.study.confirm import confirming
from isogloss.study.cost import spell
from isogloss.study.plan import Job, plan_study
from isogloss.study.study import Study
from isogloss.study.workers import End, pool

log = logging.getLogger("isogloss")

PAUSE = 1.0
"""Seconds after which a cell that another process held is tried again, at first."""
LONGEST = 32.0
"""Longest such pause, in seconds; each one is twice the one before."""
DEATHS = 2
"""A cell whose process died so often has failed."""


def run_study(
    study: Study,
    out: Path | str,
    *,
    machine: Machine | None = None,
    trust: bool = False,
    workers: int = 1,
) -> Results:
    """Run what the store lacks of a study, and give all results.

    Args:
        study: what is run.
        out: results folder; other processes and hosts may work on it as well.
        machine: where it runs.
        trust: run code that a hub repository brings.
        workers: processes that share the work.

    Raises:
        Failed: cells failed; names them. Their errors are in their folders.
        IsoglossError: a value that is not allowed.
    """
    machine = again(machine or Machine(), "machine")
    workers = fit_type(workers, Annotated[int, Range(least=1)], "workers")
    study, out = checked(study), Path(out)
    store = Store(out)
    agree(study.tasks_by_name().values(), store)
    plan = plan_study(study)
    for warning in (*plan.warnings, *plan.gaps):
        log.warning(warning)
    for what, reason in plan.skipped:
        log.warning("skipped: %s: %s", what, reason)
    store.keep_study(study.said())
    setting = Setting(store, machine, study.tasks_by_name(), study.data, trust)
    failed = run_cells(plan.cells, setting, study, workers)
    later = confirming(study, plan, store)
    if later:
        log.info("%d runs with more seeds at the rates that matter", len(later))
        failed += run_cells(later, setting, study, workers)
    if failed:
        count = f"{len(failed)} of {len(plan.cells) + len(later)} runs failed"
        raise Failed(
            f"{count}:\n" + "\n".join(failed),
            "do what stands beneath each of them, and run again: what is done stays done",
        )
    return store.results()


def run_cells(cells: Sequence[Job], setting: Setting, study: Study, workers: int = 1) -> list[str]:
    """Run what the store lacks of some cells, and tell what failed.

    A cell that another process is at, or whose training is, comes later.
    """
    done, errors = setting.store.done(), setting.store.errors()
    todo = [
        cell
        for cell in cells
        if cell.run.id in errors
        or not done.get(cell.run.id, set()).issuperset(cell.pairs)
        or _stale(cell.run, setting)
    ]
    if not todo:
        return []
    queue, progress = _Queue(todo, setting.store), _Progress(len(cells), len(todo))
    with pool(min(workers, len(todo)), setting, study) as processes:
        while queue or processes.cells:
            check()
            while processes.free and (cell := queue.take(processes.cells)) is not None:
                processes.start(cell)
            for end in processes.next(PAUSE):
                if end.state == "held":
                    queue.put_off(end)
                elif end.state == "died" and queue.again(end):
                    log.warning("%s: %s; it goes on from there", end.cell.title, end.said)
                else:
                    if end.state == "died":
                        _keep(end, setting.store)
                    progress.tell(end)
    return progress.failed


def _stale(run: Run, setting: Setting) -> bool:
    """Tell whether a run has scores that don't hold any more, which running it tells."""
    if not asks(run):
        return False
    return bool(stale(run, setting.store.material(run.id), access(run, setting).digest))


def _keep(end: End, store: Store) -> None:
    """Keep the error of a cell whose processes died, which they could not do."""
    with store.folder(end.cell.run) as folder:
        folder.fail(IsoglossError(end.said, "out of memory? then take fewer workers"))


class _Queue:
    """The cells that are left, in order, less those that would wait for another."""

    def __init__(self, cells: Sequence[Job], store: Store) -> None:
        self._store = store
        self._cells = list(cells)
        self._keys = {
            cell.run.id: [run.train_key for run in (cell.run, *cell.run.parts)] for cell in cells
        }
        self._rest: dict[str, tuple[float, float]] = {}
        """Run -> when it may be tried again, and the pause that this took."""
        self._deaths: dict[str, int] = {}

    def __len__(self) -> int:
        return len(self._cells)

    def take(self, busy: Sequence[Job]) -> Job | None:
        """Take the first cell that needs no training which a busy one is at."""
        taken = {key for cell in busy for key in self._untrained(cell)}
        for place, cell in enumerate(self._cells):
            resting = self._rest.get(cell.run.id, (0.0, 0.0))[0] > time.monotonic()
            if not resting and (not busy or taken.isdisjoint(self._untrained(cell))):
                return self._cells.pop(place)
        return None

    def put_off(self, end: End) -> None:
        """Take back a cell that another process holds, for later."""
        run = end.cell.run.id
        pause = min(LONGEST, 2 * self._rest[run][1]) if run in self._rest else PAUSE
        if run not in self._rest:
            log.info("%s: later, as %s", end.cell.title, end.said.split("\n")[0])
        self._rest[run] = (time.monotonic() + pause, pause)
        self._cells.append(end.cell)

    def again(self, end: End) -> bool:
        """Take back a cell whose process died; not for ever."""
        run = end.cell.run.id
        self._deaths[run] = self._deaths.get(run, 0) + 1
        if self._deaths[run] < DEATHS:
            self._cells.insert(0, end.cell)
        return self._deaths[run] < DEATHS

    def _untrained(self, cell: Job) -> list[str]:
        return [key for key in self._keys[cell.run.id] if not self._store.trained(key)]


class _Progress:
    """A line for each cell that has ended, with the time that the rest may take."""

    def __init__(self, total: int, todo: int) -> None:
        self.failed: list[str] = []
        self._total, self._first, self._ended = total, total - todo, 0
        self._began = time.monotonic()
        if self._first:
            log.info("%d of %d runs were done before", self._first, total)

    def tell(self, end: End) -> None:
        """Count a cell and say how it ended."""
        self._ended += 1
        number = self._first + self._ended
        each = (time.monotonic() - self._began) / self._ended
        took = spell(end.seconds)
        if end.state != "done":
            self.failed.append(f"{end.cell.label} ({end.cell.run.id}): {end.said}")
            took = f"failed: {end.said.splitlines()[0]}"
        left = f"; {60 / each:.3g} runs a minute, {spell(each * (self._total - number))} left"
        rest = left if number < self._total else ""
        log.info("%d/%d %s: %s%s", number, self._total, end.cell.title, took, rest)
