"""Expand a study into runs, with what is skipped and why."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from functools import cache
from itertools import product
from typing import Any

from isogloss import plugin
from isogloss.core.errors import Errors, IsoglossError, unknown
from isogloss.core.recipe import parse
from isogloss.core.run import Run
from isogloss.core.task import SPLITS, Task
from isogloss.kind.entity import tells_entities
from isogloss.models.family.backbone import Backbone, backbone
from isogloss.run.material import Digest, digests, table
from isogloss.study.check import checked
from isogloss.study.claimed import claimed
from isogloss.study.demand import Demand
from isogloss.study.study import RecipeEntry, Study


@dataclass(frozen=True)
class Job:
    """One run and what it is to be scored on."""

    run: Run
    label: str
    pairs: tuple[tuple[str, str], ...]
    """(language, split)."""

    @property
    def title(self) -> str:
        """Name it for people."""
        run = self.run
        what = f"{self.label}: {run.task} on {run.model}, {'+'.join(run.sources)}"
        return f"{what}, lr {run.fit.lr:g}, seed {run.seed}"


@dataclass(frozen=True)
class Plan:
    """What a study will do."""

    cells: tuple[Job, ...]
    skipped: tuple[tuple[str, str], ...]
    """What is left out, and why."""
    warnings: tuple[str, ...]
    later: tuple[Job, ...] = ()
    """Runs of the confirming seeds at all rates; see ``run.confirm`` for which are run."""
    claimed: frozenset[str] = frozenset()
    """Those of them that a claim is about; run at whatever rate is chosen."""
    extra: int = 0
    """Scores of the cells that only the selection policy reads."""
    models: tuple[Backbone, ...] = ()
    """The backbones, as far as they could be resolved."""
    empty: Mapping[str, Mapping[str, str]] = field(default_factory=dict)
    """Run -> target languages that will have no score -> why."""

    @property
    def trainings(self) -> int:
        """Count the distinct trainings, parts with them; equal train keys share one."""
        runs = (run for cell in self.cells for run in (cell.run, *cell.run.parts))
        return len({run.train_key for run in runs})

    @property
    def shared(self) -> int:
        """Count the runs that cost no training of their own."""
        return len(self.cells) - len({cell.run.train_key for cell in self.cells})

    @property
    def gaps(self) -> tuple[str, ...]:
        """Say which languages will have no score, and so no part in any mean."""
        told: dict[tuple[str, str], dict[str, None]] = defaultdict(dict)
        for cell in self.cells:
            for lang, why in self.empty.get(cell.run.id, {}).items():
                told[cell.label, why][lang] = None
        return tuple(
            f"{label} will have no score in {', '.join(langs)}, which leaves all means: {why}"
            for (label, why), langs in told.items()
        )

    @property
    def confirming(self) -> int:
        """Count the runs of the confirming seeds at most: claimed, and three rates of a search."""
        rates: dict[str, Counter[float]] = defaultdict(Counter)
        for cell in self.later:
            if cell.run.id in self.claimed:
                continue
            rates[cell.run.settings][cell.run.fit.lr] += 1
        near = sum(n for found in rates.values() for _, n in found.most_common(3))
        return near + len(self.claimed)


def plan_study(study: Study, *, away: bool = False) -> Plan:
    """Expand a study into its runs.

    Args:
        away: go on where the hub is out of reach; see ``models.backbone``.

    Raises:
        IsoglossError: a model can't be found, or a language has no data.
    """
    study = checked(study)
    cells: dict[str, Job] = {}
    later: dict[str, Job] = {}
    skipped: list[tuple[str, str]] = []
    # One run of each recipe on a task, a backbone and sources: the others ask for the same.
    demands: dict[tuple[object, ...], Run] = {}
    tasks = {name: _remembering(task) for name, task in study.tasks_by_name().items()}
    known: dict[Any, str] = {}
    looks = {name: digests(task, study.data, known) for name, task in tasks.items()}
    for task in tasks.values():
        _check_entities(task)
    models = {name: backbone(name, away=away) for name in study.models}
    warnings = [_unpinned(model) for model in models.values() if not model.pinned]
    warnings += [_moving(task) for task in tasks.values() if task.moving and study.data is None]
    for task, sources in product(tasks.values(), _sources(study)):
        warnings += _missing(study, task, sources)
    for task, model, sources in product(tasks.values(), models.values(), _sources(study)):
        pairs = _pairs(study, task, sources)
        for label, arm in study.recipes.items():
            if sources not in ((arm.sources,) if arm.sources else study.sources):
                continue
            if arm.models and model not in map(models.get, arm.models):
                continue
            if arm.tasks and task.name not in arm.tasks:
                continue
            reason = _unsuited(arm, task, model, sources)
            if reason:
                skipped.append((f"{label} on {task.name}, {model.name}", reason))
                continue
            for run in _runs(study, task, model, sources, arm, study.seeds, looks[task.name]):
                cells.setdefault(run.id, Job(run, label, pairs))
                demands.setdefault((label, task.name, model.name, sources), run)
            confirm = study.selection.confirm
            for run in _runs(study, task, model, sources, arm, confirm, looks[task.name]):
                later.setdefault(run.id, Job(run, label, pairs))
    empty = _demanded(study, demands, cells, tasks, models)
    before = sum(len(cell.pairs) for cell in cells.values())
    _to_choose_by(study, tasks, cells, looks)
    _readable(study, cells.values())
    return Plan(
        tuple(cells.values()),
        tuple(skipped),
        tuple(dict.fromkeys(warnings)),
        tuple(later.values()),
        claimed(study.claims, later.values()),
        sum(len(cell.pairs) for cell in cells.values()) - before,
        tuple(models.values()),
        empty,
    )


def _demanded(
    study: Study,
    demands: Mapping[tuple[object, ...], Run],
    cells: Mapping[str, Job],
    tasks: Mapping[str, Task],
    models: Mapping[str, Backbone],
) -> dict[str, dict[str, str]]:
    """Ask for what the runs will ask for: give the languages that will have no score.

    Raises:
        IsoglossError: everything that would stop a run in the middle, at once.
    """
    demand = Demand(study.data, {name: _splits(study, task) for name, task in tasks.items()})
    named = {model.name: model for model in models.values()}
    errors: list[IsoglossError] = []
    empty: dict[tuple[object, ...], dict[str, str]] = {}
    for place, run in demands.items():
        task, model = tasks[run.task], named[run.model]
        try:
            demand.check(run, task, model)
            targets = [lang for lang, split in cells[run.id].pairs if split == "test"]
            empty[place] = dict(demand.empty(run, task, model, targets))
        except IsoglossError as error:
            what = f"recipe {place[0]} on {run.task}: {error.what}"
            errors.append(IsoglossError(what, error.hint))
    if errors:
        raise Errors(errors, "the study's recipes") if len(errors) > 1 else errors[0]
    return {
        cell.run.id: found
        for cell in cells.values()
        if (found := empty.get((cell.label, cell.run.task, cell.run.model, cell.run.sources)))
    }


def _remembering(task: Task) -> Task:
    """Have a task look once at which files it has, and not for every cell."""
    return replace(task, available=cache(task.available)) if task.available else task


def _readable(study: Study, cells: Iterable[Job]) -> None:
    """Read all files of the study's own that its runs need.

    Raises:
        IsoglossError: everything that is broken in them, before anything is trained.
    """
    needed: set[tuple[str, str, str]] = set()
    for cell in cells:
        if cell.run.task in study.own:
            needed.update((cell.run.task, lang, "train") for lang in cell.run.sources)
            needed.update((cell.run.task, *pair) for pair in cell.pairs)
    errors: list[IsoglossError] = []
    for name, lang, split in sorted(needed):
        try:
            found = study.own[name].load(lang, split, study.data)
        except IsoglossError as error:
            errors.append(error)
            continue
        if split == "train" and any(example.target is None for example in found):
            what = f"the training data of {name} in '{lang}' have no labels"
            errors.append(IsoglossError(what, "train on a language that has labels"))
    if errors:
        raise Errors(dict(zip(map(str, errors), errors, strict=True)).values(), study.name)


def _check_entities(task: Task) -> None:
    """Refuse to score entities that the metric can't read, before anything is trained."""
    if "entity_f1" in task.metrics and not tells_entities(task.labels):
        raise IsoglossError(
            f"{task.name} is scored by entity_f1, which can't read its labels: "
            f"{', '.join(task.labels[:8]) or 'it lists none'}",
            "entities need O, B-TYPE and I-TYPE; for other tags take tag_accuracy",
        )


