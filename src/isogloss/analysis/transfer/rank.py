"""Which languages to learn from: expected scores with intervals and reasons.

What is expected stands on published runs and on the user's own. A pair's score is the level of
the target, plus what the source brings by the model of ``ranker``, plus what neither knows: a
normal prior over all candidates, which scores on the target itself condition exactly.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from isogloss.analysis.transfer.observation import Observation
from isogloss.analysis.transfer.pairs import Pair, Pairs
from isogloss.core.errors import IsoglossError

if TYPE_CHECKING:
    from isogloss.analysis.transfer.feature import Likeness
    from isogloss.analysis.transfer.prior import Prior
    from isogloss.analysis.transfer.ranker import Ranked, Ranker, Trust
    from isogloss.data.statistic import Profile

OWN = 8.0
"""Weight of a pair of the user's own: all published ones together weigh as a hundred."""
ALIKE = 0.5
"""Share of what the model does not know of a source that sources like it have in common."""
NOISE = 0.02
"""Standard deviation of a score over seeds and test items."""
ALIEN, ELSEWHERE = 0.4, 0.2
"""Standard deviation of a task's level, where no score of its kind is known, or none of its own."""
SINGLE = 5.0
"""How much further apart single sources are than the same sources in a mix of many."""
SIZE = 5000
"""Examples of every source, where no corpus says how many there are."""
SHOWN = 4
"""Reasons that are named, the strongest ones."""
Z = 1.96
"""Standard deviations on each side of a 95 % interval."""


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
    """Standard deviation of the gain, without that of the level that all share."""
    reasons: tuple[Reason, ...]
    """Strongest first; together with the smaller ones they add up to what the model expects."""
    tested: float | None
    """Mean score of the user's own runs from it on the target."""
    missing: tuple[str, ...]
    """Features that are not known of the pair and count elsewhere; they widen the interval."""


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

    def to_json(self) -> dict[str, Any]:
        """Give all of it as plain values."""
        from dataclasses import asdict

        return asdict(self)


@dataclass(frozen=True)
class Ask:
    """What is known beside the languages."""

    profiles: Mapping[str, Profile]
    seen: frozenset[str] | None
    likeness: Likeness | None

    def features(self, source: str, target: str) -> dict[str, float]:
        """Describe a pair."""
        from isogloss.analysis.transfer.feature import features

        equal = {} if self.profiles else {"source_size": float(SIZE)}
        return equal | features(
            source,
            target,
            profiles=self.profiles,
            backbone=self.seen if self.seen is not None else "",
            likeness=self.likeness,
        )


def rank_sources(
    target: str,
    candidates: Sequence[str],
    *,
    task: str,
    kind: str,
    observations: Sequence[Observation] = (),
    scored: Sequence[Observation] | None = None,
    ask: Ask,
) -> Ranking:
    """Rank candidates, all given by their BCP-47 tags, each once and none of them the target.

    Args:
        kind: published runs on tasks of this kind come first.
        observations: the user's own scores, of any task.
        scored: those that say how high the level is; None: those of the task.
    """
    from isogloss.analysis.transfer.gain import gains
    from isogloss.analysis.transfer.prior import prior

    known = prior(kind)
    own = gains(observations, ask.features, weight=OWN)
    ranker = _fit(known, own)
    # A feature counts by its place among the candidates: others beside them make it the same
    # for few candidates as for many.
    beside = [lang for lang in known.langs if lang not in (*candidates, target)]
    langs = [*candidates, *beside]
    pairs = Pairs.of(
        (Pair("", target, lang, ask.features(lang, target)) for lang in langs), ranker.names
    )
    ranked = ranker.rank(pairs)
    if scored is None:
        scored = [one for one in observations if one.task == task]
    level = _level(known, scored)
    tested = _tested(scored, target, langs)
    mean, cover = _condition(*_prior(ranker, ranked, pairs, level), langs, tested)
    gain, error = _gains(mean, cover, len(candidates))
    sources = [
        Source(
            lang=lang,
            score=_share(mean[at]),
            low=_share(mean[at] - Z * math.sqrt(cover[at, at])),
            high=_share(mean[at] + Z * math.sqrt(cover[at, at])),
            gain=float(gain[at]),
            error=float(error[at]),
            reasons=_reasons(ranked, pairs, at, level[2]),
            tested=tested.get(lang),
            missing=_missing(ranker, pairs, at),
        )
        for at, lang in enumerate(candidates)
    ]
    sources.sort(key=lambda one: (-one.gain, one.lang))
    middle = _share(mean[: len(candidates)].mean())
    rests = _basis(known, own, observations, ranker, bool(ask.profiles))
    return Ranking(target, task, kind, tuple(sources), middle, rests)


