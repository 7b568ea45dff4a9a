"""Find the systems and languages that a claim speaks of."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from itertools import groupby
from typing import Any

from isogloss.analysis.fidelity import lang_name
from isogloss.analysis.format import listed, spell, spell_rate
from isogloss.analysis.select import Choice
from isogloss.analysis.system import System, headline
from isogloss.claim.effect import Sample
from isogloss.claim.grammar import PLACE, Selector, Statement
from isogloss.core.errors import IsoglossError
from isogloss.language.registry import canonical
from isogloss.store import Store

Place = tuple[Any, ...]
"""What a selector leaves open of task, model and sources; None where it does not."""
Pair = tuple[System, System]
Langs = Mapping[str, tuple[str, ...]]
"""Task -> languages."""


class Finder:
    """All systems of a study, with the rates that were selected."""

    def __init__(self, store: Store, found: Sequence[System], choices: Sequence[Choice]) -> None:
        self.store = store
        self.found = [system for system in found if system.langs]
        self.chosen = {choice.system.cell for choice in choices}
        self.recipes: Mapping[str, str] = store.study().get("recipes", {})
        self._samples: dict[str, Sample] = {}

    def recipe(self, selector: Selector) -> str:
        """Give the recipe behind a name of the study."""
        name = selector.recipe or ""
        return self.recipes.get(name, name)

    def rates(self, selector: Selector, recipe: str | None = None) -> dict[Place, list[System]]:
        """Find a recipe's systems at all rates, by place.

        Args:
            selector: the recipe, and what is said of its place.
            recipe: another one than the selector's.

        Raises:
            IsoglossError: there are none.
        """
        wanted = self.recipe(selector) if recipe is None else recipe
        model = (selector.model or "").partition("@")[0]
        sources = tuple(canonical(code) for code in selector.sources)
        found: dict[Place, list[System]] = {}
        for system in self.found:
            if (
                system.recipe == wanted
                and selector.task in (None, system.task)
                and model in ("", system.model.partition("@")[0])
                and sources in ((), system.sources)
            ):
                place = tuple(
                    None if getattr(selector, name) else getattr(system, name) for name in PLACE
                )
                found.setdefault(place, []).append(system)
        if not found:
            raise IsoglossError(f"no results of {selector}")
        return found

    def pick(self, selector: Selector, recipe: str | None = None) -> dict[Place, System]:
        """Find the systems that a selector means, one for each place.

        Raises:
            IsoglossError: there are none, or several between which nothing chooses.
        """
        found = {}
        rates = self.rates(selector, recipe)
        for place, systems in rates.items():
            fitting = [system for system in systems if self._at(system, selector.lr, systems)]
            if len(fitting) > 1:
                what = f"{len(fitting)} systems are {selector}, and differ in other settings"
                raise IsoglossError(what)
            if fitting:
                found[place] = fitting[0]
        if not found:
            there = sorted({system.lr for systems in rates.values() for system in systems})
            names = ", ".join(map(spell_rate, there))
            raise IsoglossError(f"no results of {selector}", f"its rates are {names}")
        return found

    def pairs(self, claim: Statement, names: Sequence[str], at: str = "") -> list[Pair]:
        """Find both sides of a comparison, in every place that has both.

        Raises:
            IsoglossError: no place has both, or they are the same systems.
        """
        selectors = [claim.part(name, at) for name in names]
        first, second = (self.pick(selector) for selector in selectors)
        found = [(first[place], second[place]) for place in first if place in second]
        if not found:
            raise IsoglossError(f"nothing has results of both {selectors[0]} and {selectors[1]}")
        if all(a.cell == b.cell for a, b in found):
            what = f"both sides are the same system, {found[0][0].name}"
            raise IsoglossError(f"{what}, lr {spell_rate(found[0][0].lr)}")
        return found

    def sample(self, claim: Statement, systems: Sequence[System]) -> Sample:
        """Find the statistics of the claim's metric.

        Raises:
            IsoglossError: the tasks' headlines differ.
        """
        tasks = {s.task: [t for t in systems if t.task == s.task] for s in systems}
        names = {claim.metric or headline(task, group) for task, group in tasks.items()}
        if len(names) > 1:
            raise IsoglossError(f"its tasks are scored by {listed(sorted(names))}", "name a metric")
        (name,) = names
        if name not in self._samples:
            self._samples[name] = Sample(self.store, name)
        return self._samples[name]

    def langs(self, sample: Sample, systems: Sequence[System], named: Sequence[str]) -> Langs:
        """Give the languages that all systems of a task have.

        Raises:
            IsoglossError: a language that the claim names is missing, or there is none.
        """
        found = {}
        named = tuple(canonical(code) for code in named)
        for task, members in groupby(sorted(systems, key=lambda s: s.task), lambda s: s.task):
            group = list(members)
            sources = {lang for system in group for lang in system.sources}
            wanted = named or sorted({lang for s in group for lang in s.langs} - sources)
            there = tuple(lang for lang in wanted if self._paired(sample, group, lang))
            lost = [lang_name(lang) for lang in named if lang not in there]
            if lost or not there:
                what = f"{spell(sample.metric.name)} on the same items in {listed(lost) or 'any'}"
                where = listed(sorted({system.name for system in group}))
                raise IsoglossError(f"no {what}{'' if lost else ' language'} from all of {where}")
            found[task] = there
        return found

    def _at(self, system: System, lr: float | str, rates: Sequence[System]) -> bool:
        if isinstance(lr, str):
            if lr == "selected":
                return system.cell in self.chosen
            return system.lr == (min if lr == "lowest" else max)(other.lr for other in rates)
        return abs(system.lr - lr) <= 1e-6 * lr

    def _paired(self, sample: Sample, systems: Sequence[System], lang: str) -> bool:
        cells = [sample.cell(system, lang) for system in systems]
        sizes = {len(cell.without) if cell is not None else 0 for cell in cells}
        digests = {self.store.items(system.runs[0], lang) for system in systems}
        return len(sizes) == 1 and 0 not in sizes and len(digests) == 1
