"""Language-by-language matrices from typology, from data and from a model, side by side."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import asdict, dataclass, field
from typing import TYPE_CHECKING, Any

from isogloss.core.errors import IsoglossError, unknown
from isogloss.relation import cluster
from isogloss.relation.cluster import Tree

if TYPE_CHECKING:
    from isogloss.relation.from_model import Likeness
    from isogloss.relation.statistic import Profile

FULL = 0.9
"""Share of the fullest matrix's values that one needs to be in the tree beside it."""
Cells = tuple[tuple[float | None, ...], ...]
OVERLAPS = {"word_overlap": "distinct words", "subword_overlap": "distinct tokens of the backbone"}
WRITTEN = {"genetic": "shared nodes of the family tree", "geographic": "great-circle distance"}


@dataclass(frozen=True)
class Matrix:
    """One value for each two languages."""

    name: str
    values: Cells
    """Languages x languages; None where not known."""
    distance: bool
    """Whether low is near (a distance) or high is (a similarity)."""
    about: str
    """What it is made of."""
    top: float = 1.0
    """The largest value there can be."""

    @property
    def known(self) -> float:
        """Give the share of values that are known."""
        return sum(v is not None for row in self.values for v in row) / len(self.values) ** 2

    @property
    def distances(self) -> Any:
        """Give it as distances from 0 to 1, NaN where not known."""
        import numpy as np

        found = np.array(self.values, float) / self.top
        return found if self.distance else np.clip(1 - found, 0, 1)


@dataclass(frozen=True)
class Similarity:
    """What is known of how near languages are to each other."""

    langs: tuple[str, ...]
    matrices: tuple[Matrix, ...]
    tree: Tree | None
    weights: Mapping[str, float]
    """What the tree is made of: a matrix's name and its share."""
    profiles: Mapping[str, Profile] = field(default_factory=dict)
    notes: tuple[str, ...] = ()
    """What is not known and why."""
    likeness: Likeness | None = None
    """The model's similarities in all layers that were asked."""
    memory: Mapping[str, Mapping[str, float]] = field(default_factory=dict)
    """How well the model fills in each language's texts: lml, lmem, spans."""

    def matrix(self, name: str) -> Matrix:
        """Give a matrix by its name.

        Raises:
            IsoglossError: there is none of that name.
        """
        for one in self.matrices:
            if one.name == name:
                return one
        raise unknown("matrix", name, [one.name for one in self.matrices])

    def nearest(self, name: str, lang: str, most: int = 3) -> tuple[tuple[str, float], ...]:
        """List the nearest languages by a matrix, with their values; ties in given order."""
        found = self.matrix(name)
        row = found.values[self.langs.index(lang)]
        known = [
            (other, value)
            for other, value in zip(self.langs, row, strict=True)
            if value is not None and other != lang
        ]
        return tuple(sorted(known, key=lambda one: one[1] if found.distance else -one[1])[:most])

    def to_json(self) -> dict[str, Any]:
        """Give everything as plain values."""
        from isogloss.relation.typology import about

        return {
            "langs": self.langs,
            "matrices": {one.name: asdict(one) for one in self.matrices},
            "tree": None if self.tree is None else asdict(self.tree),
            "weights": dict(self.weights),
            "corpus": {lang: facts(one) for lang, one in self.profiles.items()},
            "memory": {lang: dict(one) for lang, one in self.memory.items()},
            "notes": self.notes,
            "typology": about(),
        }


def similarity(
    langs: Sequence[str],
    kinds: Sequence[str] = (),
    *,
    profiles: Mapping[str, Profile] | None = None,
    likeness: Likeness | None = None,
    memory: Mapping[str, Mapping[str, float]] | None = None,
    scores: Mapping[tuple[str, str], float] | None = None,
) -> Similarity:
    """Put together what typology, data and a model say of languages.

    Raises:
        IsoglossError: unknown, repeated or too few languages, an unknown kind, or
            scores that nothing goes with.
    """
    found = checked(langs)
    profiles = {lang: one for lang, one in (profiles or {}).items() if lang in found}
    matrices = [_typology(kind, found) for kind in dict.fromkeys(kinds)]
    matrices += _overlaps(found, profiles)
    if likeness is not None:
        matrices.append(_likeness(found, likeness))
    if not matrices:
        raise IsoglossError("nothing to compare by", "name a kind, a corpus or a model")
    notes = [note for one in matrices for note in _gaps(one, found)]
    notes += [
        f"{lang}: {one.tokens} words are too few to compare"
        for lang, one in profiles.items()
        if not one.enough
    ]
    if likeness is not None and likeness.cut:
        every = likeness.n * len(likeness.langs)
        notes.append(f"model: {likeness.cut} of {every} texts were cut to what it reads")
    tree, weights, said = _tree(matrices, found, scores)
    return Similarity(
        found, tuple(matrices), tree, weights, profiles, (*notes, *said), likeness, memory or {}
    )


