"""Processes of one machine that run cells: this one, or several beside it."""

from __future__ import annotations

import logging
import multiprocessing
import os
import pickle
import signal
import threading
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass, replace
from functools import partial
from multiprocessing.connection import Connection, wait
from pathlib import Path
from typing import NamedTuple

from isogloss import plugin
from isogloss.core.disk import unreached
from isogloss.core.errors import IsoglossError
from isogloss.core.machine import Machine
from isogloss.core.stop import Wanted, listen, listening
from isogloss.core.task import Task
from isogloss.run.part import Parts, bound
from isogloss.run.pipeline import Setting, execute
from isogloss.store import Held, Store
from isogloss.study.plan import Job
from isogloss.study.study import Study

log = logging.getLogger("isogloss")

STOPPED = 75
"""Exit code after a stop that saves the training under way: EX_TEMPFAIL, as of ``models.fit``."""
STOP: Wanted = dict.fromkeys((signal.SIGTERM, signal.SIGUSR1), partial(SystemExit, STOPPED))
"""Signals that ask for such a stop."""


class End(NamedTuple):
    """How an attempt at a cell ended."""

    cell: Job
    state: str
    """`done`, `failed`, `held` by another process, or `died` with its worker."""
    said: str = ""
    seconds: float = 0.0


def attempt(cell: Job, setting: Setting, study: Study) -> End:
    """Run a cell here; an error is kept in its folder."""
    began = time.monotonic()
    state, said = "done", ""
    try:
        try:
            execute(cell.run, cell.pairs, setting, label=cell.label, watch=study.watch)
        except Held:
            raise
        except Exception as error:
            log.debug("run %s failed", cell.run.id, exc_info=True)
            known = unreached(error) if isinstance(error, OSError) else error
            state, said = "failed", str(known) if isinstance(known, IsoglossError) else f"{error!r}"
            _keep(cell, error, setting)
    except Held as error:  # another process is at it: its folder is not ours to write to
        state, said = "held", str(error)
    return End(cell, state, said, time.monotonic() - began)


def _keep(cell: Job, error: Exception, setting: Setting) -> None:
    """Keep an error in the folder of its cell, where that can be written to."""
    try:
        with setting.store.folder(cell.run) as folder:
            folder.fail(error)
    except Held:
        raise
    except IsoglossError as beyond:
        log.debug("the error of run %s can't be kept: %s", cell.run.id, beyond)


class Here:
    """This process: a cell starts when the one before has ended."""

    def __init__(self, setting: Setting, study: Study) -> None:
        self.setting, self.study = setting, study
        self._ended: list[End] = []

    @property
    def cells(self) -> list[Job]:
        """List the cells under way."""
        return [end.cell for end in self._ended]

    @property
    def free(self) -> bool:
        """Say whether a cell can be started."""
        return not self._ended

    def start(self, cell: Job) -> None:
        """Run a cell."""
        self._ended.append(attempt(cell, self.setting, self.study))

    def next(self, timeout: float) -> list[End]:
        """Give what has ended; wait for it a while."""
        if not self._ended:
            time.sleep(timeout)
        ended, self._ended = self._ended, []
        return ended


class Workers:
    """Processes beside this one; one that dies is replaced."""

    def __init__(self, count: int, setting: Setting, study: Study) -> None:
        self._job = _packed(setting, study, count)
        self._workers = [_Worker(number, self._job) for number in range(count)]

    @property
    def cells(self) -> list[Job]:
        """List the cells under way."""
        return [worker.cell for worker in self._workers if worker.cell is not None]

    @property
    def free(self) -> bool:
        """Say whether a cell can be started."""
        return any(worker.cell is None for worker in self._workers)

    def start(self, cell: Job) -> None:
        """Hand a cell to a process that has none."""
        worker = next(worker for worker in self._workers if worker.cell is None)
        worker.cell = cell
        with suppress(OSError):  # a dead one is noticed by ``next``
            worker.wire.send(cell)

    def next(self, timeout: float) -> list[End]:
        """Give what has ended; wait for it a while."""
        ended = []
        ready = wait([worker.wire for worker in self._workers], timeout)
        for place, worker in enumerate(self._workers):
            if worker.wire not in ready:
                continue
            try:
                found = worker.wire.recv()
            except (EOFError, OSError):
                if (end := worker.died()) is not None:
                    ended.append(end)
                self._workers[place] = _Worker(worker.number, self._job)
                continue
            if isinstance(found, End):
                worker.cell = None
                ended.append(found)
            elif found is None:
                worker.begun = True
            elif worker.cell is not None:
                log.log(found[0], "%s: %s", worker.cell.title, found[1])
        return ended

    def close(self, stop: bool) -> None:
        """Let the processes end; with ``stop``, save their trainings and end at once."""
        for worker in self._workers:
            if stop:
                worker.process.terminate()
            worker.wire.close()
        for worker in self._workers:
            worker.process.join()