def _unpinned(model: Backbone) -> str:
    if model.revision:
        return f"{model.name} is not pinned: write {model.name}@{model.revision}"
    return (
        f"the hub is out of reach and {model.name} is not pinned: its revision is unknown, "
        "and so are the ids of its runs"
    )


def _moving(task: Task) -> str:
    return (
        f"{task.name} is not pinned: {task.moving} may hold other data tomorrow; its rows say so, "
        "and the ids of its runs follow from what is read. --data DIR reads files of yours"
    )


def _sources(study: Study) -> list[tuple[str, ...]]:
    """List the study's groups of sources, and those that recipes have for themselves."""
    own = [arm.sources for arm in study.recipes.values() if arm.sources]
    return list(dict.fromkeys([*study.sources, *own]))


def _to_choose_by(
    study: Study, tasks: Mapping[str, Task], cells: dict[str, Job], looks: Mapping[str, Digest]
) -> None:
    """Add what the selection policy reads wherever there is more than one rate."""
    policy = study.selection.policy
    rates: dict[str, set[float]] = defaultdict(set)
    for cell in cells.values():
        rates[cell.run.settings].add(cell.run.fit.lr)
    for cell in list(cells.values()):
        run, task = cell.run, tasks[cell.run.task]
        if len(rates[run.settings]) < 2:
            continue
        splits = _splits(study, task)
        targets = [lang for lang in _targets(study, task) if lang not in run.sources]
        _score(cells, cell, policy.pairs(task, targets, splits))
        for sources, pairs in policy.parts(run.sources).items():
            part = replace(run, sources=sources)
            part = replace(part, material=table(part, looks[task.name]))
            _score(cells, Job(part, cell.label, ()), pairs)


