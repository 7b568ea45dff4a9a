"""What a single source is expected to bring a target, against the average source.

Before any run it is what usually helps (``nearness``), and for kinds of tasks with published
runs what these tell beside it. With runs of one's own on enough languages it is what the ranker
learns from them, and nearness as far as that foretells what was left out.
"""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from functools import cache
from typing import Any

from isogloss.relation.transfer.covariance import ASSUMED
from isogloss.relation.transfer.feature import Ask
from isogloss.relation.transfer.gain import gains, group_of
from isogloss.relation.transfer.nearness import STEPS, described, near
from isogloss.relation.transfer.observation import Observation
from isogloss.relation.transfer.pairs import Pair, Pairs
from isogloss.relation.transfer.prior import UNKNOWN, Prior, prior
from isogloss.relation.transfer.ranker import FEWEST, Ranker

OWN = 8.0
"""Weight of a pair of the user's own: all published ones together weigh as a hundred."""
SPREAD = 0.65
"""Standard deviation between single sources of a target, in logits, where none were run."""
GROUP = 3.0
"""Pairs that a target's count as when nearness and the ranker are weighed: they go together."""
DOUBT = 0.5
"""Standard deviation of what each of the two is worth of what it says."""
SEVERAL = 3
"""Sources of a target from which on they can be compared."""
BESIDE = 30
"""Most languages that a source is compared with."""
EDGE = 0.01
"""How close to 0 and 1 scores are still told apart."""


@dataclass(frozen=True)
class Told:
    """What is expected of sources for one target, in logits."""

    value: Any
    doubt: Any
    """Variance that is added for what is not known."""
    parts: Any
    """(sources, reasons): they add up to the value."""
    reasons: tuple[str, ...]
    facts: tuple[Mapping[str, float], ...]
    missing: tuple[tuple[str, ...], ...]


