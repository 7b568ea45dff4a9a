"""Expand a study into runs, with what is skipped and why."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from itertools import product

from isogloss.core import plugin
from isogloss.core.errors import IsoglossError, unknown
from isogloss.core.recipe import parse
from isogloss.core.run import Run
from isogloss.core.task import SPLITS, Task
from isogloss.models.backbone import Backbone, backbone
from isogloss.run.study import Arm, Study


@dataclass(frozen=True)
class Cell:
    """One run and what it is to be scored on."""

    run: Run
    label: str
    pairs: tuple[tuple[str, str], ...]
    """(language, split)."""


@dataclass(frozen=True)
class Plan:
    """What a study will do."""

    cells: tuple[Cell, ...]
    skipped: tuple[tuple[str, str], ...]
    """What is left out, and why."""
    warnings: tuple[str, ...]

    @property
    def trainings(self) -> int:
        """Count the distinct trainings; runs with equal train keys share one."""
        return len({cell.run.train_key for cell in self.cells})

    @property
    def shared(self) -> int:
        """Count the runs that cost no training of their own."""
        return len(self.cells) - self.trainings


def plan(study: Study) -> Plan:
    """Expand a study into its runs.

    Raises:
        IsoglossError: a model can't be found, or a language has no data.
    """
    cells: dict[str, Cell] = {}
    skipped: list[tuple[str, str]] = []
    tasks = study.tasks_by_name()
    models = {name: backbone(name) for name in study.models}
    warnings = [
        f"{model.name} is not pinned: write {model.name}@{model.revision or '<revision>'}"
        for model in models.values()
        if not model.pinned
    ]
    for task, sources in product(tasks.values(), study.sources):
        warnings += _missing(study, task, sources)
    for task, model, sources in product(tasks.values(), models.values(), study.sources):
        pairs = _pairs(study, task, sources)
        for label, arm in study.recipes.items():
            reason = _unsuited(arm, task, model)
            if reason:
                skipped.append((f"{label} on {task.name}, {model.name}", reason))
                continue
            for run in _runs(study, task, model, sources, arm):
                cells.setdefault(run.id, Cell(run, label, pairs))
    return Plan(tuple(cells.values()), tuple(skipped), tuple(dict.fromkeys(warnings)))


def _runs(
    study: Study, task: Task, model: Backbone, sources: tuple[str, ...], arm: Arm
) -> Iterator[Run]:
    recipe = parse(arm.recipe)
    rates = arm.lr or study.lrs or (study.fit.lr,)
    if not all(method.trains for method in recipe.methods):
        rates = rates[:1]
    for lr, seed in product(rates, study.seeds):
        yield Run(
            task=task.name,
            model=model.name,
            sources=sources,
            recipe=arm.recipe,
            seed=seed,
            fit=replace(study.fit, lr=lr),
            generate=study.generate,
            revision=model.revision,
            data=_fingerprint(study, task, sources, "translator" in recipe.needs),
        )


def _fingerprint(study: Study, task: Task, sources: tuple[str, ...], translates: bool) -> str:
    parts = [task.digest(lang, study.data) for lang in sources] if task.digest else []
    if translates:
        parts.append(task.supply.translator)
    return hashlib.sha256("|".join(parts).encode()).hexdigest()[:12] if parts else ""


def _unsuited(arm: Arm, task: Task, model: Backbone) -> str:
    for method in parse(arm.recipe).methods:
        reason = method.misfit(task.kind, model.family)
        if reason:
            return f"{plugin.name_of(type(method))} {reason}"
    return ""


def _splits(study: Study, task: Task) -> Mapping[str, tuple[str, ...]]:
    return task.available(study.data) if task.available else dict.fromkeys(task.langs, SPLITS)


def _missing(study: Study, task: Task, sources: tuple[str, ...]) -> list[str]:
    """Name the splits of the sources that are not there; none is made up."""
    there = _splits(study, task)
    lost = {
        "dev": "no rate is chosen and no training stopped by it",
        "test": "the gap to the source is not known",
    }
    return [
        f"{task.name} has no {split} data in '{lang}': {what}"
        for lang in sources
        for split, what in lost.items()
        if split not in there.get(lang, ())
    ]


def _pairs(study: Study, task: Task, sources: tuple[str, ...]) -> tuple[tuple[str, str], ...]:
    there = _splits(study, task)
    for lang in sources:
        if "train" not in there.get(lang, ()):
            trainable = [code for code, splits in there.items() if "train" in splits]
            raise unknown(f"source language of {task.name}:", lang, trainable)
    if study.targets == "all":
        targets = list(there)
    elif study.targets == "default":
        targets = list(task.default_targets or there)
    else:
        targets = list(study.targets)
    pairs = [(lang, "dev") for lang in sources if "dev" in there[lang]]
    for lang in dict.fromkeys([*sources, *targets]):
        if "test" in there.get(lang, ()):
            pairs.append((lang, "test"))
        elif lang in study.targets and isinstance(study.targets, tuple):
            raise IsoglossError(
                f"{task.name} has no test data in '{lang}'",
                f"it has {', '.join(code for code, splits in there.items() if 'test' in splits)}",
            )
    return tuple(pairs)
