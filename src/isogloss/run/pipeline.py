"""The pipeline: seven folds over the methods of one recipe."""

from __future__ import annotations

import functools
import logging
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeVar

from isogloss import plugin
from isogloss.core.errors import IsoglossError, Uncovered, Undeclared
from isogloss.core.machine import Machine
from isogloss.core.method import Predict
from isogloss.core.run import Run
from isogloss.core.stop import check
from isogloss.core.task import Task
from isogloss.core.types import Example, Prediction
from isogloss.models.train import manifest
from isogloss.run import material, unlabelled
from isogloss.run import watch as watching
from isogloss.run.context import Access
from isogloss.run.definition import define
from isogloss.run.keep import Fits, Keeper, Place
from isogloss.run.loop import answering, limiting
from isogloss.run.part import Parts
from isogloss.run.score import Cost, score, unpinned
from isogloss.run.view import shown
from isogloss.store import RunFolder, Store

if TYPE_CHECKING:
    from isogloss.models.model import Model

log = logging.getLogger("isogloss")
T = TypeVar("T")
Watcher = Callable[[Any, int], None]
"""(model, step): scores a training on its way; steps count on from phase to phase."""


KEPT = 64
"""Splits kept in memory, of all tasks."""


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
    wait: bool = True
    """Wait for a training that another process is at, instead of raising ``Held``."""
    parts: Parts = field(default_factory=Parts, repr=False)
    """Models of parts that were opened, for all runs of this setting."""
    loaded: dict[tuple[str, str, str], list[Example]] = field(default_factory=dict, repr=False)
    """Splits that were read: (task, language, split)."""
    known: dict[Any, str] = field(default_factory=dict, repr=False)
    """Fingerprints of material that was looked at."""

    def task(self, name: str) -> Task:
        """Give a task as this setting supplies it; what it has read is kept for other runs."""
        found = self.tasks.get(name) or plugin.task(name)
        return replace(found, load=functools.partial(self._load, found))

    def _load(self, task: Task, lang: str, split: str, data: Path | None) -> list[Example]:
        key = (task.name, lang, split)
        if key not in self.loaded:
            if len(self.loaded) >= KEPT:
                self.loaded.clear()
            self.loaded[key] = task.load(lang, split, data)
        return list(self.loaded[key])


