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

from isogloss.analysis.transfer.feature import features
from isogloss.analysis.transfer.pairs import Pair
from isogloss.analysis.transfer.ranker import Trust

FILE = Path(__file__).with_name("prior.json")
ELSEWHERE = 0.5
"""Weight of tables of another kind of task."""
SEEN = ("source_seen", "target_seen")
"""Say nothing in these tables: the models had seen all languages."""


@dataclass(frozen=True)
class Prior:
    """Scores of published runs, ready to fit to."""

    pairs: tuple[Pair, ...]
    tables: tuple[str, ...]
    """Those whose runs tell sources apart."""
    levels: tuple[str, ...]
    """Those that the level is taken from."""
    alike: bool
    """Whether these are of the kind asked for."""
    langs: tuple[str, ...]
    trust: Trust
    level: float
    """Mean score of a target."""
    apart: float
    """Standard deviation of a target's score from it."""
    spread: float
    """Standard deviation between the sources of a target."""


@cache
def prior(kind: str) -> Prior:
    """Give the published runs, those of a kind of task before all others."""
    import numpy as np

    found = json.loads(FILE.read_text(encoding="utf-8"))
    tables: dict[str, dict[str, Any]] = found["tables"]
    same = [name for name, table in tables.items() if table["kind"] == kind]
    alike = same or list(tables)
    pairs, spreads = [], []
    for name, table in tables.items():
        scores: dict[str, list[float]] = {}
        for target, source, size, score in table["pairs"]:
            known = describe(source, target) | {"source_size": float(size)}
            weight = 1.0 if name in alike else ELSEWHERE
            pairs.append(Pair(f"{name}/{target}", target, source, known, score, weight))
            scores.setdefault(target, []).append(score)
        spreads += [float(np.std(each)) for each in scores.values()]
    levels = np.concatenate([tables[name]["levels"] for name in alike])
    # another task of the same kind differs as the tables do, which are few
    every = [float(np.mean(table["levels"])) for table in tables.values()]
    return Prior(
        tuple(pairs),
        tuple(name for name, table in tables.items() if table["pairs"]),
        tuple(alike),
        bool(same),
        tuple(sorted({pair.source for pair in pairs})),
        Trust(**found["trust"]),
        float(levels.mean()),
        float(np.hypot(levels.std(), np.std(every))),
        float(np.mean(spreads)),
    )


def describe(source: str, target: str) -> dict[str, float]:
    """Give the features that these tables can teach something of."""
    return {k: v for k, v in features(source, target).items() if k not in SEEN}