def _score(cells: dict[str, Job], cell: Job, pairs: Iterable[tuple[str, str]]) -> None:
    """Have a run scored on more pairs."""
    known = cells.get(cell.run.id, cell)
    cells[cell.run.id] = replace(known, pairs=tuple(dict.fromkeys([*known.pairs, *pairs])))


def _runs(
    study: Study,
    task: Task,
    model: Backbone,
    sources: tuple[str, ...],
    arm: RecipeEntry,
    seeds: Iterable[int],
    digest: Digest,
) -> Iterator[Run]:
    read = None  # the same at all rates and seeds
    for lr, seed in product(arm.rates(study), seeds):
        run = Run(
            task=task.name,
            model=model.name,
            sources=sources,
            recipe=arm.recipe,
            seed=seed,
            fit=replace(study.fit, **arm.fit, lr=lr),
            generate=study.generate,
            revision=model.revision,
            task_version=task.version,
        )
        read = table(run, digest) if read is None else read
        yield replace(run, material=read)


def _unsuited(arm: RecipeEntry, task: Task, model: Backbone, sources: tuple[str, ...]) -> str:
    for method in parse(arm.recipe).methods:
        reason = plugin.misfit(method, task.kind, model.family)
        if len(sources) < method.least_sources:
            reason = (
                f"takes at least {method.least_sources} sources, not {', '.join(sources)} alone"
            )
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


def _targets(study: Study, task: Task) -> list[str]:
    if study.targets == "all":
        return list(_splits(study, task))
    if study.targets == "default":
        return list(task.default_targets or _splits(study, task))
    return list(study.targets)


def _pairs(study: Study, task: Task, sources: tuple[str, ...]) -> tuple[tuple[str, str], ...]:
    there = _splits(study, task)
    for lang in sources:
        if "train" not in there.get(lang, ()):
            trainable = [code for code, splits in there.items() if "train" in splits]
            raise unknown(f"source language of {task.name}:", lang, trainable)
    targets = _targets(study, task)
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
