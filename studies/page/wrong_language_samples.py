"""What is written instead of the language asked for, by backbone, recipe and rate."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from itertools import groupby

from isogloss.analysis.fidelity import lang_name
from isogloss.analysis.format import listed, spell_rate
from isogloss.analysis.outcome import OUTCOMES, WRONG
from isogloss.analysis.recipe_ranking import Arm, Backbone, Tried
from isogloss.report.curve import rate_ticks, slug
from isogloss.report.figure import Figure, Mark, Panel, Series, wrapped

NAMES = {"right": "right language", "source": "source language", "copied": "copied input"}
FEW = 0.1
"""Share of outputs up to which what is wrong with them is not worth a word."""


def figures(found: Sequence[Backbone]) -> Iterator[Figure]:
    """Draw the shares of each outcome over learning rates, a panel a recipe."""
    for one in found:
        arms = [arm for arm in one.arms if len(arm.tried) > 1]
        arms = [arm for arm in arms if any(tried.outcomes for tried in arm.tried)]
        if arms:
            words = "; ".join(f"{NAMES.get(name, name)}: {OUTCOMES[name]}" for name in WRONG)
            yield Figure(
                name=slug("instead", one.model),
                title=f"What {one.model} writes in the place of the language asked for",
                note=f"Shares of the outputs that can be judged, means over {len(one.langs)} "
                f"languages; {words}.",
                panels=wrapped([_panel(arm) for arm in arms]),
                x="learning rate",
                log=True,
                ticks=rate_ticks(arms),
            )


def _panel(arm: Arm) -> Panel:
    series = []
    for number, name in enumerate(OUTCOMES):
        marks = tuple(
            Mark(one.system.lr, one.outcomes[name], taken=name == "right" and one is arm.taken)
            for one in arm.tried
            if one.outcomes and one.system.lr > 0
        )
        series.append(Series(NAMES.get(name, name), f"k{number}", marks))
    return Panel(arm.name, "share of outputs", 1.0, tuple(series))


def sentence(arm: Arm) -> str:
    """Say what a recipe mostly writes where it misses the language; empty where it does not."""
    known = [one for one in arm.tried if one.outcomes]
    parts = []
    for name, group in groupby(known, lambda one: _main(one)):
        rates = list(group)
        if name:
            top = max(one.outcomes[name] for one in rates)
            what = _named(name, arm)
            parts.append(f"{what} at {_span(rates)} (up to {top:.0%} of the outputs)")
    return f"What is not in the language is mostly {listed(parts)}." if parts else ""


def _main(one: Tried) -> str:
    """Name what most of the wrong outputs are; nothing where they are few."""
    name = max(WRONG, key=lambda name: one.outcomes[name])
    return name if one.outcomes[name] > FEW else ""


def _named(name: str, arm: Arm) -> str:
    if name == "source":
        sources = [lang_name(lang) for lang in arm.choice.system.sources]
        return f"{listed(sources)}, whole or mixed in,"
    return {"copied": "a copy of the input"}.get(name, "something else")


def _span(rates: Sequence[Tried]) -> str:
    ends = [spell_rate(one.system.lr) for one in (rates[0], rates[-1])]
    return " to ".join(dict.fromkeys(ends))
