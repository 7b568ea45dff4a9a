"""Group systems into arms, and let a policy take one rate of each."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import replace
from typing import Any

from isogloss.analysis.format import listed, spell, spell_rate
from isogloss.analysis.select.choice import Choice
from isogloss.analysis.select.leave_one_source_out import held_out
from isogloss.analysis.select.policy import Policy
from isogloss.analysis.select.selection import Selection, read
from isogloss.analysis.system import System, headline
from isogloss.analysis.system import metric as find_metric
from isogloss.core.metric import Metric

Known = Sequence[tuple[System, float, float]]
"""(system, value, standard error)."""


def choose(
    found: Sequence[System],
    metric: Metric,
    policy: str | Selection = "source_dev",
    **settings: Any,
) -> list[Choice]:
    """Choose one rate for each recipe, backbone and set of sources of a task.

    Args:
        found: all systems of the task.
        policy: its name, or all that `[select]` says.
        settings: the policy's own.

    Raises:
        IsoglossError: no such policy or setting, or sources that it can't choose for.
    """
    selection = policy
    if isinstance(selection, str):
        selection = Selection(read({"policy": selection, **settings}))
    arms: dict[tuple[object, ...], list[System]] = {}
    for system in found:
        rates = arms.setdefault(system.arm, [])
        if any(system.lr == other.lr for other in rates):
            # they differ in another setting: two systems, never a choice
            arms[*system.arm, system.cell] = [system]
        else:
            rates.append(system)
    # a system without test scores was trained to choose by
    shown = [rates for rates in arms.values() if any(system.langs for system in rates)]
    return [_choose(rates, metric, selection, found) for rates in shown or arms.values()]


def choose_all(found: Sequence[System], selection: Selection) -> list[Choice]:
    """Choose for every task, each by its first metric."""
    choices = []
    for task in dict.fromkeys(system.task for system in found):
        own = [system for system in found if system.task == task]
        choices += choose(own, find_metric(headline(task, own)), selection)
    return choices


def _choose(
    rates: Sequence[System], metric: Metric, selection: Selection, found: Sequence[System]
) -> Choice:
    rates = sorted(rates, key=lambda system: system.lr)
    policy = selection.policy
    if len(rates) == 1:
        return Choice(rates[0], tuple(rates), "the only rate tried", tied=tuple(rates))
    policy.check(rates[0].sources)
    shared = _on_shared_seeds(rates)
    left, words, warning = policy.narrow(shared)
    measured = [(system, policy.measure(system, metric, found)) for system in left]
    known = [(system, *score) for system, score in measured if score is not None]
    tied = _tied(known, metric, selection.tie)
    if tied:
        why = "; ".join(filter(None, [_why(tied, selection, metric), words, _seeds(rates, shared)]))
        told = [warning, *_warnings(tied[0][0], known, left, shared, policy, metric)]
    else:
        reason = f"no {policy.scores} to choose by" if left else words
        why = f"{reason}; the smallest rate stands in"
        told = [why]
    chosen = tied[0][0].cell if tied else rates[0].cell
    among = tuple(_marked(s, policy) if s.cell == chosen else s for s in rates)
    cells = {system.cell for system, _ in tied} or {chosen}
    return Choice(
        system=next(system for system in among if system.cell == chosen),
        among=among,
        why=why,
        warnings=tuple(f"{rates[0].name}: {text}" for text in told if text),
        tied=tuple(system for system in among if system.cell in cells),
        policy=policy.name,
        rule=f"{policy.rule(spell(metric.name))}, the {selection.tie} of those within one standard "
        "error",
        needs=policy.needs,
        bound=policy.bound,
        parts=tuple(_parts(rates, policy, found)),
    )


def _on_shared_seeds(rates: Sequence[System]) -> Sequence[System]:
    """Leave out seeds that only some rates have: they must not decide between rates."""
    seeds = set.intersection(*(set(system.seeds) for system in rates))
    return [system.only(seeds) for system in rates] if seeds else rates


def _seeds(rates: Sequence[System], shared: Sequence[System]) -> str:
    """Name the seeds it was chosen by, where some rates have more."""
    if all(one is other for one, other in zip(rates, shared, strict=True)):
        return ""
    seeds = shared[0].seeds
    return f"by seed{'s' if len(seeds) > 1 else ''} {listed([str(seed) for seed in seeds])}"


def _tied(known: Known, metric: Metric, tie: str) -> list[tuple[System, float]]:
    """Find the rates within one standard error of the best, the one to take first."""
    if not known:
        return []
    sign = 1 if metric.higher else -1
    _, top, error = max(known, key=lambda one: sign * one[1])
    tied = [
        (system, value)
        for system, value, own in known
        if sign * (top - value) <= max(error, own) + 1e-12
    ]
    return tied if tie == "smallest" else tied[::-1]


def _why(tied: Sequence[tuple[System, float]], selection: Selection, metric: Metric) -> str:
    what = f"{selection.policy.what} {spell(metric.name)}"
    if len(tied) == 1:
        return f"best {what}, {tied[0][1]:.3g}"
    equals = ", ".join(spell_rate(lr) for lr in sorted(system.lr for system, _ in tied))
    return f"{selection.tie} of {equals}, tied on {what} within a standard error"


def _marked(system: System, policy: Policy) -> System:
    """Give a chosen system what choosing it used; an upper bound says so in its name."""
    needs = tuple(sorted({*system.needs, *policy.needs}))
    label = f"{system.name} ({policy.name})" if policy.bound else system.label
    return replace(system, needs=needs, label=label)


def _parts(rates: Sequence[System], policy: Policy, found: Sequence[System]) -> Iterator[System]:
    for system in rates:
        for lang in system.sources if policy.parts(system.sources) else ():
            part = held_out(system, lang, found)
            if part is not None:
                yield part


def _warnings(
    chosen: System,
    known: Known,
    left: Sequence[System],
    rates: Sequence[System],
    policy: Policy,
    metric: Metric,
) -> Iterator[str]:
    if chosen.cell in (rates[0].cell, rates[-1].cell):
        first = chosen.cell == rates[0].cell
        edge, beyond = ("smallest", "smaller") if first else ("largest", "larger")
        yield (
            f"the chosen rate {spell_rate(chosen.lr)} is the {edge} of {len(rates)} tried; "
            f"a {beyond} one may be better"
        )
    missing = {system.cell for system in left} - {system.cell for system, _, _ in known}
    if missing:
        names = ", ".join(spell_rate(system.lr) for system in left if system.cell in missing)
        yield f"no {policy.what} {spell(metric.name)} at {names}; not chosen from"
    if not set.intersection(*(set(system.seeds) for system in rates)):
        yield "its rates share no seed, so each counts with its own"
