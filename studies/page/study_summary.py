"""A study in one minute: what to try, which grid to search, and why."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence

from isogloss.analysis.fidelity import lang_name
from isogloss.analysis.format import listed, spell, spell_rate
from isogloss.analysis.recipe_ranking import KEPT, Arm, Backbone, Tried
from isogloss.report import plain
from isogloss.report.md import grid, safe
from page import wrong_language_samples

EQUALS = 3
"""Recipes named beside the best one, at most."""


def minute(found: Sequence[Backbone]) -> Iterator[str]:
    """Write the table of what to try on each backbone, and the reasons."""
    name = spell(found[0].metric.name)
    head = [
        "backbone", "try", "because", "rate taken", name, "correct language", "at its best",
        "search", "lost from",
    ]  # fmt: skip
    body = [_line(one, arm, why) for one in found for arm, why in _worth(one)]
    if not body:
        yield "Nothing was trained that has a score on every target language."
        return
    yield from grid(head, body, text=True)
    yield ""
    for one in found:
        reasons = list(_why(one))
        if reasons:
            yield f"- **{safe(one.model)}.** {' '.join(reasons)}"
    yield ""
    own = [one.own for one in found if one.own is not None]
    least = f" ({KEPT * min(own):.2f} here)" if own else ""
    yield (
        "**Search**: the rates within one standard error of the recipe's best on these targets "
        f"whose outputs keep the language, at least {KEPT:g} of the references' own rate{least}; "
        "where none does, it says so. **Lost from**: from this rate on, outputs are in the right "
        "language less than half as often as the references. **Rate taken**: by the study's "
        f"policy ({safe(_policy(found))}). **At its best**: the rate with the highest score on "
        "these targets, which only hindsight knows."
    )


def _worth(one: Backbone) -> Iterator[tuple[Arm, str]]:
    """Give the recipes worth a line, with why."""
    best = one.best
    if best is None:
        return
    free = not best.choice.system.needs
    yield best, "best from source labels alone" if free else f"best, with {_needs(best)}"
    shown = [best]
    for arm in one.equals[:EQUALS]:
        yield arm, "not told apart from the best"
        shown.append(arm)
    late = one.hindsight
    if late is not None and late not in shown:
        yield late, "best of all rates, in hindsight"
        shown.append(late)
    for arm in one.helped:
        if arm not in shown:
            words = "better than that, from source labels alone"
            needs = arm.choice.system.needs
            yield arm, f"better than that, with {_needs(arm)}" if needs else words
            shown.append(arm)
    if one.plain is not None and one.plain not in shown and one.plain.taken.score is not None:
        yield one.plain, "plain finetuning, to compare"


def _line(one: Backbone, arm: Arm, why: str) -> list[str]:
    taken, scale = arm.taken, one.metric.scale
    ends = plain.interval(*taken.ends, scale)
    return [
        safe(one.model),
        f"**{safe(arm.name)}**",
        why,
        spell_rate(arm.choice.system.lr),
        plain.number(taken.score, scale) + (f" ({ends})" if ends else ""),
        plain.number(taken.fidelity),
        f"{plain.number(arm.top.score, scale)} at {spell_rate(arm.top.system.lr)}"
        if arm.top
        else "–",
        _search(arm),
        spell_rate(arm.lost_from) if arm.lost_from is not None else "–",
    ]


def _search(arm: Arm) -> str:
    """Spell the rates worth searching, and tell where they end with the grid."""
    found = arm.search
    if len(arm.tried) < 2 or not found:
        return "one rate tried" if found else "–"
    text = spell_rate(found[0])
    if len(found) > 1:
        text += f" to {spell_rate(found[-1])}"
    if found[0] == arm.tried[0].system.lr:
        text += "; lower ones were not tried"
    if found[-1] == arm.tried[-1].system.lr:
        text += "; higher ones were not tried"
    if not any(one.kept for one in arm.good):
        text += "; none keeps the language"
    return text


def _why(one: Backbone) -> Iterator[str]:
    arm = one.plain
    if arm is not None and len(arm.tried) > 1:
        yield from _blind(one, arm)
        yield from _language(one, arm)
    yield from _gain(one)


def _blind(one: Backbone, arm: Arm) -> Iterator[str]:
    """Say what the source's dev set tells of the targets."""
    scale, name = one.metric.scale, spell(one.metric.name)
    source = listed([lang_name(lang) for lang in arm.choice.system.sources])
    known = [t for t in arm.tried if t.score is not None and t.dev is not None]
    tied = sorted((t for t in known if t.system in arm.choice.tied), key=_level(arm))
    if len(tied) > 1:
        rates = listed([spell_rate(t.system.lr) for t in arm.tried if t in tied])
        devs = _range([t.dev for t in tied if t.dev is not None], scale)
        yield (
            f"The {source} dev set can't tell {rates} apart for {safe(arm.name)} ({name} {devs}); "
            f"on the targets {_scored(tied[-1], scale)} and {_scored(tied[0], scale)}."
        )
    elif known:
        dev = max(known, key=lambda t: arm.sign * (t.dev or 0.0))
        best = max(known, key=_level(arm))
        yield (
            f"On the {source} dev set {safe(arm.name)} is best at {spell_rate(dev.system.lr)} "
            f"({plain.number(dev.dev, scale)}), on the targets at {spell_rate(best.system.lr)} "
            f"({plain.number(best.score, scale)})."
        )


def _scored(tried: Tried, scale: float) -> str:
    return f"{spell_rate(tried.system.lr)} has {plain.number(tried.score, scale)}"


def _level(arm: Arm) -> Callable[[Tried], float]:
    return lambda tried: arm.sign * (tried.score or 0.0)


def _language(one: Backbone, arm: Arm) -> Iterator[str]:
    known = [(t.system.lr, t.fidelity) for t in arm.tried if t.fidelity is not None]
    if len(known) > 1:
        parts = [f"{plain.number(value)} at {spell_rate(lr)}" for lr, value in known]
        yield (
            f"Its correct-language rate is {listed(parts)}"
            + (f"; the references' own is {plain.number(one.own)}." if one.own is not None else ".")
        )
    told = wrong_language_samples.sentence(arm)
    if told:
        yield told


def _gain(one: Backbone) -> Iterator[str]:
    """Compare plain finetuning with the best recipe."""
    arm, best, scale = one.plain, one.best, one.metric.scale
    if arm is None or best is None:
        return
    if arm is best:
        name = safe(arm.name)
        yield f"From source labels alone, no recipe scores higher than {name} at the rates taken."
        return
    found = one.against.get(arm.choice.system.cell)
    if found is not None:
        ends = plain.interval(found.low, found.high, scale)
        told = "" if found.sure else ", which may be chance"
        yield (
            f"Against {safe(best.name)} on the same items, {safe(arm.name)} has "
            f"{plain.signed(found.delta, scale)} ({ends}; {plain.chance(found.p)}){told}."
        )


def _policy(found: Sequence[Backbone]) -> str:
    several = [a.choice for one in found for a in one.arms if len(a.tried) > 1]
    if not several:
        return "one rate was tried"
    needs = f", with {listed([spell(n) for n in several[0].needs])}" if several[0].needs else ""
    return spell(several[0].policy) + needs


def _needs(arm: Arm) -> str:
    return listed([spell(need) for need in arm.choice.system.needs])


def _range(values: Sequence[float], scale: float) -> str:
    low, high = plain.number(min(values), scale), plain.number(max(values), scale)
    return low if low == high else f"{low} to {high}"
