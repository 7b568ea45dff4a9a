"""The pipeline: seven folds over the methods of one recipe."""

from __future__ import annotations

import functools
import logging
import tempfile
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any, TypeVar

from isogloss.core import plugin
from isogloss.core.errors import IsoglossError, Uncovered
from isogloss.core.machine import Machine
from isogloss.core.run import Run
from isogloss.core.task import Task
from isogloss.core.types import Example, Prediction
from isogloss.run.context import Access
from isogloss.run.score import Cost, score
from isogloss.store import Store

log = logging.getLogger("isogloss")
T = TypeVar("T")


@dataclass(frozen=True)
class Setting:
    """What a run needs besides its identity."""

    store: Store
    machine: Machine
    tasks: dict[str, Task]
    """Tasks with a study's supply put in; others come from the catalogue."""
    data: Path | None = None
    """Folder of real data; None reads from the hub."""
    trust: bool = False
    """Run code that a hub repository brings; asked for by name."""

    def task(self, name: str) -> Task:
        """Give a task as this setting supplies it."""
        return self.tasks.get(name) or plugin.task(name)


def access(run: Run, setting: Setting) -> Access:
    """Build the context of a run."""
    task = setting.task(run.task)
    ctx = Access(run, task, setting.machine, setting.store.weights(run.train_key), setting.data)
    ctx.trained = lambda part: trained(part, access(part, setting), setting)
    return ctx


def execute(
    run: Run,
    wanted: Sequence[tuple[str, str]],
    setting: Setting,
    *,
    label: str = "",
    watch: Sequence[str] = (),
) -> None:
    """Train a run, or load its weights, and score the wanted (language, split) pairs.

    Pairs that the store holds are not done again.
    """
    with setting.store.folder(run) as folder:
        todo = [pair for pair in wanted if pair not in folder.done()]
        if not todo:
            return
        ctx = access(run, setting)
        with setting.store.training(run.train_key):
            model = trained(run, ctx, setting, watch=watch)
        cost = Cost.of(model, ctx.folder)
        for lang, split in todo:
            examples = ctx.task.load(lang, split, setting.data)
            if not examples:
                raise IsoglossError(
                    f"{run.task} has no {split} data in '{lang}'",
                    "leave the language out, or add the file",
                )
            try:
                predictions, note = predicted(run, model, lang, examples, ctx), ""
            except Uncovered as error:
                predictions, note = [], str(error)
            rows, stats = score(run, ctx.task, lang, split, examples, predictions, cost, note)
            rows = [replace(row, label=label) for row in rows]
            folder.commit(lang, split, predictions, rows, examples=examples, stats=stats)


def trained(run: Run, ctx: Access, setting: Setting, *, watch: Sequence[str] = ()) -> Any:
    """Give the run's model after the data, model, loss, train and weights stages."""
    import torch

    from isogloss.models import build, fit, predict
    from isogloss.models.limit import limits

    methods = run.parsed.methods
    train = [
        example
        for lang in run.sources
        for example in _labelled(ctx.task, lang, "train", setting.data)
    ]
    dev = [
        example
        for lang in run.sources
        for example in ctx.task.load(lang, "dev", setting.data)
        if example.target is not None
    ]
    gold = train
    train = fold("data", train, ctx, methods)
    torch.manual_seed(run.seed)
    model = build(
        run.model,
        ctx.task,
        fit=run.fit,
        seed=run.seed,
        machine=setting.machine,
        trust=setting.trust,
    )

    def run_predict(model: Any, examples: Sequence[Example]) -> list[Prediction]:
        limit = limits(model, gold, examples, run.fit)
        return predict(
            model,
            examples,
            fit=run.fit,
            generate=run.generate,
            machine=setting.machine,
            limit=limit,
        )

    def adapt_fit(model: Any, examples: Sequence[Example], **options: Any) -> Any:
        settings = replace(run.fit, **options)
        with tempfile.TemporaryDirectory() as folder:
            return fit(
                model,
                examples,
                fit=settings,
                seed=run.seed,
                machine=setting.machine,
                folder=Path(folder),
            )

    ctx.loops = {"fit": adapt_fit, "predict": run_predict}
    model = fold("model", model, ctx, methods)
    loss = fold("loss", _task_loss, ctx, methods)
    phase = 0

    def innermost(model: Any, examples: Sequence[Example], **options: Any) -> Any:
        nonlocal phase
        phase += 1
        return fit(
            model,
            examples,
            fit=replace(run.fit, **options),
            seed=run.seed,
            machine=setting.machine,
            folder=ctx.folder / f"phase-{phase}",
            loss=loss,
            dev=dev,
        )

    model = fold("train", innermost, ctx, methods)(model, train)
    return fold("weights", model, ctx, methods)


def predicted(
    run: Run, model: Any, lang: str, examples: Sequence[Example], ctx: Access
) -> list[Prediction]:
    """Give a model's predictions after the adapt and predict stages."""
    methods = run.parsed.methods
    adapted = model
    for method in methods:
        if "adapt" in method.stages:
            adapted = method.adapt(adapted, lang, ctx.of(method))
    predict: Callable[[Sequence[Example]], list[Prediction]] = functools.partial(
        ctx.predict, adapted
    )
    for method in methods:
        predict = method.predict(predict, lang, ctx.of(method))
    return predict([replace(example, target=None) for example in examples])


def fold(stage: str, thing: T, ctx: Access, methods: Iterable[Any]) -> T:
    """Hand a thing through one stage of all methods, left to right."""
    for method in methods:
        if stage in method.stages:
            thing = getattr(method, stage)(thing, ctx.of(method))
    return thing


def _task_loss(model: Any, batch: Any) -> Any:
    return model.head.loss(model.net, batch)


def _labelled(task: Task, lang: str, split: str, data: Path | None) -> list[Example]:
    examples = [e for e in task.load(lang, split, data) if e.target is not None]
    if not examples:
        raise IsoglossError(
            f"{task.name} has no labelled {split} data in the source language '{lang}'",
            "choose another source, or add the file",
        )
    return examples
