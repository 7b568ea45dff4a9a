"""Choose among learning rates after the fact, by a named policy over dev rows."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

from isogloss.analysis.system import System
from isogloss.analysis.wording import spell, spell_rate
from isogloss.core.errors import unknown
from isogloss.core.metric import Metric


@dataclass(frozen=True)
class Choice:
    """One recipe's rates, and the one that a policy takes."""

    system: System
    among: tuple[System, ...]
    """All rates, rising, the chosen one with them."""
    why: str
    warnings: tuple[str, ...] = ()


Policy = Callable[[Sequence[System], Metric], Choice]


def source_dev(rates: Sequence[System], metric: Metric) -> Choice:
    """Take the rate that is best on the source languages' dev splits.

    Rates within one standard error of the best are tied; the smallest of them
    wins, since target languages suffer from high rates before the source does.
    """
    rates = sorted(rates, key=lambda system: system.lr)
    if len(rates) == 1:
        return Choice(rates[0], tuple(rates), "the only rate tried")
    sign = 1 if metric.higher else -1
    found = {s.cell: _dev(s, metric) for s in rates}
    known = [(s, *score) for s in rates if (score := found[s.cell]) is not None]
    if not known:
        why = "no dev scores of the sources to choose by; the smallest rate stands in"
        return Choice(rates[0], tuple(rates), why, (f"{rates[0].name}: {why}",))
    _, top, error = max(known, key=lambda one: sign * one[1])
    tied = [
        (system, value)
        for system, value, own in known
        if sign * (top - value) <= max(error, own) + 1e-12
    ]
    chosen, value = tied[0]
    why = f"best mean source dev {spell(metric.name)}, {value:.3g}"
    if len(tied) > 1:
        equals = ", ".join(spell_rate(system.lr) for system, _ in tied)
        why = (
            f"smallest of {equals}, tied on source dev {spell(metric.name)} within a standard error"
        )
    return Choice(chosen, tuple(rates), why, tuple(_warnings(chosen, known, rates, metric)))


POLICIES: Mapping[str, Policy] = {"source_dev": source_dev}


def choose(found: Sequence[System], metric: Metric, policy: str = "source_dev") -> list[Choice]:
    """Choose one rate for each recipe, backbone and set of sources."""
    if policy not in POLICIES:
        raise unknown("selection policy", policy, POLICIES)
    arms: dict[tuple[object, ...], list[System]] = {}
    for system in found:
        rates = arms.setdefault(system.arm, [])
        if any(system.lr == other.lr for other in rates):
            # they differ in another setting: two systems, never a choice
            arms[*system.arm, system.cell] = [system]
        else:
            rates.append(system)
    return [POLICIES[policy](rates, metric) for rates in arms.values()]


def _dev(system: System, metric: Metric) -> tuple[float, float] | None:
    """Give the mean over sources and its standard error."""
    scores = [system.score(lang, metric.name, "dev") for lang in system.sources]
    known = [score for score in scores if score is not None]
    if not known or len(known) < len(scores):
        return None
    value = sum(score.value or 0.0 for score in known) / len(known)
    return value, sum(score.error**2 for score in known) ** 0.5 / len(known)


def _warnings(
    chosen: System,
    known: Sequence[tuple[System, float, float]],
    rates: Sequence[System],
    metric: Metric,
) -> list[str]:
    found = []
    if chosen.cell in (rates[0].cell, rates[-1].cell):
        edge, beyond = (
            ("smallest", "smaller") if chosen.cell == rates[0].cell else ("largest", "larger")
        )
        found.append(
            f"{chosen.name}: the chosen rate {spell_rate(chosen.lr)} is the {edge} of "
            f"{len(rates)} tried; a {beyond} one may be better"
        )
    if len(known) < len(rates):
        missing = {s.cell for s in rates} - {s.cell for s, _, _ in known}
        names = ", ".join(spell_rate(s.lr) for s in rates if s.cell in missing)
        found.append(
            f"{chosen.name}: no source dev {spell(metric.name)} at {names}; not chosen from"
        )
    return found
