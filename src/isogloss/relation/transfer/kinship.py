"""How alike languages are, as a kernel: what one language's scores say of another's."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

KINDS = {"syntactic": 0.57, "genetic": 1.0, "geographic": 0.24, "inventory": 0.51}
"""Kind of distance -> its median over a hundred languages, which makes the kinds one scale."""
WEIGHTS = {"own": 1.0, "typology": 1.0, "wealth": 1.0, "pivot": 0.5}
"""Share of a language's level that is its own, that it has in common with languages like it,
that goes with the text there is of it, and that goes with its nearness to the pivot."""
REACH = 0.9
"""Distance in medians at which languages stop having much in common."""
PIVOT = "en"
"""The language that backbones saw most of, and that most benchmarks were translated from."""


@dataclass(frozen=True)
class Kinship:
    """What is known of some languages before anything is trained."""

    langs: tuple[str, ...]
    level: Any
    """Covariance of the languages' levels: about 1 on the diagonal, more for odd languages."""
    alike: Any
    """Likeness by typology alone, 1 for the same language."""
    gaps: dict[str, tuple[str, ...]]
    """Language -> what is not known of it."""
    wealth: Any
    """Amount of text, standardised; the least there is where it is not known."""
    pivot: Any
    """Nearness to the pivot, standardised; 0 where it is not known."""


def kinship(langs: Sequence[str]) -> Kinship:
    """Relate languages to each other.

    Distances that are not known are left out of the mean over kinds; a language without any
    has nothing in common with the rest. Where a feature is not known, its whole variance is
    added to the language's own, so that what is said of it gets less certain.

    Raises:
        IsoglossError: a code that the registry does not know.
    """
    import numpy as np

    from isogloss.language.webtext import poorest, wealth
    from isogloss.relation.typology import covers, matrix

    langs = tuple(dict.fromkeys(langs))
    parts = np.array([matrix(kind, langs) / median for kind, median in KINDS.items()])
    known = ~np.isnan(parts)
    count = known.sum(0)
    total = np.where(known, parts, 0).sum(0)
    far = np.where(count > 0, total / np.maximum(count, 1), np.inf)
    np.fill_diagonal(far, 0)
    alike = _positive(np.exp(-0.5 * (far / REACH) ** 2))
    rich = [wealth(lang) for lang in langs]
    near = _pivot(langs)
    gaps = {
        lang: (
            *(kind for kind in KINDS if not covers(kind, lang)),
            *(("text",) if rich[row] is None else ()),
        )
        for row, lang in enumerate(langs)
    }
    money = np.array([poorest() if value is None else value for value in rich])
    unknown = np.isnan(near)
    close = np.where(unknown, 0.0, near)
    level = WEIGHTS["own"] * np.eye(len(langs)) + WEIGHTS["typology"] * alike
    level += WEIGHTS["wealth"] * np.outer(money, money)
    level += WEIGHTS["pivot"] * (np.outer(close, close) + np.diag(unknown.astype(float)))
    gaps = {lang: lacks for lang, lacks in gaps.items() if lacks}
    return Kinship(langs, level / sum(WEIGHTS.values()), alike, gaps, money, close)


def _pivot(langs: Sequence[str]) -> Any:
    """Give nearness to the pivot in syntax, standardised; the pivot is as near as German."""
    import numpy as np

    from isogloss.relation.typology import distance

    found = [distance("syntactic", lang, PIVOT) for lang in langs]
    values = np.array([np.nan if value is None else value for value in found])
    return (0.55 - np.maximum(values, 0.35)) / 0.08


def _positive(matrix: Any) -> Any:
    """Cut a likeness to its positive part; typology's distances are no metric."""
    import numpy as np

    values, vectors = np.linalg.eigh(matrix)
    cut = (vectors * np.maximum(values, 0)) @ vectors.T
    scale = np.sqrt(np.diag(cut))
    return cut / np.outer(scale, scale)