def _fit(known: Prior, own: Sequence[Pair]) -> Ranker:
    """Fit to published and own pairs; enough own ones also say how far to trust the fit."""
    from isogloss.analysis.transfer.ranker import FEWEST, Ranker

    if len({pair.target for pair in own}) < FEWEST:
        return Ranker.fit(Pairs.of([*known.pairs, *own]), trust=known.trust)
    names = tuple(dict.fromkeys(k for pair in (*own, known.pairs[0]) for k in pair.features))
    return Ranker.fit(Pairs.of(own, names), beside=Pairs.of(known.pairs, names))


def _level(known: Prior, scored: Sequence[Observation]) -> tuple[float, float, float]:
    """Give the mean over targets, how far a target is from it, and how far sources are apart."""
    import numpy as np

    by_target: dict[str, list[float]] = {}
    for one in scored:
        if one.sources:
            by_target.setdefault(one.target, []).append(one.score)
    if not by_target:
        elsewhere = ELSEWHERE if known.alike else ALIEN
        return known.level, math.hypot(known.apart, elsewhere), known.spread * SINGLE
    means = [float(np.mean(scores)) for scores in by_target.values()]
    several = [float(np.std(scores)) for scores in by_target.values() if len(scores) > 2]
    count = len(means)
    # A few targets say little of how far targets are apart: the published ones stand beside.
    apart = (known.apart**2 * 2 + np.var(means) * count) / (2 + count)
    level_error = apart / count
    spread = (known.spread * SINGLE * 2 + sum(several)) / (2 + len(several))
    return float(np.mean(means)), math.sqrt(apart + level_error), float(spread)


def _prior(
    ranker: Ranker, ranked: Ranked, pairs: Pairs, level: tuple[float, float, float]
) -> tuple[Any, Any]:
    """Give mean and covariance of the scores of all candidates before any is tested."""
    import numpy as np

    middle, apart, spread = level
    place = np.nan_to_num(ranker.basis.scaled(pairs.values))
    far = ((place[:, None] - place[None]) ** 2).mean(-1)
    alike = ALIKE * np.exp(-far) + (1 - ALIKE) * np.eye(len(place))
    error = ranked.error * spread
    return middle + ranked.value * spread, apart**2 + alike * np.outer(error, error)


def _tested(scored: Iterable[Observation], target: str, langs: Sequence[str]) -> dict[str, float]:
    """Give the mean of own scores on the target, by the one source they are from."""
    scores: dict[str, list[float]] = {}
    for one in scored:
        if one.target == target and len(one.mix) == 1 and one.mix[0][0] in langs:
            scores.setdefault(one.mix[0][0], []).append(one.score)
    return {lang: sum(values) / len(values) for lang, values in scores.items()}


def _condition(
    mean: Any, cover: Any, langs: Sequence[str], tested: Mapping[str, float]
) -> tuple[Any, Any]:
    """Update a normal distribution with what was measured of some of its variables."""
    import numpy as np

    if not tested:
        return mean, cover
    at = np.array([langs.index(lang) for lang in tested])
    inner = cover[np.ix_(at, at)] + NOISE**2 * np.eye(len(at))
    weight = np.linalg.solve(inner, cover[at]).T
    seen = np.array(list(tested.values()))
    return mean + weight @ (seen - mean[at]), cover - weight @ cover[at]


