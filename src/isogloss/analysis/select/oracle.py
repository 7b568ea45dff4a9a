"""The rate that is best on the targets' own dev splits: an upper bound."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from isogloss.analysis.select.policy import Measured, Pairs, Policy, mean
from isogloss.analysis.system import System
from isogloss.core.errors import IsoglossError
from isogloss.core.metric import Metric
from isogloss.core.task import Task


@dataclass(frozen=True)
class Oracle(Policy):
    """Take the rate that is best on the targets' dev splits: an upper bound, no result."""

    name = "oracle"
    needs = ("target_labels",)
    bound = True
    what = "mean target dev"
    scores = "dev scores of the targets"

    def pairs(
        self, task: Task, targets: Sequence[str], splits: Mapping[str, Sequence[str]]
    ) -> Pairs:
        """Ask for the dev splits of the targets that have one."""
        found = tuple((lang, "dev") for lang in targets if "dev" in splits.get(lang, ()))
        if not found:
            raise IsoglossError(
                f"oracle chooses by target dev data, and {task.name} has none",
                'choose by "source_dev"',
            )
        return found

    def measure(self, system: System, metric: Metric, found: Sequence[System]) -> Measured | None:
        """Average over the targets that some rate was scored on."""
        langs = {
            key.lang
            for other in found
            if other.arm == system.arm
            for key in other.scores
            if key.split == "dev" and key.lang not in system.sources
        }
        return mean(system, sorted(langs), metric.name, "dev")

    def rule(self, metric: str) -> str:
        """Describe it."""
        return f"the one with the best mean {metric} on the targets' own dev splits (upper bound)"
