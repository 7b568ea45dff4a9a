"""What is expected of source languages before any run of the user's own.

The scores are in ``prior.json`` beside this file, built by ``tools/prior.py`` from the tables
of SumEval 2022, which are under the MIT licence.
"""

from __future__ import annotations

import json
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

from isogloss.relation.transfer.feature import features
from isogloss.relation.transfer.pairs import Pair
from isogloss.relation.transfer.ranker import Trust

FILE = Path(__file__).with_name("prior.json")
ELSEWHERE = 0.5
"""Weight of tables of another kind of task."""
UNKNOWN = ("source_seen", "target_seen", "same_family")
"""Nothing is to be learned of these: the models had seen all languages, and the family says
less than the family tree."""
TASK = 0.6
"""Standard deviation of a task's level, in logits, where its kind is known."""
ANY = 1.2
"""The same where it is not; then any level is as likely as its complement."""


@dataclass(frozen=True)
class Level:
    """What is expected of a task in a language of usual means, from one source, in logits."""

    mean: float
    error: float
    tables: tuple[str, ...]
    """Published ones that it is taken from."""


@dataclass(frozen=True)
class Prior:
    """Scores of published runs, ready to fit to."""

    pairs: tuple[Pair, ...]
    tables: tuple[str, ...]
    """Those whose runs tell sources apart."""
    alike: tuple[str, ...]
    """Those among them of the kind asked for."""
    langs: tuple[str, ...]
    trust: Trust
    level: Level


@cache
def prior(kind: str) -> Prior:
    """Give the published runs; those of the kind of task weigh more."""
    found = json.loads(FILE.read_text(encoding="utf-8"))
    tables: dict[str, dict[str, Any]] = found["tables"]
    pairs = [
        Pair(f"{name}/{target}", target, source, known, score, weight)
        for name, table in tables.items()
        for weight in (1.0 if table["kind"] == kind else ELSEWHERE,)
        for target, source, size, score in table["pairs"]
        for known in (describe(source, target) | {"source_size": float(size)},)
    ]
    told = tuple(name for name, table in tables.items() if table["pairs"])
    return Prior(
        tuple(pairs),
        told,
        tuple(name for name in told if tables[name]["kind"] == kind),
        tuple(sorted({pair.source for pair in pairs})),
        Trust(**found["trust"]),
        _level(tables, kind),
    )


def _level(tables: dict[str, dict[str, Any]], kind: str) -> Level:
    """Take the mean of a kind's tables, with that of all tables as one more."""
    from statistics import fmean

    same = [name for name, table in tables.items() if table["kind"] == kind]
    if not same:
        return Level(0.0, ANY, ())
    overall = fmean(table["level"] for table in tables.values())
    return Level(fmean([overall, *(tables[name]["level"] for name in same)]), TASK, tuple(same))


def describe(source: str, target: str) -> dict[str, float]:
    """Give the features that these tables can teach something of."""
    return {k: v for k, v in features(source, target).items() if k not in UNKNOWN}
