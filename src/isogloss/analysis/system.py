"""Rows grouped into systems: one recipe at one learning rate, over its seeds."""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Collection, Iterable, Iterator, Sequence
from dataclasses import dataclass, field, replace
from functools import cached_property
from typing import NamedTuple

from isogloss import plugin
from isogloss.analysis.format import short_model
from isogloss.core.errors import IsoglossError
from isogloss.core.metric import Metric
from isogloss.core.run import Fit
from isogloss.core.types import Row

UNTRAINED = ("majority", "untouched")
"""Methods whose rows stand as references beside what was trained."""


class Score(NamedTuple):
    """One number of a table, over all seeds."""

    value: float | None
    low: float | None
    high: float | None
    """The 95 % interval over items, widened to the range of the seeds."""
    error: float
    """Standard error, over items and seeds."""
    n: int
    values: tuple[float, ...]
    """One a seed."""
    note: str


class Key(NamedTuple):
    """What a score is of."""

    lang: str
    metric: str
    split: str = "test"
    condition: str = ""


@dataclass(frozen=True)
class System:
    """A recipe on a backbone from its sources, at one learning rate, over its seeds."""

    task: str
    task_version: str
    model: str
    sources: tuple[str, ...]
    recipe: str
    label: str
    lr: float
    step: int
    cell: str
    needs: tuple[str, ...]
    trained: int
    size: int
    seconds: float
    """Training time with that of parts, the mean over seeds."""
    machines: tuple[str, ...]
    notes: tuple[str, ...]
    runs: tuple[str, ...]
    """Run ids, one a seed, in the order of the seeds."""
    seeds: tuple[int, ...]
    scores: dict[Key, Score] = field(repr=False)
    settings: str = ""
    """Digest of all settings but rate and seed."""
    optimizer: str = ""
    backbone: str = ""
    """The backbone's short name, where the system's own has it."""
    rows: tuple[Row, ...] = field(default=(), repr=False, compare=False)

    @property
    def arm(self) -> tuple[str, str, tuple[str, ...], str, str]:
        """Give what it shares with the same recipe at other rates."""
        return self.task, self.model, self.sources, self.recipe, self.settings

    def only(self, seeds: Collection[int]) -> System:
        """Give the same over some of its seeds."""
        if set(self.seeds) <= set(seeds):
            return self
        found = _system([row for row in self.rows if row.seed in seeds])
        return replace(found, label=self.label)

    @property
    def reference(self) -> bool:
        """Tell whether nothing was trained: majority, untouched."""
        return bool(self.recipe) and _first(self.recipe) in UNTRAINED

    @property
    def majority(self) -> bool:
        """Tell whether it always gives the most frequent source label."""
        return _first(self.recipe) == "majority"

    @property
    def outside(self) -> bool:
        """Tell whether its outputs were entered and not made here."""
        return "outside" in self.notes

    @property
    def name(self) -> str:
        """Give the name of the recipe, or of the outside system."""
        if self.outside:
            return self.model
        return self.label or self.recipe or "full"

    @cached_property
    def langs(self) -> tuple[str, ...]:
        """List the languages with test scores, or rows that say why there is none."""
        return tuple(dict.fromkeys(key.lang for key in self.scores if key.split == "test"))

    def score(
        self, lang: str, metric: str, split: str = "test", condition: str = ""
    ) -> Score | None:
        """Find a score; None where there is no number."""
        found = self.scores.get(Key(lang, metric, split, condition))
        return found if found is not None and found.value is not None else None

    def value(
        self, lang: str, metric: str, split: str = "test", condition: str = ""
    ) -> float | None:
        """Find a number, None where there is none."""
        found = self.score(lang, metric, split, condition)
        return found.value if found else None

    def mean(self, langs: Sequence[str], metric: str, **key: str) -> float | None:
        """Average over languages; None unless all of them have a number."""
        values = [self.value(lang, metric, **key) for lang in langs]
        known = [value for value in values if value is not None]
        return sum(known) / len(known) if known and len(known) == len(values) else None


def systems(rows: Iterable[Row]) -> list[System]:
    """Group rows into systems, references first, then the plain recipe, with distinct names.

    Rows of snapshots are left out: a run's last step is its result.
    """
    return named(grouped(rows))


def grouped(rows: Iterable[Row]) -> list[System]:
    """Group rows as ``systems`` does; names may occur more than once."""
    by_cell: dict[tuple[str, str], list[Row]] = defaultdict(list)
    last: dict[str, int] = defaultdict(int)
    rows = list(rows)
    for row in rows:
        if row.step > last[row.run]:
            last[row.run] = row.step
    for row in rows:
        if row.step == last[row.run]:
            by_cell[row.task, row.cell].append(row)
    return sorted((_system(_final(group)) for group in by_cell.values()), key=_order)


def _final(rows: Sequence[Row]) -> list[Row]:
    """Take the later row of a score: one watched at the last step is scored again, on all items."""
    found = {(row.run, row.target, row.metric, row.split, row.condition): row for row in rows}
    return [*found.values()]


def named(found: Sequence[System]) -> list[System]:
    """Give systems names that tell them from the others they stand beside."""
    # one without test scores was trained to choose by, and stands in no table
    every = _Names([system for system in found if not system.outside])
    shown = _Names([system for system in found if not system.outside and system.langs])
    return [
        system if system.outside else (shown if system.langs else every).apart(system)
        for system in found
    ]