def checked(langs: Iterable[str]) -> tuple[str, ...]:
    """Spell languages as the registry does.

    Raises:
        IsoglossError: an unknown language, one twice, or fewer than two.
    """
    from isogloss.language.registry import canonical

    found: dict[str, str] = {}
    for code in langs:
        lang = canonical(code)
        if lang in found:
            both = f"'{code}'" if code == found[lang] else f"'{found[lang]}' and '{code}'"
            raise IsoglossError(f"{both}: '{lang}' is there twice", "name each language once")
        found[lang] = code
    if len(found) < 2:
        only = f"only '{next(iter(found))}' is named" if found else "no language is named"
        raise IsoglossError(f"{only}: there is nothing to compare", "name two languages or more")
    return tuple(found)


def facts(one: Profile) -> dict[str, Any]:
    """Give a profile's counts and rates as plain values, None where not known."""
    rates = {"ttr": one.ttr, "fertility": one.fertility, "unknown_rate": one.unknown_rate}
    return {
        "texts": one.size,
        "words": one.tokens,
        "types": len(one.types),
        "script": one.script,
        **{name: None if value != value else value for name, value in rates.items()},
    }


def _typology(kind: str, langs: Sequence[str]) -> Matrix:
    from isogloss.relation.typology import matrix

    features = "all features" if kind == "featural" else f"{kind} features"
    about = WRITTEN.get(kind, f"angle between {features} known for both")
    return Matrix(kind, _cells(matrix(kind, langs)), True, about)


def _overlaps(langs: Sequence[str], profiles: Mapping[str, Profile]) -> list[Matrix]:
    from isogloss.relation.statistic import statistics

    if not profiles:
        return []
    split = any(one.subwords is not None for one in profiles.values())
    there = [lang for lang in langs if lang in profiles]
    pairs = {
        frozenset((a, b)): statistics(profiles[a], profiles[b])
        for number, a in enumerate(there)
        for b in there[: number + 1]
    }

    def cells(name: str) -> Cells:
        return tuple(
            tuple(_known(pairs.get(frozenset((a, b)), {}).get(name)) for b in langs) for a in langs
        )

    return [
        Matrix(name, cells(name), False, f"shared over all {what} of both", top=0.5)
        for name, what in OVERLAPS.items()
        if split or name == "word_overlap"
    ]


def _likeness(langs: Sequence[str], found: Likeness) -> Matrix:
    pairs = found.pairs()
    rows = dict(zip(found.langs, found.matrix(), strict=True))
    pairs |= {(lang, lang): rows[lang][found.langs.index(lang)] for lang in found.langs}
    about = f"{found.measure} in layer {found.chosen()} of {found.model}, {found.n} sentences"
    cells = tuple(tuple(_known(pairs.get((a, b))) for b in langs) for a in langs)
    return Matrix("model", cells, False, about)


def _known(value: float | None) -> float | None:
    return None if value is None or value != value else value


def _cells(values: Any) -> Cells:
    return tuple(tuple(_known(value) for value in row) for row in values.tolist())


def _gaps(one: Matrix, langs: Sequence[str]) -> list[str]:
    """Say of which languages nothing is known, and which pairs are not known besides."""
    bare = [lang for number, lang in enumerate(langs) if one.values[number][number] is None]
    rest = [
        f"{langs[row]}–{langs[column]}"
        for row in range(len(langs))
        for column in range(row)
        if one.values[row][column] is None and not {langs[row], langs[column]} & set(bare)
    ]
    said = [f"{one.name}: nothing is known of {', '.join(bare)}"] if bare else []
    shown = ", ".join(rest[:6]) + (f" and {len(rest) - 6} more pairs" if len(rest) > 6 else "")
    return said + ([f"{one.name}: too little is known of both in {shown}"] if rest else [])


def _tree(
    matrices: Sequence[Matrix],
    langs: Sequence[str],
    scores: Mapping[tuple[str, str], float] | None,
) -> tuple[Tree | None, dict[str, float], list[str]]:
    """Make the tree of the fullest matrix and those that are nearly as full."""
    from isogloss.relation.typology import FEATURES

    least = FULL * max(one.known for one in matrices)
    used = {one.name: one.distances for one in matrices if one.known >= least}
    aside = [one.name for one in matrices if one.name not in used]
    if set(FEATURES) & set(used):
        # It holds the same features again.
        used.pop("featural", None)
    weights = cluster.weights(used, langs, scores)
    notes = [f"left out of the tree, for their gaps: {', '.join(aside)}"] if aside else []
    try:
        tree = cluster.tree(cluster.combine(used, weights), langs)
    except IsoglossError:
        return None, {}, ["no tree: too few distances are known"]
    if tree.left_out:
        notes.append(f"left out of the tree, with gaps: {', '.join(tree.left_out)}")
    return tree, weights, notes
