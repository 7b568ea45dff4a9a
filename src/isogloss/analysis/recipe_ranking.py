"""What the rates of every recipe do on one backbone, and which recipes are worth trying."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import cached_property

from isogloss.analysis.alarm import FIDELITY, fell
from isogloss.analysis.compare import Difference, differences, mean_interval
from isogloss.analysis.format import short_model
from isogloss.analysis.outcome import shares
from isogloss.analysis.select import Choice
from isogloss.analysis.system import System
from isogloss.analysis.table import Table
from isogloss.core.metric import Metric
from isogloss.core.types import Row
from isogloss.store import Store

KEPT = 0.9
"""Part of the references' own correct-language rate from which the language is kept."""


@dataclass(frozen=True)
class Tried:
    """One rate of a recipe, on the mean of the targets."""

    store: Store
    system: System
    metric: Metric
    langs: tuple[str, ...]

    @property
    def name(self) -> str:
        """Name the recipe, and not the backbone."""
        return self.system.name.replace(f", {self.system.backbone}", "", 1)

    @cached_property
    def score(self) -> float | None:
        """Give the score."""
        return self.system.mean(self.langs, self.metric.name) if self.langs else None

    @cached_property
    def ends(self) -> tuple[float | None, float | None]:
        """Give the 95 % interval of the score, over items and seeds."""
        return mean_interval(self.store, self.system, self.langs, self.metric)

    @cached_property
    def fidelity(self) -> float | None:
        """Give the correct-language rate."""
        return self.system.mean(self.langs, FIDELITY) if self.langs else None

    @cached_property
    def own(self) -> float | None:
        """Give the references' correct-language rate."""
        found = self.system.mean(self.langs, FIDELITY, condition="reference")
        return found if self.langs else None

    @cached_property
    def dev(self) -> float | None:
        """Give the score on the sources' dev splits."""
        return self.system.mean(self.system.sources, self.metric.name, split="dev")

    @cached_property
    def outcomes(self) -> dict[str, float]:
        """Give the shares of outputs in the right language, in a source's, copied and other."""
        return shares(self.store, self.system, self.langs)

    @property
    def error(self) -> float:
        """Give the standard error of the score."""
        low, high = self.ends
        return 0.0 if low is None or high is None else (high - low) / (2 * 1.96)

    @property
    def kept(self) -> bool:
        """Tell whether the outputs are in the language asked for."""
        return self.fidelity is None or self.fidelity >= KEPT * _own(self.own)

    @property
    def lost(self) -> bool:
        """Tell whether the outputs are mostly in another language."""
        return self.fidelity is not None and fell(self.fidelity, self.own)


@dataclass(frozen=True)
class Arm:
    """A recipe on one backbone, with all its rates."""

    choice: Choice
    tried: tuple[Tried, ...]
    """Rising by rate."""
    sign: int
    """1 where higher scores are better, else -1."""

    @property
    def name(self) -> str:
        """Name the recipe."""
        return self.taken.name

    @cached_property
    def taken(self) -> Tried:
        """Give the rate that the policy takes."""
        cell = self.choice.system.cell
        return next(one for one in self.tried if one.system.cell == cell)

    @cached_property
    def top(self) -> Tried | None:
        """Give the rate that is best on the targets, which only hindsight knows."""
        known = [one for one in self.tried if one.score is not None]
        return max(known, key=lambda one: self.sign * (one.score or 0.0), default=None)

    @cached_property
    def good(self) -> tuple[Tried, ...]:
        """List the rates within a standard error of the best, as the targets see it."""
        best = self.top
        if best is None or best.score is None:
            return ()
        return tuple(
            one
            for one in self.tried
            if one.score is not None
            and self.sign * (best.score - one.score) <= max(one.error, best.error) + 1e-12
        )

    @cached_property
    def search(self) -> tuple[float, ...]:
        """List the rates worth searching: good ones that keep the language, if any does."""
        kept = [one for one in self.good if one.kept]
        return tuple(one.system.lr for one in kept or self.good)

    @cached_property
    def lost_from(self) -> float | None:
        """Give the lowest rate from which on the language is lost; None where it is not."""
        found = None
        for one in reversed(self.tried):
            if not one.lost:
                break
            found = one.system.lr
        return found


