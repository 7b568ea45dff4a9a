"""How near a source is to a target, in all that usually helps: what ranks before any run.

Each part counts alike, on the scale on which it usually varies. Such plain sums are hard to
beat where there are few scores to learn weights from.
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

STEPS = {
    "genetic": -0.1, "geographic": -0.13, "syntactic": -0.1, "same_script": 0.4,
    "source_seen": 0.5, "source_text": 2.0,
}  # fmt: skip
"""What counts as one step, less being nearer where it is below 0. Places count by the square
root of their distance, and text, in standard deviations of its logarithm, counts half."""
SEEN = "source_seen"
"""Not known of any source unless a backbone is named."""
WORTH = 0.08
"""What a step is expected to bring, in logits."""


@dataclass(frozen=True)
class Near:
    """Sources as seen from a target, against the average of some others, in logits."""

    parts: Any
    """(sources, parts)."""
    missing: tuple[tuple[str, ...], ...]
    """What is not known of each source."""

    @property
    def value(self) -> Any:
        """Add up the parts."""
        return self.parts.sum(1)


def described(source: str, known: Mapping[str, float]) -> dict[str, float]:
    """Pick the parts out of a pair's features, and add the amount of text of the source."""
    from isogloss.language.webtext import poorest, wealth

    text = wealth(source)
    found = {name: known.get(name, math.nan) for name in STEPS}
    return found | {"source_text": poorest() if text is None else text}


def near(asked: Sequence[Mapping[str, float]], others: Sequence[Mapping[str, float]]) -> Near:
    """Compare sources with others of the same target, all as `described`.

    What is not known of a source counts as the others' mean.
    """
    import numpy as np

    mine, theirs = (_steps(each) for each in (asked, others))
    known = ~np.isnan(theirs)
    middle = np.where(known, theirs, 0).sum(0) / np.maximum(known.sum(0), 1)
    lacks = np.isnan(mine)
    parts = np.where(lacks | ~known.any(0), 0.0, mine - middle) * WORTH
    missing = tuple(
        tuple(name for name, lack in zip(STEPS, row, strict=True) if lack and name != SEEN)
        for row in lacks
    )
    return Near(parts, missing)


def _steps(pairs: Sequence[Mapping[str, float]]) -> Any:
    import numpy as np

    names = list(STEPS)
    values = np.array([[pair[name] for name in names] for pair in pairs], dtype=float)
    values = values.reshape(len(pairs), len(names))
    place = names.index("geographic")
    values[:, place] = np.sqrt(values[:, place])
    return values / np.array(list(STEPS.values()))
