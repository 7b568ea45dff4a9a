"""How far annotators agree, beyond what chance alone would give."""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Callable, Mapping, Sequence

Ratings = Sequence[Mapping[str, str | float]]
"""For each item: annotator -> value; who gave none is left out."""


def kappa(ratings: Ratings, one: str, two: str) -> float:
    """Give Cohen's kappa of two annotators over the items that both rated.

    Cohen 1960. Not a number where they share no item, or where both always
    give one and the same value.
    """
    pairs = [(item[one], item[two]) for item in ratings if one in item and two in item]
    if not pairs:
        return math.nan
    n = len(pairs)
    first, second = Counter(a for a, _ in pairs), Counter(b for _, b in pairs)
    seen = sum(a == b for a, b in pairs) / n
    chance = sum(first[value] * second[value] for value in first) / (n * n)
    return (seen - chance) / (1.0 - chance) if chance < 1.0 else math.nan


def different(a: str | float, b: str | float) -> float:
    """Measure nominal values: equal or not."""
    return float(a != b)


def squared(a: str | float, b: str | float) -> float:
    """Measure values of an interval scale."""
    return (float(a) - float(b)) ** 2


def alpha(
    ratings: Ratings, distance: Callable[[str | float, str | float], float] = different
) -> float:
    """Give Krippendorff's alpha of any number of annotators; gaps are allowed.

    Krippendorff 2011. Not a number where no item has two values, or where all
    values are the same.
    """
    units = [list(item.values()) for item in ratings if len(item) > 1]
    total: Counter[str | float] = Counter(value for unit in units for value in unit)
    n = total.total()
    seen = sum(sum(distance(a, b) for a in unit for b in unit) / (len(unit) - 1) for unit in units)
    chance = sum(distance(a, b) * total[a] * total[b] for a in total for b in total)
    return 1.0 - (n - 1) * seen / chance if chance else math.nan