@dataclass
class Worth:
    """How much each source is worth to each target, and what that rests on."""

    ask: Ask
    known: Prior
    ranker: Ranker | None
    """None where no score of any pair tells of this kind of task."""
    learned: bool
    """Whether it was learned from runs of one's own."""
    pairs: int
    """Pairs of one's own."""
    beside: tuple[str, ...]
    """Languages that a source is compared with."""
    spread: float
    """Standard deviation between the sources of a target, in logits."""
    shares: tuple[float, float] = (1.0, 1.0)
    """What the ranker's and nearness's answers are multiplied with."""
    described: dict[tuple[str, str], dict[str, float]] = field(default_factory=dict)
    told: dict[tuple[str, tuple[str, ...]], Told] = field(default_factory=dict)

    @classmethod
    def fit(
        cls, observations: Sequence[Observation], kind: str, ask: Ask, *, alone: bool = True
    ) -> Worth:
        """Learn from scores of any task, as far as they reach.

        Args:
            alone: whether it will be asked for single sources; only those take learning.
        """
        known = prior(kind)
        made = cls(ask, known, None, False, 0, known.langs, SPREAD)
        if not alone:
            return made
        kept = [one for one in observations if one.sources and not math.isnan(one.score)]
        own = gains(kept, made._features, weight=OWN)
        made.pairs = len(own)
        several = Counter((pair.group, pair.target) for pair in own)
        if len({target for (_, target), n in several.items() if n >= SEVERAL}) >= FEWEST:
            made._learn(own)
        elif known.alike:
            made.ranker = _published(kind)
        return made

    def of(self, target: str, sources: Sequence[str]) -> Told:
        """Say what each source is expected to bring, whatever others are asked for with it."""
        key = target, tuple(sources)
        if key not in self.told:
            self.told[key] = self._of(target, sources)
        return self.told[key]

    def _of(self, target: str, sources: Sequence[str]) -> Told:
        import numpy as np

        others = [lang for lang in self.beside if lang != target]
        facts = tuple(self._features(lang, target) for lang in sources)
        usual = near(
            [described(lang, known) for lang, known in zip(sources, facts, strict=True)],
            [described(lang, self._features(lang, target)) for lang in others],
        )
        parts = {name: usual.parts[:, at] * self.shares[1] for at, name in enumerate(STEPS)}
        doubt = np.array([len(lacks) for lacks in usual.missing]) * WORTHLESS
        missing = [dict.fromkeys(lacks) for lacks in usual.missing]
        if self.ranker is not None:
            pairs, rows = self._among(target, sources, others)
            ranked = self.ranker.rank(pairs)
            scale = self.spread * self.shares[0]
            for at, name in enumerate(ranked.reasons):
                parts[name] = parts.get(name, 0.0) + ranked.parts[rows, at] * scale
            unsure = ranked.error[rows] ** 2 - self.ranker.trust.error**2
            doubt = doubt + unsure * scale**2
            lacks = np.isnan(pairs.values[rows]) & (self.ranker.basis.spreads > 0)
            for found, row in zip(missing, lacks, strict=True):
                found |= dict.fromkeys(n for n, lack in zip(pairs.names, row, strict=True) if lack)
        table = np.column_stack([np.broadcast_to(p, len(sources)) for p in parts.values()])
        return Told(table.sum(1), doubt, table, tuple(parts), facts, tuple(map(tuple, missing)))

    def left_out(self, scored: Sequence[Observation]) -> Any:
        """Say what would have been expected of scores, had they not been known: (scores,).

        A source counts by the square of its share: what one brings over the average source,
        the others of a mix have brought already.
        """
        import numpy as np

        found = np.zeros(len(scored))
        for target, rows in by_target(scored).items():
            langs = list(dict.fromkeys(lang for at in rows for lang in sources(scored[at])))
            told = self._without(target, langs)
            for at in rows:
                group = group_of(scored[at])
                found[at] = sum(
                    share**2 * (told[lang] + self._left(group, lang))
                    for lang, share in sources(scored[at]).items()
                )
        return found

    def _left(self, group: str, source: str) -> float:
        if not self.learned or self.ranker is None:
            return 0.0
        return self.ranker.left.get((group, source), 0.0) * self.spread * self.shares[0]

    def _without(self, target: str, langs: Sequence[str]) -> dict[str, float]:
        """Give all but what was learned from one's own runs."""
        if not self.learned:
            return dict(zip(langs, map(float, self.of(target, langs).value), strict=True))
        found = self._nearness(target, langs) * self.shares[1]
        return dict(zip(langs, map(float, found), strict=True))

    def _learn(self, own: Sequence[Pair]) -> None:
        """Fit the ranker, and weigh it and nearness by what they say of what was left out."""
        import numpy as np

        names = [name for pair in own for name in pair.features]
        names = list(dict.fromkeys([*names, *self.known.pairs[0].features]))
        beside = Pairs.of(self.known.pairs, tuple(names))
        table = Pairs.of(own, tuple(names))
        self.ranker = Ranker.fit(table, beside=beside)
        self.learned = True
        langs = sorted({pair.source for pair in own})
        if len(langs) >= FEWEST:
            self.beside = tuple(langs[:: math.ceil(len(langs) / BESIDE)])
        logits = _logit(np.clip(table.scores, EDGE, 1 - EDGE))
        several = [rows for rows in table.members.values() if len(rows) >= SEVERAL]
        spreads = [float(logits[rows].std()) for rows in several]
        self.spread = (2 * SPREAD + sum(spreads)) / (2 + len(spreads))
        self.shares = self._weigh(table, several)

    def _weigh(self, table: Pairs, several: Sequence[Any]) -> tuple[float, float]:
        """Regress what was left out on the two, each expected to be worth what it says."""
        import numpy as np

        if self.ranker is None or not self.ranker.left or not several:
            return (0.0 if self.ranker and not self.ranker.left else 1.0), 1.0
        rows = np.concatenate(several)
        keys = zip(table.groups, table.sources, strict=True)
        left = np.array([self.ranker.left[key] for key in keys])
        usual = np.zeros(len(table))
        for group in several:
            usual[group] = self._nearness(table.targets[group[0]], list(table.sources[group]))
            usual[group] -= usual[group].mean()
        both = np.column_stack([left, usual / self.spread])[rows]
        share = GROUP * len(several) / len(rows)
        inner = share * both.T @ both + np.eye(2) / DOUBT**2
        wanted = share * both.T @ table.standard[rows] + 1 / DOUBT**2
        one, other = np.maximum(np.linalg.solve(inner, wanted), 0.0)
        return float(one), float(other)

    def _nearness(self, target: str, langs: Sequence[str]) -> Any:
        others = [lang for lang in self.beside if lang != target]
        return near(
            [described(lang, self._features(lang, target)) for lang in langs],
            [described(lang, self._features(lang, target)) for lang in others],
        ).value

    def _among(
        self, target: str, sources: Sequence[str], others: Sequence[str]
    ) -> tuple[Pairs, Any]:
        """Put each source among the same others, so that nothing hangs on who else is asked for."""
        import numpy as np

        new = [lang for lang in sources if lang not in others]
        made = [("", lang) for lang in others]
        made += [(lang, one) for lang in new for one in (*others, lang)]
        rows = {lang: at for at, (group, lang) in enumerate(made) if group in ("", lang)}
        assert self.ranker is not None
        pairs = Pairs.of(
            (Pair(group, target, lang, self._features(lang, target)) for group, lang in made),
            self.ranker.names,
        )
        return pairs, np.array([rows[lang] for lang in sources], dtype=int)

    def _features(self, source: str, target: str) -> dict[str, float]:
        """Describe a pair, once."""
        key = source, target
        if key not in self.described:
            found = self.ask.features(source, target)
            self.described[key] = {k: v for k, v in found.items() if k not in IDLE}
        return self.described[key]


IDLE = {name for name in UNKNOWN if name != "source_seen"}
"""Features that tell no sources apart, or that another tells better."""
WORTHLESS = 0.02
"""Variance that each unknown part of nearness adds."""


def sources(one: Any) -> dict[str, float]:
    """List what a cell or observation was trained on beside the target, as shares of examples."""
    counts = {lang: count or ASSUMED for lang, count in one.mix if lang != one.target}
    total = sum(counts.values())
    return {lang: count / total for lang, count in counts.items()}


def by_target(cells: Sequence[Any]) -> dict[str, list[int]]:
    """Give the places of cells that have sources by their target."""
    found: dict[str, list[int]] = {}
    for at, one in enumerate(cells):
        if sources(one):
            found.setdefault(one.target, []).append(at)
    return found


@cache
def _published(kind: str) -> Ranker:
    known = prior(kind)
    return Ranker.fit(Pairs.of(known.pairs), trust=known.trust)


def _logit(scores: Any) -> Any:
    import numpy as np

    return np.log(scores / (1 - scores))
