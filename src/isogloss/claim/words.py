"""The figures of a claim in words."""

from __future__ import annotations

from collections.abc import Sequence

from isogloss.analysis.fidelity import lang_name
from isogloss.analysis.format import listed, number, quoted, spell_rate
from isogloss.analysis.system import System
from isogloss.claim.effect import Effect
from isogloss.claim.find import Langs, Pair
from isogloss.claim.grammar import Selector


def signed(value: float, scale: float = 1.0) -> str:
    """Write a difference with its sign."""
    text = number(abs(value), scale)
    return ("±" if not text.strip("0.") else "+" if value > 0 else "−") + text


def figures(effect: Effect, scale: float, alpha: float = 0.05) -> str:
    """Write an effect with its interval."""
    low, high = effect.ends(1 - alpha)
    return f"{signed(effect.value, scale)} [{signed(low, scale)}, {signed(high, scale)}]"


def evidence(effect: Effect, langs: Langs) -> str:
    """Say over how many languages and trainings."""
    count = len({lang for names in langs.values() for lang in names})
    first = next(iter(langs.values()))[0]
    text = lang_name(first) if count == 1 else f"{count} languages"
    if effect.seeds:
        text += f" and {effect.seeds} seed{'s' if effect.seeds > 1 else ''}"
    return text


def place(pair: Pair, systems: Sequence[System]) -> str:
    """Name what tells a pair from the others: its task, backbone, sources."""
    found = []
    for name in ("task", "model", "sources"):
        if len({getattr(system, name) for system in systems}) > 1:
            own = [getattr(system, name) for system in pair]
            words = ["+".join(one) if name == "sources" else one for one in own]
            found.append(" against ".join(dict.fromkeys(words)))
    return ", ".join(found)


def where(selector: Selector) -> str:
    """Name the place of half an interaction."""
    said = [quoted(selector.recipe)] if selector.recipe else []
    if not isinstance(selector.lr, str):
        said.append(f"lr {spell_rate(selector.lr)}")
    said += [f"on {name}" for name in (selector.task, selector.model) if name]
    said += [f"from {'+'.join(selector.sources)}"] if selector.sources else []
    said += [f"in {listed([lang_name(lang) for lang in selector.langs])}"] if selector.langs else []
    return ", ".join(said)


def chance(p: float) -> str:
    """Write a p-value."""
    return "p < 0.001" if p < 0.001 else f"p = {p:.3f}" if p < 0.1 else f"p = {p:.2f}"