def access(run: Run, setting: Setting) -> Access:
    """Build the context of a run."""
    task = setting.task(run.task)
    ctx = Access(
        run,
        task,
        setting.machine,
        setting.store.weights(run.train_key),
        setting.data,
        lists=setting.store.out / "shots",
        known=setting.known,
        keeper=Keeper(setting.store, setting.machine, setting.wait),
    )

    def opened(part: Run) -> Any:
        return setting.parts.give(part, lambda: trained(part, access(part, setting), setting))

    ctx.trained = opened
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

    Pairs that the store holds are not done again. A few items of each watched
    language are scored on the way, outside of every identity, and an alarm is
    raised when the outputs leave the language.
    """
    kept = define(setting.task(run.task), setting.store.out, setting.data)
    with setting.store.folder(run, kept) as folder:
        ctx = access(run, setting)
        material.refuse_stale(run, setting.store.material(run.id), ctx.digest, folder.path)
        todo = [pair for pair in wanted if pair not in folder.done()]
        if not todo:
            return
        scorer = _Scorer(run, ctx, folder, label)

        def watcher(model: Model, step: int) -> None:
            for lang in watch:
                if (lang, "test") not in folder.done(step):
                    scorer.keep(model, lang, "test", step)

        langs = dict.fromkeys(lang for lang, _ in todo)
        model = trained(run, ctx, setting, langs=langs, watcher=watcher if watch else None)
        for lang, split in todo:
            check()
            scorer.keep(model, lang, split)


@dataclass(frozen=True)
class _Scorer:
    """Predicts, scores and commits one language of a run at a time."""

    run: Run
    ctx: Access
    folder: RunFolder
    label: str

    def keep(self, model: Model, lang: str, split: str, step: int = 0) -> None:
        """Score a split of a language; at a step of the training, a few items of it."""
        run, ctx = self.run, self.ctx
        if step:  # what is made of a model on its way is of no use later
            ctx = replace(ctx, keeper=replace(ctx.keeper, kept=False))
        if unlabelled.asked(split):
            examples, metrics = unlabelled.inputs(ctx, lang), [unlabelled.metric(split)]
        else:
            examples, metrics = ctx.task.load(lang, split, ctx.data_folder), []
        if not examples:
            raise IsoglossError(
                f"{run.task} has no {split} data in '{lang}'",
                "leave the language out, or add the file",
            )
        if step:
            draw = ctx.rng(f"watch {lang}")
            examples = draw.sample(examples, min(watching.ITEMS, len(examples)))
        try:
            predictions, note = predicted(run, model, lang, examples, ctx), ""
        except Uncovered as error:
            if isinstance(error.__cause__, Undeclared):
                raise error.__cause__ from None
            predictions, note = [], str(error)
        late = ctx.at("adapt", lang).place if "adapt" in run.parsed.stages else None
        cost = Cost.of(
            model,
            ctx.folder,
            run.parts,
            late.folder if late else None,
            mark=unpinned(ctx.task, ctx.data_folder),
        )
        rows, stats = score(run, ctx.task, lang, split, examples, predictions, cost, note, metrics)
        read = material.asked_digest(run, lang, ctx.digest)
        told: dict[str, Any] = {"label": self.label, "material": read}
        rows = [replace(row, **told, step=step or row.step) for row in rows]
        if step:
            watching.tell(lang, step, rows, predictions)
        show = plugin.kind(ctx.task.kind).show
        self.folder.commit(
            lang, split, predictions, rows, examples=examples, stats=stats, step=step, show=show
        )


def trained(
    run: Run,
    ctx: Access,
    setting: Setting,
    *,
    langs: Iterable[str] = (),
    watcher: Watcher | None = None,
) -> Any:
    """Give the run's model after the data, model, loss, train and weights stages.

    Args:
        langs: targets to be scored; one that the backbone can't name is warned of
            before the training.

    Raises:
        IsoglossError: a source language has no data, or no tag in the backbone.
    """
    import torch

    from isogloss.models.family import language_code
    from isogloss.models.family.backbone import recorded
    from isogloss.models.load import build
    from isogloss.models.train import left

    run.check()
    methods = run.parsed.methods
    done = left.read(ctx.folder)
    opens = done and done["opens"]
    gold = functools.partial(_gold, ctx, run, finished=done is not None)
    limit = limiting(run, ctx.folder, gold)
    ctx.loops = {
        "fit": Fits(run, setting.machine),
        "predict": answering(run, setting.machine, limit),
        "limit": limit,
    }
    labelled = [] if opens else gold()
    examples = fold("data", labelled, ctx, methods) if labelled else []
    torch.manual_seed(run.seed)
    model = build(
        recorded(run.model, run.revision),
        shown(ctx.task),
        fit=run.fit,
        seed=run.seed,
        machine=setting.machine,
        trust=setting.trust,
    )
    model = fold("model", model, ctx, methods)
    language_code.check(model, run.sources)
    _warn_untagged(model, langs)
    if opens:
        model = left.reopen(model, ctx.folder, opens)
    else:
        model = _train(run, ctx, setting, model, examples, watcher, finished=done is not None)
    torch.manual_seed(run.seed)
    return fold("weights", model, ctx, methods)


def _train(
    run: Run,
    ctx: Access,
    setting: Setting,
    model: Model,
    examples: Sequence[Example],
    watcher: Watcher | None,
    *,
    finished: bool,
) -> Any:
    """Take a model through the loss and train stages, and keep what comes out."""
    from isogloss.models.train import left

    before = None if finished else left.outline(model)
    loss = _loss(run, model, ctx)
    train = fold("train", _training(run, ctx, setting, loss, watcher), ctx, run.parsed.methods)
    if before is None:  # its trainings are opened one by one
        return train(model, examples)
    # Held for the training alone: in the stages after it, runs may ask for each other.
    with setting.store.training(run.train_key, wait=setting.wait):
        model = train(model, examples)
        left.keep(model, before, ctx.folder)
    return model


def _gold(ctx: Access, run: Run, *, finished: bool) -> list[Example]:
    """Read the sources' training data; a finished training does without, where they are gone."""
    try:
        found = _labelled(ctx, "train")
    except IsoglossError as error:
        if not finished:
            raise
        log.warning("run %s goes on without its training data: %s", run.id, error.what)
        return []
    if not found:
        raise IsoglossError(
            f"{run.task} has no labelled training data in {', '.join(run.sources)}",
            "choose another source, or add the file",
        )
    return found


