"""Run the cells of a study, one after the other; a failing one stops no other."""

from __future__ import annotations

import logging
from pathlib import Path

from isogloss.core.errors import Failed, IsoglossError
from isogloss.core.machine import Machine
from isogloss.run.pipeline import Setting, execute
from isogloss.run.plan import Cell
from isogloss.run.study import Study
from isogloss.store import Held, Results, Store

log = logging.getLogger("isogloss")


def run_study(study: Study, out: Path, *, machine: Machine, trust: bool = False) -> Results:
    """Run what the store lacks, and give all results.

    Raises:
        Failed: cells failed; names them.
    """
    plan = study.plan()
    for warning in plan.warnings:
        log.warning(warning)
    for what, reason in plan.skipped:
        log.warning("skipped: %s: %s", what, reason)
    store = Store(out)
    setting = Setting(store, machine, study.tasks_by_name(), study.data, trust)
    failed = [
        f"{cell.label} ({cell.run.id}): {error}"
        for number, cell in enumerate(plan.cells, 1)
        if (error := _attempt(cell, number, len(plan.cells), setting, study)) is not None
    ]
    if failed:
        count = f"{len(failed)} of {len(plan.cells)} runs failed"
        raise Failed(f"{count}:\n" + "\n".join(failed), "mend the cause and run again")
    return store.results()


def _attempt(cell: Cell, number: int, total: int, setting: Setting, study: Study) -> str | None:
    run = cell.run
    log.info(
        "%d/%d %s: %s on %s, lr %g, seed %d",
        number, total, cell.label, run.task, run.model, run.fit.lr, run.seed,
    )  # fmt: skip
    try:
        execute(run, cell.pairs, setting, label=cell.label, watch=study.watch)
    except Held as error:  # another process is at it: its folder is not ours to write to
        return str(error)
    except Exception as error:
        with setting.store.folder(run) as folder:
            folder.fail(error)
        log.debug("run %s failed", run.id, exc_info=True)
        return str(error) if isinstance(error, IsoglossError) else f"{error!r}"
    return None
