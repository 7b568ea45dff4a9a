"""What is known of a pair of languages before anything is trained on it."""

from __future__ import annotations

import math
from collections.abc import Collection, Mapping
from dataclasses import dataclass
from functools import cache
from typing import TYPE_CHECKING

from isogloss.relation.transfer.covariance import ASSUMED

if TYPE_CHECKING:
    from isogloss.relation.statistic import Profile

Likeness = Mapping[tuple[str, str], float]
"""(language, language) -> how alike a model sees them."""
LONE = ("isolate", "unclassified")
"""Families of the registry that say nothing of kinship."""


def features(
    source: str,
    target: str,
    *,
    profiles: Mapping[str, Profile] | None = None,
    backbone: str | Collection[str] = "",
    likeness: Likeness | None = None,
) -> dict[str, float]:
    """Describe a source language as seen from a target; NaN where something is not known.

    Distances of typology are named by their kind and run from 0, alike, to 1.

    Args:
        profiles: what a corpus says of each language.
        backbone: the model's name, or the languages that it has seen.
        likeness: similarity as measured in a model, by pair in either order.

    Raises:
        IsoglossError: a code that the registry does not know.
    """
    from isogloss.language.registry import find_language
    from isogloss.relation.typology import KINDS, distance

    one, other = find_language(source), find_language(target)
    found = {kind: _number(distance(kind, one.code, other.code)) for kind in KINDS}
    found["same_family"] = float(one.family == other.family and one.family not in LONE)
    found["same_script"] = float(one.script == other.script)
    seen = _seen(backbone) if isinstance(backbone, str) else frozenset(backbone)
    for side, lang in (("source", one), ("target", other)):
        found[f"{side}_seen"] = math.nan if seen is None else float(lang.code in seen)
    if profiles and one.code in profiles and other.code in profiles:
        from isogloss.relation.statistic import statistics

        found |= statistics(profiles[one.code], profiles[other.code])
    if likeness is not None:
        pair = (one.code, other.code)
        found["likeness"] = likeness.get(pair, likeness.get(pair[::-1], math.nan))
    return found


def _number(value: float | None) -> float:
    return math.nan if value is None else value


@cache
def _seen(backbone: str) -> frozenset[str] | None:
    from isogloss.language.backbone_language import seen

    return seen(backbone)


@dataclass(frozen=True)
class Ask:
    """What is known beside the languages."""

    profiles: Mapping[str, Profile]
    seen: frozenset[str] | None
    """Languages that the backbone saw; None where not known."""
    likeness: Likeness | None

    def features(self, source: str, target: str) -> dict[str, float]:
        """Describe a pair."""
        equal = {} if self.profiles else {"source_size": float(ASSUMED)}
        return equal | features(
            source,
            target,
            profiles=self.profiles,
            backbone=self.seen if self.seen is not None else "",
            likeness=self.likeness,
        )

    def split(self) -> dict[str, float]:
        """Say how much more finely each language is split than the middle one, in doublings.

        Empty without a backbone's tokens.
        """
        from statistics import median

        rates = {lang: one.fertility for lang, one in self.profiles.items()}
        rates = {lang: rate for lang, rate in rates.items() if rate > 0}
        usual = median(rates.values()) if rates else 1.0
        return {lang: math.log2(rate / usual) for lang, rate in rates.items()}
