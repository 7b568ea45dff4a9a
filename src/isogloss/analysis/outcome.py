"""What outputs are that are not in the language asked for: the source's, a copy, or other."""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Mapping, Sequence
from typing import Protocol, runtime_checkable

from isogloss.analysis.fidelity import judged
from isogloss.analysis.system import System
from isogloss.fidelity import Verdict
from isogloss.store import Store

OUTCOMES = {
    "right": "in the language asked for",
    "source": "in a source language, or mixed with it",
    "copied": "the input's own words",
    "other": "in another language or script, in a loop, or empty",
}
WRONG = ("source", "copied", "other")


@runtime_checkable
class Counted(Protocol):
    """A store that holds the counts and not the outputs."""

    def outcomes(self, run_id: str, lang: str) -> Mapping[str, int]:
        """Give how many test outputs had each outcome."""


def outcome(verdict: Verdict, sources: Collection[str]) -> str:
    """Name the outcome that a verdict amounts to; nothing for what can't be judged."""
    if not verdict.judged:
        return ""
    if verdict.right:
        return "right"
    if verdict.kind == "copied":
        return "copied"
    return "source" if verdict.lang in sources else "other"


def count(store: Store, run_id: str, lang: str, sources: Collection[str]) -> dict[str, int]:
    """Count the outcomes of a run's test outputs in one language.

    Raises:
        IsoglossError: the language is not in the registry.
    """
    found = Counter(outcome(verdict, sources) for _, verdict in judged(store, run_id, lang))
    return {name: found[name] for name in OUTCOMES if found[name]}


def shares(store: Store, system: System, langs: Sequence[str]) -> dict[str, float]:
    """Give each outcome's share of the outputs that can be judged, the mean over languages.

    Nothing where the outputs of a language are not kept, or none can be judged.
    """
    means: Counter[str] = Counter()
    for lang in langs:
        total: Counter[str] = Counter()
        for run in system.runs:
            if isinstance(store, Counted):
                total.update(store.outcomes(run, lang))
            else:
                total.update(count(store, run, lang, system.sources))
        if not total:
            return {}
        means.update({name: n / total.total() / len(langs) for name, n in total.items()})
    return {name: means[name] for name in OUTCOMES} if means else {}