def metric(name: str) -> Metric:
    """Find a metric; one that is not installed any more is taken as a share."""
    try:
        return plugin.metric(name)
    except IsoglossError:
        return Metric("", (), lambda *_: [], lambda totals: totals, name=name)


def headline(task: str, rows: Sequence[System]) -> str:
    """Name a task's first metric, or the first that its rows have."""
    try:
        named: tuple[str, ...] = plugin.task(task).metrics
    except IsoglossError:
        named = ()
    there = [key.metric for system in rows for key in system.scores]
    return next((name for name in (*named, *there) if name in there), "")


class _Names:
    """Systems by what their names have to tell apart."""

    def __init__(self, found: Sequence[System]) -> None:
        self.models: defaultdict[str, set[str]] = defaultdict(set)
        self.sources: defaultdict[tuple[str, str], set[tuple[str, ...]]] = defaultdict(set)
        self.alike: defaultdict[tuple[object, ...], list[System]] = defaultdict(list)
        for system in found:
            self.models[system.task].add(system.model)
            self.sources[system.task, system.name].add(system.sources)
            self.alike[_place(system)].append(system)

    def apart(self, system: System) -> System:
        """Add to a system's name what tells it from others of its task."""
        name, backbone = system.name, ""
        models = self.models[system.task]
        if len(models) > 1:
            backbone = short_model(system.model, models)
            name += f", {backbone}"
        if len(self.sources[system.task, system.name]) > 1:
            name += f", from {'+'.join(system.sources)}"
        alike = self.alike[_place(system)]
        if any(other.recipe != system.recipe for other in alike):
            name += f", {system.recipe or 'plain'}"
        if any(other.optimizer != system.optimizer for other in alike):
            name += f", {system.optimizer}"
        twins = [other.cell for other in alike if _setting(other) == _setting(system)]
        if len(twins) > 1:  # they differ in steps, batch or generation
            name += f", {system.step} steps, {twins.index(system.cell) + 1}"
        if name == system.name:
            return system
        return replace(system, label=name, backbone=backbone)


def _place(system: System) -> tuple[object, ...]:
    return system.task, system.model, system.sources, system.name


def _setting(system: System) -> tuple[object, ...]:
    return system.recipe, system.lr, system.optimizer


def _system(rows: list[Row]) -> System:
    first = rows[0]
    rows.sort(key=lambda row: row.seed)
    by_key: dict[Key, list[Row]] = defaultdict(list)
    runs: dict[int, Row] = {}
    for row in rows:
        by_key[Key(row.target, row.metric, row.split, row.condition)].append(row)
        runs.setdefault(row.seed, row)
    seeds = sorted(runs)
    # A language may need parts that the languages before it did not.
    seconds = [max(row.seconds for row in rows if row.seed == seed) for seed in seeds]
    return System(
        task=first.task,
        task_version=first.task_version,
        model=first.model,
        sources=tuple(filter(None, first.sources.split(","))),
        recipe=first.recipe,
        label=next((row.label for row in rows if row.label), ""),
        lr=first.lr,
        step=first.step,
        cell=first.cell,
        needs=tuple(filter(None, first.needs.split(","))),
        trained=first.trained,
        size=first.size,
        seconds=sum(seconds) / len(seeds),
        machines=tuple(sorted({row.machine for row in rows if row.machine})),
        notes=tuple(dict.fromkeys(_notes(rows))),
        runs=tuple(runs[seed].run for seed in seeds),
        seeds=tuple(seeds),
        scores={key: _score(found) for key, found in by_key.items()},
        settings=first.settings,
        optimizer=first.optimizer,
        rows=tuple(rows),
    )


def _notes(rows: list[Row]) -> Iterator[str]:
    """Give what is noted of the system and not of a missing number."""
    for row in rows:
        if row.note and row.value is not None:
            yield from row.note.split("; ")


def _score(rows: Sequence[Row]) -> Score:
    """Put the rows of all seeds, in their order, into one number."""
    values = tuple(row.value for row in rows if row.value is not None)
    notes = {row.note: None for row in rows if row.note}
    note = "; ".join(notes) if notes else ""
    if not values:
        return Score(None, None, None, 0.0, rows[0].n, (), note)
    mean = sum(values) / len(values)
    known = [row for row in rows if row.value is not None]
    ends = [(row.low, row.high) for row in known if row.low is not None and row.high is not None]
    if not ends:
        return Score(mean, None, None, 0.0, rows[0].n, values, note)
    low = sum(low for low, _ in ends) / len(ends)
    high = sum(high for _, high in ends) / len(ends)
    spread = sum((value - mean) ** 2 for value in values) / max(1, len(values) - 1) / len(values)
    error = (((high - low) / (2 * 1.96)) ** 2 + spread) ** 0.5
    return Score(mean, min(low, *values), max(high, *values), error, rows[0].n, values, note)


def _first(recipe: str) -> str:
    found = re.match(r"\w+", recipe.strip())
    return found.group() if found else ""


def _order(system: System) -> tuple[object, ...]:
    rank = UNTRAINED.index(_first(system.recipe)) if system.reference else 2
    place = (system.task, system.model if not system.outside else "￿", system.sources)
    recipe = (bool(system.recipe), system.recipe)
    settings = (system.optimizer != Fit.optimizer, system.optimizer, system.settings)
    return (*place, rank, *recipe, *settings, system.lr, system.cell)
