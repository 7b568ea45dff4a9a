"""The verdicts of a study's claims, corrected for how many there are.

Every claim has two one-sided p-values, for it and for its opposite. Its own is
twice the smaller, corrected for the number of claims (Holm), and a verdict
falls below 5 %: so it agrees with the 95 % interval, unless the correction
takes it back. Where nothing was trained twice, chance can't be judged, and the
claim stays undecided.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from isogloss.analysis.format import measured_on, number
from isogloss.analysis.select import Choice
from isogloss.analysis.system import System
from isogloss.claim.effect import family
from isogloss.claim.find import Finder
from isogloss.claim.grammar import Statement, read
from isogloss.claim.kind import ALPHA, Trial, trial
from isogloss.claim.words import chance
from isogloss.core.errors import IsoglossError
from isogloss.store import Store


@dataclass(frozen=True)
class Verdict:
    """What the results say of one claim."""

    says: str
    cite: str
    verdict: str
    """supported, refuted, undecided or not tested."""
    numbers: str
    """One sentence with the figures, or why there are none."""
    low: float | None = None
    high: float | None = None
    """95 %."""
    detectable: float | None = None
    """The smallest difference that such a study finds with 80 % power."""
    p: float | None = None
    """Corrected for the number of claims."""
    scope: str = ""
    """Of which languages it speaks."""
    delta: float | None = None
    where: str = ""
    """On which backbones; `on the mini world` for the built-in ones on its tasks."""
    models: tuple[str, ...] = ()
    metric: str = ""
    kind: str = ""
    method: str = ""
    """The method of the catalogue whose claim it is."""

    def __str__(self) -> str:
        """Give the verdict in words."""
        return f"{self.verdict} {self.where}".strip()


def verdicts(
    store: Store,
    found: Sequence[System],
    choices: Sequence[Choice],
    claims: Sequence[Mapping[str, Any]],
) -> list[Verdict]:
    """Judge every claim of a study.

    Args:
        store: where the item statistics are.
        found: all systems, of all tasks.
        choices: the rates that were selected, of all tasks.
        claims: as the study's file says them.
    """
    from isogloss.metrics.bootstrap import holm

    finder = Finder(store, found, choices)
    read_ones = [read(claim) for claim in claims]
    tests = [_attempt(finder, claim) for claim in read_ones]
    tested = [one for one in tests if isinstance(one, Trial)]
    corrected = iter(holm([one.p for one in tested]))
    return [
        _judge(claim, one, next(corrected), len(tested))
        if isinstance(one, Trial)
        else _untested(claim, one)
        for claim, one in zip(read_ones, tests, strict=True)
    ]


def _attempt(finder: Finder, claim: Statement) -> Trial | str:
    """Test a claim, or say why it can't be."""
    if claim.kind == "not_tested":
        return claim.reason
    try:
        return trial(finder, claim)
    except IsoglossError as error:
        return f"{error.what}; {error.hint}" if error.hint else error.what


def _untested(claim: Statement, why: str) -> Verdict:
    return Verdict(claim.says, claim.cite, "not tested", why, kind=claim.kind, method=claim.method)


def _judge(claim: Statement, one: Trial, p: float, count: int) -> Verdict:
    effect = one.effect
    verdict = "undecided"
    if p < ALPHA and effect.replicated:
        verdict = "supported" if one.p_for < one.p_against else "refuted"
    low, high = effect.ends(1 - ALPHA / one.tests if claim.kind == "exists" else 1 - ALPHA)
    detectable = effect.detectable(ALPHA / max(1, count) / one.tests)
    text = f"{one.text}; {chance(p)}"
    text += f" corrected for {count} claims" if count > 1 else ""
    text += f"; {number(detectable, one.scale)} would be found with 80 % power"
    if not effect.replicated:
        text += "; each was trained once, so how far trainings differ is not known"
    return Verdict(
        says=claim.says,
        cite=claim.cite,
        verdict=verdict,
        numbers=text,
        low=low,
        high=high,
        detectable=detectable,
        p=p,
        scope=_scope(claim, one.langs),
        delta=effect.value,
        where=f"on {measured_on(one.models, one.tasks)}",
        models=one.models,
        metric=one.metric,
        kind=claim.kind,
        method=claim.method,
    )


def _scope(claim: Statement, langs: Sequence[str]) -> str:
    count = f"{len(langs)} language{'s' if len(langs) > 1 else ''}"
    if claim.scope == "languages":
        families = len({family(lang) for lang in langs})
        return f"languages in general, judged by {count} of {families} families"
    return f"these {count}" if len(langs) > 1 else "this language"
