"""Which languages to learn from: expected scores with intervals and reasons.

A source's score is what ``forecast`` expects of a model trained on it alone; its gain is that
less the mean of all candidates.
"""

from __future__ import annotations

import math
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

from isogloss.relation.transfer.covariance import ASSUMED
from isogloss.relation.transfer.feature import Ask
from isogloss.relation.transfer.kind import known_kind
from isogloss.relation.transfer.nearness import described
from isogloss.relation.transfer.observation import Observation

if TYPE_CHECKING:
    from isogloss.relation.transfer.covariance import Mix
    from isogloss.relation.transfer.forecast import Forecast
    from isogloss.relation.transfer.ground import Cell, Ground
    from isogloss.relation.transfer.worth import Told, Worth

__all__ = ["Ask", "Ranking", "Reason", "Source", "known_kind", "rank_sources"]

DRAWS = 2000
SHOWN = 4
"""Reasons that are named, the strongest ones."""
Z = 1.96
"""Standard deviations on each side of a 95 % interval."""
RUNS = 5
"""Runs that are proposed."""
HOPEFUL = 20
"""Candidates that are thought of as sources of such runs, the best expected ones."""
NEAREST = 8
"""Candidates that are thought of as targets of such runs."""


@dataclass(frozen=True)
class Reason:
    """What moves a source away from the average candidate."""

    name: str
    """A feature, or `other targets`: what the source did for those."""
    value: float
    """In score: 0.01 is a point."""
    fact: float | None
    """The feature's value; None where it is not known."""


@dataclass(frozen=True)
class Source:
    """A candidate, and what is expected of training on it alone."""

    lang: str
    score: float
    low: float
    high: float
    """95 % interval of the score itself."""
    gain: float
    """Expected score less that of the average candidate."""
    error: float
    """Standard error of the gain: 1.96 of it reach as far as half of its 95 % interval."""
    reasons: tuple[Reason, ...]
    """Strongest first; together with the smaller ones they add up to what the model expects."""
    tested: float | None
    """Mean score of the user's own runs from it on the target."""
    missing: tuple[str, ...]
    """Features that are not known of the pair and count elsewhere; they widen the interval."""
    gain_low: float = -math.inf
    gain_high: float = math.inf
    """95 % interval of the gain; the level that all candidates share is no part of it."""
    best: float = 0.0
    """Chance that no candidate is better."""


@dataclass(frozen=True)
class Run:
    """A run that would help: train on the source, test on the target."""

    source: str
    target: str


@dataclass(frozen=True)
class Proposal:
    """Runs of one's own that would help the ranking most."""

    runs: tuple[Run, ...]
    left: float
    """What they would leave of the gains' errors, as a share."""


NONE = Proposal((), 1.0)


@dataclass(frozen=True)
class Ranking:
    """Candidates from the best expected one down, and what that rests on."""

    target: str
    task: str
    kind: str
    sources: tuple[Source, ...]
    level: float
    """Expected score of the average candidate."""
    basis: tuple[str, ...]
    """What was learned from, in words."""
    notes: tuple[str, ...] = ()
    low: float = 0.0
    high: float = 1.0
    """95 % interval of the level."""
    told: bool = False
    """Whether scores of one's own tell the first from the average; else the order is a guess."""
    own: int = 0
    """Scores of one's own that were learned from."""
    decides: str = ""
    """What the order goes by, in words."""
    on_target: Proposal = NONE
    """Runs that would help most, tested on the target."""
    elsewhere: Proposal = NONE
    """The same, tested on other candidates: for a target without labelled examples."""

    def to_json(self) -> dict[str, Any]:
        """Give all of it as plain values."""
        from dataclasses import asdict

        return asdict(self)


