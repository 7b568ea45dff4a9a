"""How long a study takes: from finished runs, from a few updates made here, or from sizes."""

from __future__ import annotations

import tempfile
from collections import defaultdict
from collections.abc import Callable, Iterable, Mapping
from dataclasses import astuple, dataclass, replace
from pathlib import Path
from statistics import median

from isogloss.core.errors import IsoglossError, unknown
from isogloss.core.machine import Machine
from isogloss.core.run import Run
from isogloss.core.task import Task
from isogloss.core.types import Example
from isogloss.models.family.size import working
from isogloss.models.train.manifest import finished
from isogloss.run.pipeline import Setting, execute
from isogloss.store import Store
from isogloss.study.plan import Job, Plan
from isogloss.study.study import Study

Kind = tuple[str, str, str]
"""What runs of the same cost share: task, model, recipe."""
PLAIN = ""
"""The recipe whose cost stands for one that is not known yet."""
STEPS = 12
"""Updates that a measurement makes."""
ITEMS = 64
"""Items of a language that a measurement answers."""
SOME = 1000
"""Items of a language that a rough estimate counts."""
GPUS = {"a100": 312, "a10g": 70, "h100": 989, "h200": 989, "l4": 121, "l40s": 362}
"""Dense bf16 peak in 10^12 operations a second, by NVIDIA's data sheets."""
TRAINING = 0.3
"""Share of the peak that training is assumed to reach."""
ANSWERING = 0.02
"""The same for answering, which writes a token at a time."""
CPU, GPU = 4e10, 2e13
"""Useful operations a second of two cores and of one GPU, whichever it is: within a
factor of three."""
UPDATE = 0.02
"""Seconds of an update beside its operations, which is most of them in small models."""


@dataclass(frozen=True)
class Pace:
    """Seconds that a run takes."""

    start: float
    """Before and after the updates: opening the backbone, encoding, saving."""
    step: float
    """An update."""
    score: float
    """Answering and scoring one split of one language."""


@dataclass(frozen=True)
class Forecast:
    """What the rest of a study costs."""

    seconds: float
    """Of one process; several share them."""
    runs: int
    """Runs that are left."""
    guessed: tuple[str, ...]
    """Recipes that are counted like plain finetuning."""
    unknown: tuple[str, ...]
    """Tasks and models that are not counted, as nothing is known about them."""


def forecast(plan: Plan, paces: Mapping[Kind, Pace], store: Store | None = None) -> Forecast:
    """Add up what is left of a plan; a training that runs share counts once.

    Of the runs that may follow a selection, as many count as it may choose.

    Args:
        plan: the study's runs.
        paces: the cost of a run, by kind.
        store: what is done already; None is nothing.
    """
    first = _sum(plan.cells, paces, store)
    if not plan.later:
        return first
    share = plan.confirming / len(plan.later)
    later = _sum(plan.later, paces, store)
    return Forecast(
        first.seconds + share * later.seconds,
        first.runs + min(plan.confirming, later.runs),
        tuple(dict.fromkeys(first.guessed + later.guessed)),
        tuple(dict.fromkeys(first.unknown + later.unknown)),
    )


def _sum(cells: Iterable[Job], paces: Mapping[Kind, Pace], store: Store | None) -> Forecast:
    done = store.done() if store else {}
    seconds, runs = 0.0, 0
    trained: set[str] = set()
    guessed: dict[str, None] = {}
    missing: dict[str, None] = {}
    for cell in cells:
        left = len(set(cell.pairs) - done.get(cell.run.id, set()))
        if not left:
            continue
        runs += 1
        for run in (*cell.run.parts, cell.run):
            pace = paces.get(_kind(run)) or paces.get((run.task, run.model, PLAIN))
            if pace is None:
                missing.setdefault(f"{run.task} on {run.model}")
                continue
            if _kind(run) not in paces and _trains(run):
                guessed.setdefault(run.recipe)
            key = run.train_key
            if key not in trained and not (store and store.trained(key)):
                seconds += pace.step * run.fit.steps * _trains(run)
            trained.add(key)
        if pace is not None:
            seconds += pace.start + pace.score * left
    return Forecast(seconds, runs, tuple(guessed), tuple(missing))


def seen(store: Store) -> dict[Kind, Pace]:
    """Take the paces of the runs that a store holds, the median of each kind."""
    found: dict[Kind, list[Pace]] = defaultdict(list)
    for key, run in store.runs().items():
        try:
            pace = _pace(store, key, run)
        except IsoglossError:  # a method or task of a plug-in that is not loaded
            continue
        if pace is not None:
            found[_kind(run)].append(pace)
    return {
        kind: Pace(*map(median, zip(*map(astuple, paces), strict=True)))
        for kind, paces in found.items()
    }


