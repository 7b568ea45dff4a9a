"""Take a method through the production pipeline, on a tiny backbone and a toy task."""

from __future__ import annotations

import copy
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

from isogloss.core.content import content_hash
from isogloss.core.machine import Machine
from isogloss.core.method import Method
from isogloss.core.recipe import spell
from isogloss.core.run import Fit, Generate, Run
from isogloss.core.types import Prediction
from isogloss.run import pipeline
from isogloss.run.context import Access
from isogloss.store import Store
from isogloss.testing import tiny, toy
from isogloss.testing.record import Record, Recording, recorded, state_of, swapped

if TYPE_CHECKING:
    from isogloss.models.model import Model

MACHINE = Machine(device="cpu", progress=False)
FIT = Fit(steps=2, batch=4, lr=1e-2, snapshots=2, max_source=256)
GENERATE = Generate(max_tokens=6)


@dataclass(frozen=True)
class Trace:
    """What came of a run."""

    record: Record
    trained: str
    """Digest of the model after training."""
    idle: set[str]
    """Trained parameters that no step had a gradient for."""
    predictions: list[Prediction]
    """Of the target language's test split."""


def run_of(kind: str, architecture: str, method: Method | None = None, sources: int = 1) -> Run:
    """Give the run of a toy task on a tiny backbone, at seed 0.

    It has as many sources as the method takes at least, or as are asked for.
    """
    task = toy.task(kind)
    return Run(
        task=task.name,
        model=str(tiny.backbone(architecture)),
        sources=toy.LANGS[: method.least_sources if method else sources],
        recipe=spell(method) if method else "",
        fit=FIT,
        generate=GENERATE,
        task_version=task.version,
    )


_nets: dict[str, Any] = {}


@contextmanager
def shared() -> Iterator[None]:
    """Read each tiny backbone once, and hand out copies of its network."""
    from isogloss.models.head import pretrained

    read = pretrained.load

    def load(auto: str, backbone: Any, seed: int, **settings: Any) -> Any:
        key = content_hash((auto, backbone.name, seed, settings))
        if key not in _nets:
            _nets[key] = read(auto, backbone, seed, **settings)
        return copy.deepcopy(_nets[key])

    with swapped(pretrained, load=load):
        yield


@contextmanager
def results() -> Iterator[Store]:
    """Give an empty store that goes afterwards."""
    with tempfile.TemporaryDirectory(prefix="isogloss-trace-") as folder:
        yield Store(Path(folder))


def setting(run: Run, store: Store, record: Record | None = None) -> Recording:
    """Give what the pipeline needs to do a run of a toy task."""
    task = toy.task(run.task.removeprefix("toy_"))
    return Recording(store, MACHINE, {task.name: task}, record=record)


def trace(run: Run, store: Store, tested: int | None = None, record: Record | None = None) -> Trace:
    """Do a run of one method, or none; ask it the first so many test inputs, or all.

    Args:
        run: as ``run_of`` gives it.
        store: where it is kept; a run that is there is opened.
        tested: inputs that it is asked.
        record: filled on the way; with it, what a run that fails had asked can be seen.
    """
    record = record or Record(run)
    methods = run.parsed.methods
    settings = setting(run, store, record)
    with recorded(methods[0] if methods else None, record), shared():
        ctx = pipeline.access(run, settings)
        model = pipeline.trained(run, ctx, settings)
        idle, digest = record.idle(model.net), state_of(model)
        test = toy.load(ctx.task.kind, toy.TARGET, "test")[:tested]
        predictions = pipeline.predicted(run, model, toy.TARGET, test, ctx)
    return Trace(record, digest, idle, predictions)


def context(method: Method | None, kind: str, architecture: str, store: Store) -> Access:
    """Give the pipeline's context of a run, narrowed to a method: to call hooks by themselves."""
    from isogloss.models.train.fit import fit
    from isogloss.run.loop import answering

    run = run_of(kind, architecture, method)
    ctx = pipeline.access(run, setting(run, store))

    def loop(model: Model, examples: Any, **options: Any) -> Any:
        return fit(model, examples, fit=replace(FIT, **options), seed=run.seed, machine=MACHINE)

    answer = answering(replace(run, fit=FIT, generate=GENERATE), MACHINE, lambda *_: None)
    ctx.loops = {"fit": loop, "predict": answer}
    return replace(ctx.narrow(method, method.stages[0]), announced=None) if method else ctx
