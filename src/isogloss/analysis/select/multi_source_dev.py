"""The rate that is best on the dev splits of several source languages."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

from isogloss.analysis.select.policy import Measured, Policy, mean
from isogloss.analysis.system import System
from isogloss.core.errors import IsoglossError
from isogloss.core.metric import Metric


@dataclass(frozen=True)
class MultiSourceDev(Policy):
    """Take the rate that is best on the dev splits of several source languages."""

    over: Literal["mean", "worst"] = "mean"
    """The mean over the sources, or the source that it is worst on."""

    name = "multi_source_dev"
    what = "several sources' dev"

    def check(self, sources: Sequence[str]) -> None:
        """Refuse a single source."""
        several(self, sources)

    def measure(self, system: System, metric: Metric, found: Sequence[System]) -> Measured | None:
        """Average over the sources, or take the worst of them."""
        each = [mean(system, [lang], metric.name, "dev") for lang in system.sources]
        known = [one for one in each if one is not None]
        if self.over == "worst" and len(known) == len(each):
            return (min if metric.higher else max)(known)
        return mean(system, system.sources, metric.name, "dev")

    def rule(self, metric: str) -> str:
        """Describe it."""
        which = "mean" if self.over == "mean" else "worst language's"
        return f"the one with the best {which} {metric} on the dev splits of the source languages"


def several(policy: Policy, sources: Sequence[str]) -> None:
    """Refuse a single source.

    Raises:
        IsoglossError: there is one.
    """
    if len(sources) < 2:
        raise IsoglossError(
            f"{policy.name} chooses by several sources, and there is one: {', '.join(sources)}",
            'add a source: sources = [["en", "de"]], or choose by "source_dev"',
        )
