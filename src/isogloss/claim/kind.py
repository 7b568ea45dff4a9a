"""One test for each kind of claim: its figures, and p-values for it and its opposite."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace

from isogloss.analysis.fidelity import lang_name
from isogloss.analysis.format import number, spell, spell_rate
from isogloss.analysis.system import System
from isogloss.claim.effect import Effect, Sample, Term
from isogloss.claim.find import Finder, Langs, Pair
from isogloss.claim.grammar import Statement
from isogloss.claim.law import laws, rungs
from isogloss.claim.words import evidence, figures, place, signed, where
from isogloss.core.errors import IsoglossError

ALPHA = 0.05


@dataclass(frozen=True)
class Trial:
    """A claim's test, before the correction for the study's other claims."""

    metric: str
    scale: float
    models: tuple[str, ...]
    tasks: tuple[str, ...]
    langs: tuple[str, ...]
    effect: Effect
    p_for: float
    """One-sided, for the claim."""
    p_against: float
    """One-sided, for its opposite."""
    text: str
    tests: int = 1
    """How many comparisons the claim looks at."""

    @property
    def p(self) -> float:
        """Give the claim's p-value: its evidence could have gone either way."""
        return min(1.0, 2 * min(self.p_for, self.p_against))


def trial(finder: Finder, claim: Statement) -> Trial:
    """Test a claim.

    Raises:
        IsoglossError: there are no results to test it by.
    """
    return _KINDS[claim.kind](finder, claim)


def _higher(finder: Finder, claim: Statement) -> Trial:
    """Test whether the first side is higher; several places are averaged."""
    pairs = finder.pairs(claim, list(claim.parts))
    systems = [system for pair in pairs for system in pair]
    sample = finder.sample(claim, systems)
    langs = finder.langs(sample, systems, claim.langs)
    effect = _contrast(sample, [pairs], [langs], claim)
    scale = sample.metric.scale
    sides = [sum(effect.scores[side::2]) / len(pairs) for side in (0, 1)]
    text = (
        f"{number(sides[0], scale)} against {number(sides[1], scale)}, a difference of "
        f"{figures(effect, scale)} over {evidence(effect, langs)}"
    )
    if len(pairs) > 1:
        each = zip(pairs, effect.scores[::2], effect.scores[1::2], strict=True)
        parts = [f"{place(pair, systems)} {signed(a - b, scale)}" for pair, a, b in each]
        text += f" ({', '.join(parts)})"
    return _trial(sample, systems, langs, effect, (effect.above(), effect.below()), text)


def _equal(finder: Finder, claim: Statement) -> Trial:
    """Test whether both sides are within the margin: two one-sided tests."""
    found = _higher(finder, claim)
    effect, margin = found.effect, claim.margin
    return replace(
        found,
        p_for=max(effect.below(margin), effect.above(-margin)),
        p_against=min(effect.above(margin), effect.below(-margin)),
        text=f"{found.text}; up to {number(margin, found.scale)} counts as equal",
    )


def _interaction(finder: Finder, claim: Statement) -> Trial:
    """Test whether a difference is larger in one place than in another."""
    halves = [finder.pairs(claim, ("higher", "than"), at) for at in ("where", "more_than")]
    each = [[system for pair in pairs for system in pair] for pairs in halves]
    systems = each[0] + each[1]
    sample = finder.sample(claim, systems)
    named = [claim.part("higher", at).langs for at in ("where", "more_than")]
    if named[0] == named[1]:
        langs = [finder.langs(sample, systems, named[0])] * 2
    else:
        langs = [finder.langs(sample, one, own) for one, own in zip(each, named, strict=True)]
    effect = _contrast(sample, halves, langs, claim)
    scale, cut = sample.metric.scale, len(each[0])
    gains = [
        sum(scores[::2]) / len(pairs) - sum(scores[1::2]) / len(pairs)
        for scores, pairs in zip((effect.scores[:cut], effect.scores[cut:]), halves, strict=True)
    ]
    both = {task: sum((own.get(task, ()) for own in langs), ()) for own in langs for task in own}
    text = " against ".join(
        f"{signed(gain, scale)} {where(claim.parts[at])}"
        for gain, at in zip(gains, ("where", "more_than"), strict=True)
    )
    text += f", a difference of {figures(effect, scale)} over {evidence(effect, both)}"
    ps = effect.above(), effect.below()
    return _trial(sample, systems, both, effect, ps, text)


