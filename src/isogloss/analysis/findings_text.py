"""Findings, the methods paragraph and the bibliography, in words made from rows."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace

from isogloss.analysis.alarm import COLLAPSED, FIDELITY
from isogloss.analysis.compare import Difference
from isogloss.analysis.fidelity import lang_name, mostly
from isogloss.analysis.format import listed, number, quoted, spell, spell_rate
from isogloss.analysis.select import Choice
from isogloss.analysis.table import Table, best
from isogloss.core.metric import Metric
from isogloss.store import Store


@dataclass(frozen=True)
class Evidence:
    """Everything that is known of one task."""

    store: Store
    metric: Metric
    everything: Table
    """All systems, every rate."""
    table: Table
    """One rate of each recipe, with the references."""
    choices: tuple[Choice, ...]
    differences: tuple[Difference, ...]


def findings(evidence: Evidence) -> list[str]:
    """Say what the table shows, with its numbers, the most important first."""
    found = [
        *_bound(evidence),
        *_language(evidence),
        *_best(evidence),
        *_differences(evidence),
        *_worst(evidence),
    ]
    return found or ["No target language has a score from every system, so nothing is compared."]


def _bound(evidence: Evidence) -> Iterator[str]:
    if any(choice.bound for choice in evidence.choices):
        yield (
            "Rates were chosen by target labels (oracle): these scores are upper bounds and no "
            "results, and no such system is called best or compared."
        )


def _results(evidence: Evidence) -> Table:
    """Leave upper bounds out of the table of one rate each."""
    bounds = {choice.system.cell for choice in evidence.choices if choice.bound}
    kept = tuple(s for s in evidence.table.systems if s.cell not in bounds)
    return replace(evidence.table, systems=kept)


def _language(evidence: Evidence) -> Iterator[str]:
    langs = Table(FIDELITY, evidence.everything.systems).shared
    if not langs:
        return
    own = evidence.everything.systems[0].mean(langs, FIDELITY, condition="reference")
    own = 1.0 if own is None else own
    told = False
    for choice in evidence.choices:
        rates = [(s.mean(langs, FIDELITY), s) for s in choice.among if not s.reference]
        known = [(rate, s) for rate, s in rates if rate is not None]
        now = choice.system.mean(langs, FIDELITY)
        if len(known) < 2 or now is None:
            continue
        low, system = min(known, key=lambda pair: pair[0])
        if low < COLLAPSED * own <= now and not told:
            told = True
            name, share = mostly(evidence.store, system, langs)
            chosen = choice.system.name
            other = f" ({quoted(chosen)})" if chosen != system.name else ""
            where = f"in {name}" if share > 0.5 else "in the wrong language"
            yield (
                f"At learning rate {spell_rate(system.lr)}, {quoted(system.name)} answers {where}: "
                f"its correct-language rate is {low:.2f} on average over {_count(langs)}. At "
                f"{spell_rate(choice.system.lr)}{other} it is {now:.2f}; "
                f"the references' own is {own:.2f}."
            )
    trained = [s for s in evidence.table.systems if not s.reference]
    low_ones = [s for s in trained if (s.mean(langs, FIDELITY) or 0.0) < COLLAPSED * own]
    if low_ones:
        names = listed([quoted(s.name) for s in low_ones])
        verb = "writes" if len(low_ones) == 1 else "write"
        yield f"Even at the chosen rate, {names} {verb} mostly in the wrong language."
    elif trained and not told:
        rates_now = [s.mean(langs, FIDELITY) or 0.0 for s in trained]
        yield (
            f"Outputs are in the language asked for: correct-language rate "
            f"{_range(rates_now)} over {_count(langs)}; the references' own is {own:.2f}."
        )


def _best(evidence: Evidence) -> Iterator[str]:
    metric, table = evidence.metric, _results(evidence)
    top = best(table, metric.higher)
    if top is None:
        return
    mean, source, gap = table.mean(top), table.source(top), table.gap(top)
    assert mean is not None
    beaten = [s for s in table.systems if s.reference and s.model == top.model]
    sign = 1 if metric.higher else -1
    lead = ""
    if any((table.mean(s) or 0.0) * sign >= mean * sign for s in beaten):
        lead = "No system does better than its references. "
    text = (
        f"{lead}Best on average over {_count(table.shared)} is {quoted(top.name)} with "
        f"{spell(metric.name)} {number(mean, metric.scale)}"
    )
    beside = [
        f"{s.name} {number(value, metric.scale)}"
        for s in table.systems
        if s.reference and s.model == top.model and (value := table.mean(s)) is not None
    ]
    if beside:
        text += f" ({', '.join(beside)})"
    if source is not None and gap is not None:
        names = listed([lang_name(lang) for lang in top.sources])
        text += (
            f"; {names}, its source, has {number(source, metric.scale)}, "
            f"a gap of {number(gap, metric.scale)}"
        )
    if top.needs:
        text += f". It uses {listed([spell(need) for need in top.needs])}"
    yield text + "."


def _differences(evidence: Evidence) -> Iterator[str]:
    cells = {system.cell for system in _results(evidence).systems}
    told = [d for d in evidence.differences if {d.system.cell, d.baseline.cell} <= cells]
    sure = [d for d in told if d.sure and not d.system.reference]
    scale = evidence.metric.scale
    for words, sign in (("higher", 1), ("lower", -1)):
        found = [d for d in sure if d.delta * sign > 0]
        if found:
            parts = [
                f"{quoted(d.system.name)} by {number(abs(d.delta), scale)} "
                f"[{number(min(abs(d.low), abs(d.high)), scale)}, "
                f"{number(max(abs(d.low), abs(d.high)), scale)}]"
                for d in sorted(found, key=lambda d: -abs(d.delta))
            ]
            base = quoted(found[0].baseline.name)
            yield f"Scores {words} than {base}, on the same items: {listed(parts)}."
    unsure = [quoted(d.system.name) for d in told if not d.sure]
    if unsure:
        base = quoted(told[0].baseline.name)
        yield f"Not told apart from {base} with this many items and seeds: {listed(unsure)}."


def _worst(evidence: Evidence) -> Iterator[str]:
    top = best(_results(evidence), evidence.metric.higher)
    if top is None or len(evidence.table.langs) < 4:
        return
    worst = evidence.table.worst(top, 3, evidence.metric.higher)
    if len({value for _, value in evidence.table.worst(top, len(evidence.table.langs))}) == 1:
        return
    parts = [f"{lang_name(lang)} {number(value, evidence.metric.scale)}" for lang, value in worst]
    yield f"Hardest for {quoted(top.name)}: {listed(parts)}."


def _count(langs: Sequence[str]) -> str:
    if len(langs) == 1:
        return lang_name(langs[0])
    return f"{len(langs)} target languages"


def _range(values: Sequence[float]) -> str:
    low, high = f"{min(values):.2f}", f"{max(values):.2f}"
    return low if low == high else f"{low} to {high}"