def measured(study: Study, plan: Plan, machine: Machine) -> dict[Kind, Pace]:
    """Make a few updates and answer a few items for each task and backbone, on this machine."""
    tasks = {name: replace(task, load=_few(task)) for name, task in study.tasks_by_name().items()}
    found: dict[Kind, Pace] = {}
    with tempfile.TemporaryDirectory() as out:
        setting = Setting(Store(out), replace(machine, progress=False), tasks, study.data)
        for cell in plan.cells:
            kind = (cell.run.task, cell.run.model, PLAIN)
            if kind in found:
                continue
            if not found:  # the first run of a process imports and warms up
                execute(_short(cell.run, 1), cell.pairs[:1], setting)
            run, pairs = _short(cell.run, STEPS), cell.pairs[:3]
            execute(run, pairs, setting)
            pace = _pace(setting.store, run.id, run)
            if pace is not None:
                whole = study.tasks_by_name()[run.task]
                sizes = [
                    [len(task.load(*pair, study.data)) for pair in pairs[1:]]
                    for task in (whole, tasks[run.task])
                ]
                scale = sum(sizes[0]) / max(1, sum(sizes[1]))
                found[kind] = replace(pace, score=pace.score * scale)
    return found


def rough(plan: Plan, gpu: str) -> dict[Kind, Pace]:
    """Estimate paces on a GPU from parameters and tokens; models of unknown size have none.

    Training takes 6 operations a token and parameter outside the embeddings,
    answering 2 (Kaplan et al. 2020, 2001.08361), at a share of the peak that is assumed, like
    ``SOME`` items a language and inputs and outputs of full length.

    Raises:
        IsoglossError: the GPU is not in the table.
    """
    if gpu not in GPUS:
        raise unknown("GPU", gpu, GPUS)
    sizes = {model.name: working(model) for model in plan.models}
    found: dict[Kind, Pace] = {}
    for run in (cell.run for cell in plan.cells):
        size = sizes[run.model]
        if size is None:
            continue
        fit, peak = run.fit, GPUS[gpu] * 1e12
        written = run.generate.max_tokens or fit.max_target
        read = min(fit.tokens, fit.batch * (fit.max_source + fit.max_target))
        answered = SOME * (fit.max_source + run.generate.beams * written)
        found[run.task, run.model, PLAIN] = Pace(
            start=0.0,
            step=6 * size * read / (peak * TRAINING),
            score=2 * size * answered / (peak * ANSWERING),
        )
    return found


def updates(count: int, size: int, tokens: float, speed: float) -> float:
    """Estimate the seconds of updates, from parameters and tokens of each.

    Args:
        count: updates.
        size: parameters outside the embeddings; see ``models.size.working``.
        tokens: that an update reads.
        speed: useful operations a second, such as ``CPU``.
    """
    return count * (UPDATE + 6 * size * tokens / speed)


def spell(seconds: float) -> str:
    """Write a duration as people say it."""
    if seconds < 60:
        return f"{seconds:.1f} s" if seconds < 10 else f"{seconds:.0f} s"
    minutes = round(seconds / 60)
    if minutes < 60:
        return f"{minutes} min"
    return f"{minutes // 60} h {minutes % 60} min" if minutes < 6000 else f"{minutes // 60} h"


def _kind(run: Run) -> Kind:
    return run.task, run.model, run.recipe


def _trains(run: Run) -> bool:
    return all(method.trains for method in run.parsed.methods)


def _short(run: Run, steps: int) -> Run:
    return replace(run, recipe=PLAIN, fit=replace(run.fit, steps=steps, snapshots=1, patience=0))


def _few(task: Task) -> Callable[[str, str, Path | None], list[Example]]:
    return lambda lang, split, data: task.load(lang, split, data)[
        : ITEMS if split == "test" else None
    ]


def _pace(store: Store, key: str, run: Run) -> Pace | None:
    """Take a finished run apart; None where its time is not known."""
    commits = store.commits(key)
    scored = [commit for commit in commits if commit.step == 0]
    if len(scored) < 2 or not all(commit.seconds for commit in commits):
        return None
    score = median(commit.seconds for commit in scored[1:])
    first = sum(commit.seconds for commit in commits) - sum(c.seconds for c in scored[1:])
    own = _training(store, run)
    whole = own + sum(_training(store, part) for part in run.parts)
    # Where another run has made a training, only the loading of its weights is in `first`.
    spent = next((seconds for seconds in (whole, own) if seconds < first), 0.0)
    return Pace(max(0.0, first - score - spent), own / run.fit.steps, score)


def _training(store: Store, run: Run) -> float:
    """Read the seconds of a run's updates."""
    return float(sum(found["seconds"] for found in finished(store.weights(run.train_key))))