def _exists(finder: Finder, claim: Statement) -> Trial:
    """Test whether the first side is at least as high somewhere, and say where."""
    from isogloss.metrics.bootstrap import holm

    pairs = finder.pairs(claim, ("higher", "than"))
    systems = [system for pair in pairs for system in pair]
    sample = finder.sample(claim, systems)
    langs = finder.langs(sample, systems, claim.langs)
    found: dict[str, Effect] = {}
    for pair in pairs:
        detail = f" ({place(pair, systems)})" if len(pairs) > 1 else ""
        for lang in langs[pair[0].task]:
            one = _contrast(sample, [[pair]], [{pair[0].task: (lang,)}], claim)
            found[lang_name(lang) + detail] = one
    above = {name: one.above(-claim.margin) for name, one in found.items()}
    corrected = dict(zip(above, holm(list(above.values())), strict=True))
    sure = [name for name in found if 2 * corrected[name] < ALPHA]
    best = min(above, key=lambda name: above[name])
    scale = sample.metric.scale
    level = f"less than {number(claim.margin, scale)} below" if claim.margin else "above"
    text = (
        f"is {level} in {len(sure)} of {len(found)} cases{': ' if sure else ''}{', '.join(sure)}; "
        f"clearest in {best}, {figures(found[best], scale, ALPHA / len(found))} corrected for "
        f"{len(found)}"
    )
    p_for = min(1.0, len(found) * above[best])
    p_against = max(one.below(-claim.margin) for one in found.values())
    made = _trial(sample, systems, langs, found[best], (p_for, p_against), text)
    return replace(made, tests=len(found))


def _inner_optimum(finder: Finder, claim: Statement) -> Trial:
    """Test whether some rate between the ends is better than both of them."""
    rows = _grid(finder, claim)
    systems = [system for row in rows.values() for system in row]
    sample = finder.sample(claim, systems)
    langs = finder.langs(sample, systems, claim.langs)
    sign, scale = (1 if sample.metric.higher else -1), sample.metric.scale
    low, *inner, high = rows

    def over(rate: float, end: float) -> Effect:
        pairs = list(zip(rows[rate], rows[end], strict=True))
        return _contrast(sample, [pairs], [langs], claim, sign)

    gains = {rate: (over(rate, low), over(rate, high)) for rate in inner}
    chances = {rate: max(one.above() for one in both) for rate, both in gains.items()}
    best = min(inner, key=lambda rate: chances[rate])
    nearer = max(gains[best], key=lambda one: one.above())
    ends = [max(gains[rate][end].below() for rate in inner) for end in (0, 1)]
    means = [
        sum(sample.mean(Term(s, langs[s.task])) for s in rows[rate]) / len(rows[rate])
        for rate in (low, best, high)
    ]
    said = [
        f"{number(mean, scale)} at {spell_rate(rate)}"
        for mean, rate in zip(means, (low, best, high), strict=True)
    ]
    text = (
        f"{', '.join(said)}; the gain over the nearer end is {figures(nearer, scale)}, over "
        f"{evidence(nearer, langs)}"
    )
    ps = min(1.0, len(inner) * chances[best]), min(1.0, 2 * min(ends))
    return replace(_trial(sample, systems, langs, nearer, ps, text), tests=len(inner))


