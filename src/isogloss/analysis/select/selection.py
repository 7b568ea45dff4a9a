"""What `[select]` of a study says, read from its plain values."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Literal

from isogloss.analysis.select.language_kept import LanguageKept
from isogloss.analysis.select.leave_one_source_out import LeaveOneSourceOut
from isogloss.analysis.select.multi_source_dev import MultiSourceDev
from isogloss.analysis.select.oracle import Oracle
from isogloss.analysis.select.policy import Policy
from isogloss.analysis.select.source_dev import SourceDev
from isogloss.core.errors import IsoglossError, unknown
from isogloss.core.field import Seed, build, fit_type

POLICIES: Mapping[str, type[Policy]] = {
    policy.name: policy
    for policy in (SourceDev, MultiSourceDev, LeaveOneSourceOut, LanguageKept, Oracle)
}
KEYS = ("lr", "tie", "confirm")


@dataclass(frozen=True)
class Selection:
    """How one rate is chosen, and what is run again at it."""

    policy: Policy = field(default_factory=SourceDev)
    tie: Literal["smallest", "largest"] = "smallest"
    """Which of the tied rates is taken. Targets suffer from high rates before the source does."""
    confirm: tuple[Seed, ...] = ()
    """Seeds that are run afterwards, at the chosen rate and its neighbours alone."""

    @classmethod
    def of(cls, table: Mapping[str, Any]) -> Selection:
        """Read the plain values of `[select]`.

        Raises:
            IsoglossError: an unknown key, policy or setting.
        """
        for key in table:
            if key not in KEYS:
                raise unknown("key of [select]:", key, KEYS)
        tie: Any = Literal["smallest", "largest"]
        return cls(
            read(table.get("lr", SourceDev.name)),
            fit_type(table.get("tie", "smallest"), tie, "[select] tie"),
            fit_type(table.get("confirm", ()), tuple[Seed, ...], "[select] confirm"),
        )


def read(value: Any) -> Policy:
    """Read a policy: its name, or a table with its name and settings.

    Raises:
        IsoglossError: no such policy or setting.
    """
    settings = dict(value) if isinstance(value, Mapping) else {"policy": value}
    name = settings.pop("policy", None)
    if not isinstance(name, str):
        raise IsoglossError("[select] lr names no policy", 'write lr = { policy = "source_dev" }')
    if name not in POLICIES:
        raise unknown("selection policy", name, POLICIES)
    policy: Policy = build(POLICIES[name], name, settings)
    return policy