@contextmanager
def pool(count: int, setting: Setting, study: Study) -> Iterator[Here | Workers]:
    """Open as many processes as are asked for; one is this one.

    Told to stop by a signal or an error, it stops all of them.
    """
    setting = replace(setting, wait=False)
    if count == 1:
        yield Here(setting, study)
        return
    with listening(STOP):
        workers = Workers(count, setting, study)
        stop = True
        try:
            yield workers
            stop = False
        finally:
            workers.close(stop)


@dataclass(frozen=True)
class _Job:
    """What a worker needs to know; tasks of the catalogue are found by their names."""

    study: Study
    tasks: tuple[Task, ...]
    """Tasks that this session knows from no file."""
    out: Path
    machine: Machine
    trust: bool
    workers: int
    """How many share the machine."""


class _Worker:
    """A process and the wire to it."""

    def __init__(self, number: int, job: bytes) -> None:
        context = multiprocessing.get_context("spawn")
        self.number = number
        self.cell: Job | None = None
        self.begun = False
        self.wire, end = context.Pipe()
        plugins = tuple(plugin.files())
        self.process = context.Process(target=_work, args=(end, number, plugins, job))
        self.process.start()
        end.close()

    def died(self) -> End | None:
        """Tell what the death of this process leaves undone.

        Raises:
            IsoglossError: it died before it began.
        """
        self.process.join()
        self.wire.close()
        how = f"its process ended by itself, code {self.process.exitcode}"
        if not self.begun:
            raise IsoglossError(
                f"a worker can't start: {how}",
                "a script that calls run() needs `if __name__ == '__main__':` above the call",
            )
        return End(self.cell, "died", how) if self.cell is not None else None


def _packed(setting: Setting, study: Study, count: int) -> bytes:
    """Write down the job.

    Raises:
        IsoglossError: part of it exists in this session alone.
    """
    built = tuple(task for task in plugin.offered() if task.name in study.tasks)
    job = _Job(study, built, setting.store.out, setting.machine, setting.trust, count)
    try:
        return pickle.dumps(job)
    except (pickle.PicklingError, AttributeError, TypeError) as error:
        raise IsoglossError(
            f"other processes can't get what this session made: {error}",
            "put it into a plug-in file or the study file, or run with workers=1",
        ) from error


def _work(wire: Connection, number: int, plugins: Sequence[Path], packed: bytes) -> None:
    """Run the cells that come over the wire, until it is closed."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # the starter tells when to stop
    listen(STOP)
    threading.Thread(target=_follow, daemon=True).start()
    for path in plugins:
        plugin.add(path)
    job: _Job = pickle.loads(packed)
    for task in job.tasks:
        plugin.offer(task)
    machine = replace(_spread(job.machine, number), progress=False)
    _be_one_of_many(machine)
    study, store = job.study, Store(job.out)
    setting = Setting(
        store, machine, study.tasks_by_name(), study.data, job.trust,
        wait=False, parts=Parts(bound(job.workers)),
    )  # fmt: skip
    logger = logging.getLogger("isogloss")
    logger.addHandler(_Teller(wire))
    logger.propagate = False
    wire.send(None)
    with suppress(EOFError):
        while True:
            wire.send(attempt(wire.recv(), setting, study))


def _be_one_of_many(machine: Machine) -> None:
    """Keep the libraries from starting a thread for each core in every process."""
    os.environ.setdefault("OMP_WAIT_POLICY", "passive")
    os.environ.setdefault("OMP_NUM_THREADS", str(machine.threads))
    os.environ.setdefault("TOKENIZERS_PARALLELISM", "false")


def _spread(machine: Machine, number: int) -> Machine:
    """Give each process a GPU, where there are several and none was named."""
    if machine.device != "auto":
        return machine
    import torch

    count = torch.cuda.device_count()
    return replace(machine, device=f"cuda:{number % count}") if count > 1 else machine


def _follow() -> None:
    """Stop when the starter is gone."""
    starter = multiprocessing.parent_process()
    assert starter is not None
    starter.join()
    os.kill(os.getpid(), signal.SIGTERM)


class _Teller(logging.Handler):
    """Sends what a worker logs to its starter."""

    def __init__(self, wire: Connection) -> None:
        super().__init__(logging.INFO)
        self.wire = wire

    def emit(self, record: logging.LogRecord) -> None:
        with suppress(OSError):
            self.wire.send((record.levelno, record.getMessage()))
