"""Combine distances between languages, and group languages by them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from isogloss.core.errors import IsoglossError, unknown


@dataclass(frozen=True)
class Merge:
    """Two branches of a tree that become one."""

    first: int
    second: int
    """Branches: a language by its number, or the number of languages + that of a merge."""
    at: float
    """Mean distance between the languages of both."""


@dataclass(frozen=True)
class Tree:
    """Languages joined two by two, the nearest first."""

    langs: tuple[str, ...]
    merges: tuple[Merge, ...]
    left_out: tuple[str, ...] = ()
    """Languages with a distance that is not known, which no branch can be given."""

    @property
    def order(self) -> tuple[str, ...]:
        """List the languages so that every branch stands together."""
        return self._members(len(self.langs) + len(self.merges) - 1)

    def groups(self, count: int) -> tuple[tuple[str, ...], ...]:
        """Cut the tree into groups, by undoing the last merges.

        Raises:
            IsoglossError: fewer groups than one, or more than languages.
        """
        most = len(self.langs)
        if not 1 <= count <= most:
            raise IsoglossError(f"{most} languages can't make {count} groups", f"1 to {most}")
        last = len(self.merges) + 1 - count
        roots = set(range(most + last)) - {
            branch for merge in self.merges[:last] for branch in (merge.first, merge.second)
        }
        place = {lang: number for number, lang in enumerate(self.order)}
        found = [self._members(root) for root in roots]
        return tuple(sorted(found, key=lambda group: place[group[0]]))

    def _members(self, branch: int) -> tuple[str, ...]:
        found, waiting = [], [branch]
        while waiting:
            one = waiting.pop()
            if one < len(self.langs):
                found.append(self.langs[one])
            else:
                merge = self.merges[one - len(self.langs)]
                waiting += [merge.second, merge.first]
        return tuple(found)


def weights(
    matrices: Mapping[str, Any],
    langs: Sequence[str],
    scores: Mapping[tuple[str, str], float] | None = None,
) -> dict[str, float]:
    """Weigh distances by how well they tell transfer, adding up to 1; equally without scores.

    A weight is the correlation of nearness with the score, over the pairs whose distance is
    known, and 0 where nearness does not help. Scores are taken from their target's mean first:
    the question is which source is better, not which target is easier.

    Args:
        matrices: name -> distances among the languages, NaN where not known.
        langs: the matrices' rows and columns.
        scores: (source, target) -> score, higher is better.

    Raises:
        IsoglossError: a score of another language, or no distance that goes with the scores.
    """
    import numpy as np

    _check(matrices, langs)
    if scores is None:
        return {name: 1 / len(matrices) for name in matrices}
    place = {lang: number for number, lang in enumerate(langs)}
    for pair in scores:
        for lang in pair:
            if lang not in place:
                raise unknown("language of a score:", lang, langs)
    seen: dict[str, list[float]] = {}
    for (source, target), score in scores.items():
        if source != target:
            seen.setdefault(target, []).append(score)
    above = {
        (place[source], place[target]): score - sum(seen[target]) / len(seen[target])
        for (source, target), score in scores.items()
        if source != target
    }
    rows, columns = np.array(list(above), int).reshape(-1, 2).T
    values = np.array(list(above.values()))
    found = {
        name: max(0.0, -_correlation(np.asarray(matrix)[rows, columns], values))
        for name, matrix in matrices.items()
    }
    total = sum(found.values())
    if not total:
        raise IsoglossError(
            "no distance goes with the scores", "give more scores, or leave them out: equal weights"
        )
    return {name: value / total for name, value in found.items()}


def combine(matrices: Mapping[str, Any], weights: Mapping[str, float]) -> Any:
    """Average distances by their weights; not known where one with a weight is not."""
    import numpy as np

    used = [weight * np.asarray(matrices[name]) for name, weight in weights.items() if weight]
    return np.sum(used, axis=0)


def tree(matrix: Any, langs: Sequence[str]) -> Tree:
    """Join languages by average linkage.

    A language with a distance that is not known is left out and named; of two that lack only
    each other's, the one that lacks more.

    Raises:
        IsoglossError: fewer than two languages are left.
    """
    import numpy as np
    from scipy.cluster.hierarchy import linkage
    from scipy.spatial.distance import squareform

    _check({"distance": matrix}, langs)
    values = np.asarray(matrix, float)
    values = (values + values.T) / 2
    kept = list(range(len(langs)))
    while (lacking := np.isnan(values[np.ix_(kept, kept)]).sum(1)).any():
        kept.pop(len(kept) - 1 - int(np.argmax(lacking[::-1])))
    names = tuple(langs[number] for number in kept)
    left_out = tuple(lang for lang in langs if lang not in names)
    if len(kept) < 2:
        raise IsoglossError(
            f"too few distances are known for a tree: none without gaps among {', '.join(langs)}",
            "take another kind, or other languages",
        )
    cells = values[np.ix_(kept, kept)]
    np.fill_diagonal(cells, 0.0)
    merges = linkage(squareform(cells, checks=False), "average")
    return Tree(names, tuple(Merge(int(a), int(b), float(at)) for a, b, at, _ in merges), left_out)


def _correlation(one: Any, other: Any) -> float:
    """Give Pearson's correlation over what is known; 0 for fewer than three or no spread."""
    import numpy as np

    known = ~np.isnan(one)
    one, other = one[known], other[known]
    if len(one) < 3 or not one.std() or not other.std():
        return 0.0
    return float(np.corrcoef(one, other)[0, 1])


def _check(matrices: Mapping[str, Any], langs: Sequence[str]) -> None:
    if not matrices:
        raise IsoglossError("no distance to group by", "name one at least")
    if len(langs) < 2 or len(set(langs)) < len(langs):
        raise IsoglossError(
            f"{', '.join(langs)}: two or more languages, each once",
            "name two at least, and none of them again",
        )
    for name, matrix in matrices.items():
        rows = [len(row) for row in matrix]
        if rows != [len(langs)] * len(langs):
            what = f"{name} is {len(rows)} x {rows[0] if rows else 0}, with {len(langs)} languages"
            raise IsoglossError(what, "give a row and a column for each language")