@dataclass(frozen=True)
class Backbone:
    """All recipes on one backbone, for one task."""

    store: Store
    model: str
    metric: Metric
    langs: tuple[str, ...]
    """The target languages that all systems share."""
    arms: tuple[Arm, ...]
    """Trained recipes, in the order of the study."""
    references: tuple[Tried, ...]
    """What was not trained."""

    @property
    def tried(self) -> tuple[Tried, ...]:
        """List every system."""
        return (*(one for arm in self.arms for one in arm.tried), *self.references)

    @cached_property
    def plain(self) -> Arm | None:
        """Find plain finetuning."""
        return next((arm for arm in self.arms if not arm.choice.system.recipe), None)

    @cached_property
    def own(self) -> float | None:
        """Give the references' own correct-language rate."""
        found = (one.own for arm in self.arms for one in arm.tried)
        return next((value for value in found if value is not None), None)

    @cached_property
    def ranked(self) -> tuple[Arm, ...]:
        """Sort the recipes by their score at the rate taken, best first; bounds last."""
        known = [arm for arm in self.arms if arm.taken.score is not None]
        return tuple(sorted(known, key=lambda arm: (arm.choice.bound, -_level(arm))))

    @cached_property
    def best(self) -> Arm | None:
        """Find the best recipe that needs nothing but source labels; else the best."""
        free = [arm for arm in self.ranked if not arm.choice.system.needs]
        return next(iter([*free, *self.ranked]), None)

    @cached_property
    def hindsight(self) -> Arm | None:
        """Find the recipe with the best rate of all, of those that need no more than the best."""
        needs = set(self.best.choice.system.needs) if self.best else set()
        known = [arm for arm in self.ranked if arm.top and set(arm.choice.system.needs) <= needs]
        return max(known, key=_highest, default=None)

    @cached_property
    def against(self) -> dict[str, Difference]:
        """Compare each recipe with the best, by cell."""
        if self.best is None:
            return {}
        chosen = [arm.choice.system for arm in self.ranked]
        top = self.best.choice.system
        found = differences(self.store, chosen, top, self.langs, self.metric)
        return {one.system.cell: one for one in found}

    @cached_property
    def equals(self) -> tuple[Arm, ...]:
        """List the recipes that can't be told from the best and need no more than it."""
        best = self.best
        if best is None:
            return ()
        needs = set(best.choice.system.needs)
        return tuple(
            arm
            for arm in self.ranked
            if arm is not best
            and set(arm.choice.system.needs) <= needs
            and (one := self.against.get(arm.choice.system.cell)) is not None
            and not one.sure
        )

    @cached_property
    def helped(self) -> tuple[Arm, ...]:
        """List, for each further supervision, the best recipe that uses it and beats the best."""
        found: dict[tuple[str, ...], Arm] = {}
        for arm in self.ranked:
            one = self.against.get(arm.choice.system.cell)
            if one is None or not one.sure or arm.sign * one.delta <= 0 or arm.choice.bound:
                continue
            found.setdefault(arm.choice.system.needs, arm)
        return tuple(found.values())


def backbones(store: Store, choices: Sequence[Choice], metric: Metric) -> list[Backbone]:
    """Look at each backbone by itself, on the languages that all of them share.

    Args:
        store: has the item statistics.
        choices: the rates taken, of one task.
        metric: the task's headline.
    """
    order = list(store.study().get("recipes", {}))

    def place(choice: Choice) -> int:
        label = next((row.label for row in choice.system.rows if row.label), "")
        return order.index(label) if label in order else len(order)

    choices = sorted((c for c in choices if not c.system.outside), key=place)
    langs = Table(metric.name, tuple(choice.system for choice in choices)).shared
    found = []
    models = sorted({choice.system.model for choice in choices})
    for model in models:
        arms = tuple(
            Arm(
                choice,
                tuple(Tried(store, system, metric, langs) for system in choice.among),
                1 if metric.higher else -1,
            )
            for choice in choices
            if choice.system.model == model
        )
        trained = tuple(arm for arm in arms if not arm.choice.system.reference)
        references = tuple(arm.taken for arm in arms if arm.choice.system.reference)
        name = short_model(model, models)
        found.append(Backbone(store, name, metric, langs, trained, references))
    return found


def _level(arm: Arm) -> float:
    return arm.sign * (arm.taken.score or 0.0)


def _highest(arm: Arm) -> float:
    return arm.sign * (arm.top.score or 0.0) if arm.top else float("-inf")


def _own(value: float | None) -> float:
    return 1.0 if value is None else value


def watched(rows: Sequence[Row], arm: Arm, name: str) -> Iterator[tuple[str, float, int, float]]:
    """Give (language, rate, step, value) of a recipe's trainings on their way, means over seeds.

    The last step's value is that of the finished model, on all items.
    """
    by_run = {run: one.system for one in arm.tried for run in one.system.runs}
    found: dict[tuple[str, float, int], list[float]] = {}
    for row in rows:
        system = by_run.get(row.run)
        if system is None or row.metric != name or row.split != "test" or row.condition:
            continue
        if 0 < row.step < system.step and row.value is not None:
            found.setdefault((row.target, system.lr, row.step), []).append(row.value)
    langs = {lang for lang, _, _ in found}
    for one in arm.tried:
        for lang in langs:
            value = one.system.value(lang, name)
            if value is not None and any(key[:2] == (lang, one.system.lr) for key in found):
                found[lang, one.system.lr, one.system.step] = [value]
    for (lang, lr, step), values in sorted(found.items()):
        yield lang, lr, step, sum(values) / len(values)
