"""The base class of selection policies: what they measure, and the rows that this takes."""

from __future__ import annotations

import dataclasses
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import ClassVar

from isogloss.analysis.system import System
from isogloss.core.metric import Metric
from isogloss.core.task import Task

Measured = tuple[float, float]
"""A value and its standard error."""
Pairs = tuple[tuple[str, str], ...]
"""(language, split)."""


@dataclass(frozen=True)
class Policy:
    """Say which learning rate is best; the fields are its settings in `[select]`.

    A policy reads rows and nothing else, so that changing it retrains nothing.
    Rows that a study would not have by itself are named in ``pairs`` and ``parts``.
    """

    name: ClassVar[str] = ""
    needs: ClassVar[tuple[str, ...]] = ()
    """What it uses beyond source labels; a system chosen by it needs the same."""
    bound: ClassVar[bool] = False
    """Whether it looks at what is to be found out: an upper bound and no result."""
    what: ClassVar[str] = ""
    """What it measures, in words that stand before a metric's name."""
    scores: ClassVar[str] = "dev scores of the sources"
    """The rows that it reads, in words."""

    def check(self, sources: Sequence[str]) -> None:
        """Refuse settings, or sources that it can't choose for."""

    def pairs(
        self, task: Task, targets: Sequence[str], splits: Mapping[str, Sequence[str]]
    ) -> Pairs:
        """Name what every rate must be scored on besides the sources.

        Args:
            targets: languages that are evaluated, without the sources.
            splits: language -> splits that the task has.

        Raises:
            IsoglossError: the task lacks what the policy reads.
        """
        return ()

    def parts(self, sources: Sequence[str]) -> Mapping[tuple[str, ...], Pairs]:
        """Name the sources of further runs, and what these are scored on."""
        return {}

    def narrow(self, rates: Sequence[System]) -> tuple[Sequence[System], str, str]:
        """Leave out rates before measuring.

        Returns:
            The rates left, why in words, and a warning; both may be empty.
        """
        return rates, "", ""

    def measure(self, system: System, metric: Metric, found: Sequence[System]) -> Measured | None:
        """Score a rate; None where its rows are missing.

        Args:
            found: all systems of the task, those of ``parts`` among them.
        """
        raise NotImplementedError

    def rule(self, metric: str) -> str:
        """Describe the chosen rate for the methods paragraph: `the one with ...`."""
        raise NotImplementedError

    def __str__(self) -> str:
        """Spell it with its settings."""
        settings = [f"{f.name}={_spelled(getattr(self, f.name))}" for f in dataclasses.fields(self)]
        return f"{self.name}({', '.join(settings)})" if settings else self.name


def mean(system: System, langs: Sequence[str], metric: str, split: str) -> Measured | None:
    """Average over languages, with the standard error; None unless all have a number."""
    scores = [system.score(lang, metric, split) for lang in langs]
    known = [score for score in scores if score is not None]
    if not known or len(known) < len(scores):
        return None
    value = sum(score.value or 0.0 for score in known) / len(known)
    return value, sum(score.error**2 for score in known) ** 0.5 / len(known)


def _spelled(value: object) -> str:
    return repr(list(value) if isinstance(value, tuple) else value)