def _better_fit(finder: Finder, claim: Statement) -> Trial:
    """Test whether the score grows with the logarithm of the shots, not with the shots."""
    selector = claim.parts["ladder"].within(claim.everywhere)
    recipes = rungs({system.recipe for system in finder.found}, finder.recipe(selector))
    if len({k for k, _ in recipes}) < 4:
        raise IsoglossError(f"fewer than four numbers of shots on {selector}")
    picked = {rung: finder.pick(selector, recipe) for rung, recipe in recipes.items()}
    places = set.intersection(*(set(found) for found in picked.values()))
    rows = [(rung, found[one]) for rung, found in picked.items() for one in sorted(places)]
    if not rows:
        raise IsoglossError(f"no backbone has all numbers of shots on {selector}")
    systems = [system for _, system in rows]
    sample = finder.sample(claim, systems)
    langs = finder.langs(sample, systems, claim.langs)
    terms = [Term(system, langs[system.task]) for system in systems]
    families = claim.scope == "languages"
    fit, growth = (
        sample.effect(terms, take, families, less) for take, less in laws([r for r, _ in rows])
    )
    scale = sample.metric.scale
    means = []
    for n in sorted({k for k, _ in recipes}):
        own = [score for (rung, _), score in zip(rows, fit.scores, strict=True) if rung[0] == n]
        means.append(f"{number(sum(own) / len(own), scale)} with {n}")
    text = (
        f"{', '.join(means)} shots, {figures(growth, scale)} for each factor of e; the linear "
        f"law's leave-one-out error is larger by {figures(fit, scale)} over {evidence(fit, langs)}"
    )
    ps = max(fit.above(), growth.above()), min(1.0, 2 * min(fit.below(), growth.below()))
    return _trial(sample, systems, langs, fit, ps, text)


_KINDS: Mapping[str, Callable[[Finder, Statement], Trial]] = {
    "higher": _higher,
    "equal": _equal,
    "interaction": _interaction,
    "exists": _exists,
    "inner_optimum": _inner_optimum,
    "better_fit": _better_fit,
}


def _grid(finder: Finder, claim: Statement) -> dict[float, list[System]]:
    """Find a recipe's systems by rate, those of all places at each, rising."""
    selector = claim.parts["rates"].within(claim.everywhere)
    places = list(finder.rates(selector).values())
    rates = sorted(set.intersection(*({s.lr for s in systems} for systems in places)))
    if len(rates) < 3:
        names = ", ".join(map(spell_rate, rates)) or "none"
        raise IsoglossError(f"fewer than three rates of recipe '{selector.recipe}': {names}")
    rows = {lr: [s for systems in places for s in systems if s.lr == lr] for lr in rates}
    if any(len(row) > len(places) for row in rows.values()):
        raise IsoglossError(f"several systems of {selector} differ in other settings")
    return rows


def _contrast(
    sample: Sample,
    halves: Sequence[Sequence[Pair]],
    langs: Sequence[Langs],
    claim: Statement,
    sign: int = 1,
) -> Effect:
    """Estimate first minus second over the pairs' mean; the second half is taken off."""
    terms, weights = [], []
    for pairs, own, direction in zip(halves, langs, (sign, -sign), strict=False):
        for pair in pairs:
            terms += [Term(system, own[system.task]) for system in pair]
            weights += [direction / len(pairs), -direction / len(pairs)]
    return sample.effect(terms, weights, claim.scope == "languages")


def _trial(
    sample: Sample,
    systems: Sequence[System],
    langs: Langs,
    effect: Effect,
    ps: tuple[float, float],
    text: str,
) -> Trial:
    return Trial(
        metric=sample.metric.name,
        scale=sample.metric.scale,
        models=tuple(dict.fromkeys(system.model for system in systems)),
        tasks=tuple(dict.fromkeys(system.task for system in systems)),
        langs=tuple(dict.fromkeys(lang for names in langs.values() for lang in names)),
        effect=effect,
        p_for=ps[0],
        p_against=ps[1],
        text=f"{spell(sample.metric.name)} {text}",
    )