def rank_sources(
    target: str,
    candidates: Sequence[str],
    *,
    task: str,
    kind: str,
    observations: Sequence[Observation] = (),
    scored: Sequence[Observation] | None = None,
    ask: Ask,
    model: str = "",
) -> Ranking:
    """Rank candidates, all given by their BCP-47 tags, each once and none of them the target.

    Args:
        kind: published runs on tasks of this kind come first.
        observations: the user's own scores, of any task.
        scored: those that say how high the level is; None: those of the task.
        ask: what is known beside the languages.
        model: the backbone; empty: the one of all scores, if they are of one.
    """
    from isogloss.relation.transfer.forecast import Cell, ground, outlook

    if scored is None:
        scored = [one for one in observations if one.task == task]
    models = {one.model for one in scored}
    if not model and len(models) == 1:
        model = models.pop()
    mixes = _mixes(scored, target, candidates, ask)
    cells = [Cell(task, model, mixes[lang], target) for lang in candidates]
    seen = {} if ask.seen is None else {model: ask.seen}
    base = ground(observations, cells, kind=kind, scored=scored, ask=ask, seen=seen, about=target)
    found = outlook(base, cells)
    drawn = _drawn(base, cells)
    level = sum(one.score for one in found) / len(found)
    sources = _described(base, found, drawn, level, _tested(scored, target))
    order = sorted(range(len(sources)), key=lambda at: (-sources[at].gain, sources[at].lang))
    sources = [sources[at] for at in order]
    ran = {(one.mix[0][0], one.target) for one in scored if len(one.mix) == 1}
    on_target, elsewhere = _proposals(base, [cells[at] for at in order], sources, ran)
    low, high = (float(end) for end in _quantiles(drawn.mean(1)))
    worth = base.worth
    assert worth is not None
    return Ranking(
        target, task, kind, tuple(sources), level, _basis(worth, base, observations, ask),
        low=low, high=high, told=sources[0].gain_low > 0 and bool(base.size or worth.learned),
        own=len(observations), decides=_decides(worth), on_target=on_target, elsewhere=elsewhere,
    )  # fmt: skip


def _described(
    base: Ground,
    found: Sequence[Forecast],
    drawn: Any,
    level: float,
    tested: Mapping[str, float],
) -> list[Source]:
    """Put what is expected of each candidate beside the reasons."""
    langs = [one.cell.mix[0][0] for one in found]
    assert base.worth is not None
    told = base.worth.of(found[0].cell.target, langs)
    ends = _quantiles(drawn - drawn.mean(1, keepdims=True))
    first = drawn.argmax(1)
    return [
        Source(
            lang=lang,
            score=one.score,
            low=one.low,
            high=one.high,
            gain=one.score - level,
            error=float(ends[1, at] - ends[0, at]) / (2 * Z),
            gain_low=float(ends[0, at]),
            gain_high=float(ends[1, at]),
            best=float((first == at).mean()),
            reasons=_reasons(told, at, level * (1 - level), lang),
            tested=tested.get(lang),
            missing=told.missing[at],
        )
        for at, (lang, one) in enumerate(zip(langs, found, strict=True))
    ]


def _cell(like: Cell, mix: Mix, target: str) -> Cell:
    return replace(like, mix=mix, target=target)


def _mixes(
    scored: Sequence[Observation], target: str, candidates: Sequence[str], ask: Ask
) -> dict[str, Mix]:
    """Name what each candidate would be trained on: as in own runs, else as in the corpus."""
    found: dict[str, Mix] = {
        lang: ((lang, ask.profiles[lang].size if lang in ask.profiles else 0),)
        for lang in candidates
    }
    ran = [one for one in scored if len(one.mix) == 1 and one.mix[0][0] in found]
    for one in sorted(ran, key=lambda one: one.target == target):
        found[one.mix[0][0]] = one.mix
    return found


def _tested(scored: Sequence[Observation], target: str) -> dict[str, float]:
    """Give the mean of own scores on the target, by the one source they are from."""
    scores: dict[str, list[float]] = {}
    for one in scored:
        if one.target == target and len(one.mix) == 1 and not math.isnan(one.score):
            scores.setdefault(one.mix[0][0], []).append(one.score)
    return {lang: sum(values) / len(values) for lang, values in scores.items()}


