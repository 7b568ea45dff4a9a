"""Languages x systems, and what is read off such a table."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property

from isogloss.analysis.system import Score, System


@dataclass(frozen=True)
class Table:
    """One metric of one task: systems by languages."""

    metric: str
    systems: tuple[System, ...]
    condition: str = ""

    @cached_property
    def sources(self) -> tuple[str, ...]:
        """List every language that some system was trained on."""
        return tuple(dict.fromkeys(lang for s in self.systems for lang in s.sources))

    @cached_property
    def langs(self) -> tuple[str, ...]:
        """List the target languages, in alphabetical order."""
        found = {lang for system in self.systems for lang in system.langs}
        return tuple(sorted(found - set(self.sources)))

    @cached_property
    def shared(self) -> tuple[str, ...]:
        """List the target languages that every system has a number for.

        Means are over these alone: a system that skips a hard language must not
        win by it.
        """
        return tuple(
            lang
            for lang in self.langs
            if all(self.score(system, lang) is not None for system in self.systems)
        )

    def score(self, system: System, lang: str) -> Score | None:
        """Find a number of the table."""
        return system.score(lang, self.metric, condition=self.condition)

    def mean(self, system: System) -> float | None:
        """Average a system over the shared target languages."""
        return system.mean(self.shared, self.metric, condition=self.condition)

    def source(self, system: System) -> float | None:
        """Average a system's test scores over its own source languages."""
        return system.mean(system.sources, self.metric, condition=self.condition)

    def gap(self, system: System) -> float | None:
        """Give the source score minus the mean over targets."""
        source, mean = self.source(system), self.mean(system)
        return None if source is None or mean is None else source - mean

    def worst(self, system: System, n: int = 3, higher: bool = True) -> list[tuple[str, float]]:
        """List the target languages with the lowest scores, lowest first."""
        found = [
            (lang, score.value)
            for lang in self.langs
            if (score := self.score(system, lang)) is not None and score.value is not None
        ]
        return sorted(found, key=lambda pair: pair[1] if higher else -pair[1])[:n]

    def items(self) -> tuple[int, int]:
        """Give the smallest and largest number of test items of a language."""
        counts = [
            score.n
            for system in self.systems
            for lang in self.langs
            if (score := self.score(system, lang)) is not None
        ]
        return (min(counts), max(counts)) if counts else (0, 0)


def best(table: Table, higher: bool = True) -> System | None:
    """Find the trained system with the best mean over the shared languages."""
    known = [
        (mean, system)
        for system in table.systems
        if not system.reference and (mean := table.mean(system)) is not None
    ]
    if not known:
        return None
    return (max if higher else min)(known, key=lambda pair: pair[0])[1]


def rank(table: Table, systems: Sequence[System], higher: bool = True) -> list[System]:
    """Sort systems by their mean, best first; those without one last."""

    def key(system: System) -> tuple[bool, float]:
        mean = table.mean(system)
        return mean is None, 0.0 if mean is None else (-mean if higher else mean)

    return sorted(systems, key=key)
