"""What a policy chose, among which rates, and what the search cost."""

from __future__ import annotations

from dataclasses import dataclass
from typing import NamedTuple

from isogloss.analysis.system import System


class Budget(NamedTuple):
    """What searching a recipe's rate cost, over all rates and seeds."""

    trainings: int
    updates: int
    seconds: float


@dataclass(frozen=True)
class Choice:
    """One recipe's rates, and the one that a policy takes."""

    system: System
    among: tuple[System, ...]
    """All rates, rising, the chosen one with them."""
    why: str
    warnings: tuple[str, ...] = ()
    tied: tuple[System, ...] = ()
    """Rates that the policy can't tell apart, rising, the chosen one with them."""
    policy: str = "source_dev"
    rule: str = ""
    """How it was chosen, for the methods paragraph: `the one with ...`."""
    needs: tuple[str, ...] = ()
    """What choosing used beyond source labels."""
    bound: bool = False
    """Whether the choice is an upper bound and no result."""
    parts: tuple[System, ...] = ()
    """Systems that were trained only to choose by."""

    @property
    def budget(self) -> Budget:
        """Count what all rates cost, and the runs to choose by; nothing where none trains."""
        runs = {
            row.run: row for system in (*self.among, *self.parts) for row in system.rows if row.step
        }
        return Budget(
            trainings=len(runs),
            updates=sum(row.step for row in runs.values()),
            seconds=sum(row.seconds for row in runs.values()),
        )