def _drawn(base: Ground, cells: Sequence[Cell]) -> Any:
    """Draw the candidates' scores together, as they would be tested."""
    import numpy as np

    from isogloss.relation.transfer.ground import draw, share

    mean, covered = base.expect(cells)
    _, sigma = base.scores(mean, covered)
    tested = covered + np.diag(sigma**2 - np.diag(covered))
    return share(draw(mean, tested, base.degrees, DRAWS))


def _quantiles(drawn: Any) -> Any:
    import numpy as np

    return np.quantile(drawn, (0.025, 0.975), axis=0)


def _reasons(told: Told, at: int, slope: float, lang: str) -> tuple[Reason, ...]:
    """Name the strongest parts of what the model expects."""
    parts = told.parts[at] * slope
    order = sorted(range(len(parts)), key=lambda k: -abs(parts[k]))[:SHOWN]
    facts = {**told.facts[at], **described(lang, told.facts[at])}
    named = [(told.reasons[k], float(parts[k])) for k in order if parts[k]]
    known = {name: value for name, value in facts.items() if not math.isnan(value)}
    return tuple(Reason(name, value, known.get(name)) for name, value in named)


def _proposals(
    base: Ground,
    cells: Sequence[Cell],
    sources: Sequence[Source],
    ran: Collection[tuple[str, str]],
) -> tuple[Proposal, Proposal]:
    """Choose runs on the target, and on the nearest candidates, that tell the best apart."""
    import numpy as np

    from isogloss.relation.transfer.design import design

    chances = np.array([source.best for source in sources]) + 0.5 / len(sources)
    weights = chances / chances.sum()
    nearest = [cell.mix for cell in cells[:NEAREST]]
    beside = [_cell(cells[0], mix, other[0][0]) for mix in nearest for other in nearest]
    found = []
    for pool in (cells[:HOPEFUL], beside):
        fresh = [one for one in pool if one.mix[0][0] != one.target]
        fresh = [one for one in fresh if (one.mix[0][0], one.target) not in ran]
        many = RUNS if len(cells) > 1 else 0
        made = design(base, cells, fresh, many, weights=weights, contrast=True)
        runs = tuple(Run(cell.mix[0][0], cell.target) for cell in made.cells)
        found.append(Proposal(runs, made.left))
    return found[0], found[1]


def _decides(worth: Worth) -> str:
    """Say what the order goes by."""
    usual = "family tree, place, syntax, script and amount of text"
    if worth.learned:
        return f"your own runs, and {usual} as far as they bear them out"
    if worth.known.alike:
        tables = ", ".join(worth.known.alike)
        return f"{usual}, and published runs of this kind of task ({tables})"
    return f"{usual} alone: there are no published runs of this kind of task"


def _basis(worth: Worth, base: Ground, found: Sequence[Observation], ask: Ask) -> tuple[str, ...]:
    """Say in words what the expectation rests on."""
    known = worth.known
    said = []
    if worth.learned or known.alike:
        tables = ", ".join(known.tables)
        said.append(f"{len(known.pairs)} published pairs of languages (SumEval 2022: {tables})")
    if worth.pairs:
        tasks = len({one.task for one in found})
        said.append(
            f"{worth.pairs} pairs out of {len(found)} scores of your own on {tasks} "
            f"task{'s' if tasks != 1 else ''}"
        )
    else:
        said.append("no run of your own")
    if not base.size:
        tables = ", ".join(base.level.tables)
        said.append(f"the level is that of {tables}" if tables else "the level may be any")
    said.append(
        "sizes are those of the corpus" if ask.profiles else f"{ASSUMED} examples of each source"
    )
    if worth.learned and worth.ranker is not None:
        share = max(0.0, 1 - worth.ranker.trust.error**2)
        said.append(
            f"on languages left out, the model explains {share:.0%} of what sets sources apart"
        )
    return tuple(said)