def _gains(mean: Any, cover: Any, number: int) -> tuple[Any, Any]:
    """Give the first scores less their mean, and the standard deviations of that."""
    import numpy as np

    # what is not known of the level moves all alike, and is no error of a gain
    less = np.eye(number) - 1 / number
    variance = np.diag(less @ cover[:number, :number] @ less)
    return less @ mean[:number], np.sqrt(np.maximum(variance, 0))


def _reasons(ranked: Ranked, pairs: Pairs, at: int, spread: float) -> tuple[Reason, ...]:
    """Name the strongest parts of what the model expects."""
    parts = ranked.parts[at] * spread
    order = sorted(range(len(parts)), key=lambda k: -abs(parts[k]))[:SHOWN]
    facts = [float(value) for value in pairs.values[at]]
    return tuple(
        Reason(
            ranked.reasons[k],
            float(parts[k]),
            facts[k] if k < len(facts) and not math.isnan(facts[k]) else None,
        )
        for k in order
        if parts[k]
    )


def _missing(ranker: Ranker, pairs: Pairs, at: int) -> tuple[str, ...]:
    """Name the features that the model uses and this pair lacks."""
    import numpy as np

    lacks = np.isnan(pairs.values[at]) & (ranker.basis.spreads > 0)
    return tuple(name for name, lack in zip(pairs.names, lacks, strict=True) if lack)


def _basis(
    known: Prior, own: Sequence[Pair], found: Sequence[Observation], ranker: Ranker, profiles: bool
) -> tuple[str, ...]:
    """Say in words what the expectation rests on."""
    tables = ", ".join(known.tables)
    said = [f"{len(known.pairs)} published pairs of languages (SumEval 2022: {tables})"]
    if own:
        tasks = len({one.task for one in found})
        said.append(
            f"{len(own)} pairs out of {len(found)} scores of your own on {tasks} "
            f"task{'s' if tasks != 1 else ''}"
        )
    else:
        kind = "" if known.alike else ", none of them of this kind"
        said.append(f"no run of your own; the level is that of {', '.join(known.levels)}{kind}")
    said.append("sizes are those of the corpus" if profiles else f"{SIZE} examples of each source")
    trust: Trust = ranker.trust
    share = max(0.0, 1 - trust.error**2)
    said.append(f"on languages left out, the model explains {share:.0%} of what sets sources apart")
    return tuple(said)


def _share(value: float) -> float:
    return float(min(1.0, max(0.0, value)))


def known_kind(task: str, own: Iterable[str] = ()) -> tuple[str, str]:
    """Give a task's name and kind, empty where not known.

    Args:
        task: of the catalogue, one that was run, or a word for a kind.
        own: tasks that were run.

    Raises:
        IsoglossError: none of these.
    """
    from isogloss.core import plugin
    from isogloss.core.errors import nearest
    from isogloss.core.types import KINDS

    word = task.strip().lower()
    if task in plugin.names("task"):
        return task, plugin.task(task).kind
    if task in (own := tuple(own)):
        return task, ""
    if word in KINDS:
        return word, word
    if word in WORDS:
        return word, WORDS[word]
    near = nearest(word, [*plugin.names("task"), *own, *KINDS, *WORDS])
    hint = f"did you mean '{near}'?" if near else f"a kind of task: {', '.join([*KINDS, *WORDS])}"
    raise IsoglossError(f"unknown task '{task}'", f"{hint} `isogloss list tasks` shows all tasks")


WORDS = {
    "ner": "tag", "pos": "tag", "tagging": "tag", "slots": "tag",
    "nli": "classify", "classification": "classify", "sentiment": "classify",
    "topic": "classify", "paraphrase": "classify", "intent": "classify",
    "qa": "span", "question-answering": "span",
    "generation": "generate", "summarization": "generate", "summarisation": "generate",
    "translation": "generate", "retrieval": "retrieve",
}  # fmt: skip
"""What people call a kind of task -> the kind."""