def _warn_untagged(model: Model, langs: Iterable[str]) -> None:
    """Warn of the languages that the backbone can't name."""
    from isogloss.models.family import language_code

    for lang in langs:
        try:
            language_code.check(model, [lang])
        except Uncovered as error:
            log.warning("%s will have no score: %s", lang, error)


def _loss(run: Run, model: Model, ctx: Access) -> Any:
    """Wrap the head's loss by the methods, left to right; none may lose what is inside."""
    from isogloss.models.train.loss import plain_loss, wrapped

    here, loss = ctx.at("loss"), plain_loss(run.fit)
    for method in run.parsed.methods:
        if "loss" in method.stages:
            outer = method.loss(loss, model, here.of(method, "loss"))
            loss = wrapped(loss, outer, plugin.name_of(type(method)))
    return loss


def _training(
    run: Run, ctx: Access, setting: Setting, loss: Any, watcher: Watcher | None
) -> Callable[..., Any]:
    """Give the innermost train: the one loop, with a folder for each call of it."""
    from isogloss.models.train.fit import fit

    phase = 0

    def train(model: Model, examples: Sequence[Example], **options: Any) -> Any:
        nonlocal phase
        phase += 1
        before = sum(found["steps"] for found in manifest.finished(ctx.folder))
        there = (ctx.folder / f"phase-{phase}" / "manifest.json").is_file()
        return fit(
            model,
            examples,
            fit=replace(run.fit, **options),
            seed=run.seed,
            machine=setting.machine,
            folder=ctx.folder / f"phase-{phase}",
            loss=loss,
            dev=() if there else _labelled(ctx, "dev"),
            on_snapshot=watcher and (lambda _, step: watcher(model, before + step)),
        )

    return train


def predicted(
    run: Run, model: Model, lang: str, examples: Sequence[Example], ctx: Access
) -> list[Prediction]:
    """Give a model's predictions after the adapt and predict stages."""
    asked = [replace(example, target=None) for example in examples]
    model = adapted(run, model, lang, ctx)

    predict: Predict = functools.partial(ctx.predict, model)
    here = replace(ctx.at("predict", lang, asked), model=model)
    for method in run.parsed.methods:
        predict = method.predict(predict, lang, here.of(method, "predict", lang))
    return predict(asked)


def adapted(run: Run, model: Model, lang: str, ctx: Access) -> Any:
    """Give a model after the adapt stage for one target language.

    What the stage trains is kept: for a language that has it, it is opened.

    Raises:
        IsoglossError: a method trains the model itself, and not a copy.
    """
    import torch

    from isogloss.models.train import left

    methods = [method for method in run.parsed.methods if "adapt" in method.stages]
    if not methods:
        return model
    here = ctx.at("adapt", lang)
    place: Place | None = here.place
    fits: Any = here.loops["fit"]
    done = left.read(place.folder) if place else None
    if place and done and done["opens"]:
        return left.reopen(model.copy(), place.folder, done["opens"])
    changed, fits.common = model, model.net
    torch.manual_seed(run.seed)
    for method in methods:
        changed = method.adapt(changed, lang, here.of(method, "adapt", lang))
    if place and fits.count and done is None:
        left.keep(changed, left.outline(model), place.folder)
    return changed


def fold(stage: str, thing: T, ctx: Access, methods: Iterable[Any]) -> T:
    """Hand a thing through one stage of all methods, left to right."""
    here = ctx.at(stage)
    for method in methods:
        if stage in method.stages:
            thing = getattr(method, stage)(thing, here.of(method, stage))
    return thing


def _labelled(ctx: Access, split: str) -> list[Example]:
    return [
        example
        for lang in ctx.sources
        for example in ctx.task.load(lang, split, ctx.data_folder)
        if example.target is not None
    ]
