"""The rate that is best on the source languages' dev splits."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from isogloss.analysis.select.policy import Measured, Policy, mean
from isogloss.analysis.system import System
from isogloss.core.metric import Metric


@dataclass(frozen=True)
class SourceDev(Policy):
    """Take the rate that is best on the source languages' dev splits."""

    name = "source_dev"
    what = "mean source dev"

    def measure(self, system: System, metric: Metric, found: Sequence[System]) -> Measured | None:
        """Average over the sources."""
        return mean(system, system.sources, metric.name, "dev")

    def rule(self, metric: str) -> str:
        """Describe it."""
        return f"the one with the best mean {metric} on the source languages' dev splits"
