"""How far languages are from each other, by what typologists know of them.

The facts are in ``typology.npz`` beside this file, built by ``tools/typology.py`` from URIEL+;
``typology.txt`` names the sources and the licence of that file, CC BY-SA 4.0.

Seven kinds, each from 0 to 1:

- ``syntactic``, ``morphological``, ``phonological``, ``inventory``, and ``featural`` for all
  four together: the angle between two languages' vectors of binary features, as in URIEL+,
  2/π · arccos(cosine), over the features that are known for both.
- ``genetic``: the same angle between the nodes above two languages in Glottolog's family tree,
  each language itself being a node: cosine is shared / √(depth · depth). Without a common
  ancestor it is 1.
- ``geographic``: great-circle distance over half of the Earth's circumference.

Nothing is ever filled in: where a language is not described, or two share fewer than ``FEWEST``
features, there is no distance. Typology does not tell the scripts of a language apart.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache
from math import acos, asin, cos, pi, radians, sin, sqrt
from pathlib import Path
from typing import Any

from isogloss.core.errors import unknown
from isogloss.language.registry import find_language

TABLE = Path(__file__).with_name("typology.npz")
FEATURES = ("syntactic", "morphological", "phonological", "inventory")
"""Kinds that have features of their own, in the table's order."""
KINDS = (*FEATURES, "genetic", "geographic", "featural")
FEWEST = 10
"""Features that two languages must share for an angle between them."""


@dataclass(frozen=True)
class _Facts:
    """What is known of one language."""

    known: int = 0
    """A bit for each feature: whether it is known."""
    value: int = 0
    """A bit for each feature: whether it holds."""
    place: tuple[float, float] | None = None
    """Latitude and longitude in degrees."""
    path: tuple[int, ...] | None = None
    """Nodes of the family tree from the root on."""


@dataclass(frozen=True)
class _Table:
    """The table as it is stored; a line for each language."""

    about: dict[str, Any]
    line: dict[str, int]
    masks: dict[str, int]
    """The bits of each kind of features."""
    known: Any
    value: Any
    places: Any
    family: Any
    parents: Any
    nodes: tuple[str, ...]


def distance(kind: str, a: str, b: str) -> float | None:
    """Give the distance of two languages, 0 to 1; None where it is not known.

    Raises:
        IsoglossError: an unknown kind or language.
    """
    _check(kind)
    return _distance(kind, _facts(a), _facts(b))


def shared(kind: str, a: str, b: str) -> int:
    """Count what is known of both: features, nodes of the shorter path, or places.

    Raises:
        IsoglossError: an unknown kind or language.
    """
    _check(kind)
    first, second = _facts(a), _facts(b)
    if kind == "geographic":
        return int(first.place is not None and second.place is not None)
    if kind == "genetic":
        known = first.path is not None and second.path is not None
        return 1 + min(len(first.path or ()), len(second.path or ())) if known else 0
    return (first.known & second.known & _table().masks[kind]).bit_count()


def matrix(kind: str, langs: Sequence[str]) -> Any:
    """Give the distances of languages among each other, NaN where not known.

    Raises:
        IsoglossError: an unknown kind or language.
    """
    import numpy as np

    _check(kind)
    facts = [_facts(lang) for lang in langs]
    values = np.full((len(facts), len(facts)), np.nan)
    for row, first in enumerate(facts):
        for column, second in enumerate(facts[: row + 1]):
            value = _distance(kind, first, second)
            if value is not None:
                values[row, column] = values[column, row] = value
    return values


def covers(kind: str, lang: str) -> bool:
    """Tell whether enough is known of a language for distances of a kind.

    Raises:
        IsoglossError: an unknown kind or language.
    """
    return distance(kind, lang, lang) is not None


def languages() -> tuple[str, ...]:
    """List the languages of which anything is known, BCP-47."""
    return tuple(_table().line)


def family(lang: str) -> tuple[str, ...] | None:
    """Name the nodes above a language in the family tree; None where it is not known.

    Raises:
        IsoglossError: an unknown language.
    """
    path = _facts(lang).path
    return None if path is None else tuple(_table().nodes[node] for node in path)


def about() -> dict[str, Any]:
    """Give the table's version, source, licence and citation."""
    return dict(_table().about)


@cache
def _table() -> _Table:
    import json

    import numpy as np

    with np.load(TABLE, allow_pickle=False) as file:
        about = json.loads(str(file["about"]))
        line = {lang: number for number, lang in enumerate(str(file["langs"]).split())}
        arrays = {name: file[name] for name in ("known", "value", "places", "family", "parents")}
        nodes = tuple(str(file["nodes"]).split("\n"))
    masks, end = {}, 8 * arrays["known"].shape[1]
    for kind in FEATURES:
        count = about["features"][kind]
        end -= count
        masks[kind] = ((1 << count) - 1) << end
    return _Table(about, line, masks | {"featural": sum(masks.values())}, nodes=nodes, **arrays)


def _check(kind: str) -> None:
    if kind not in KINDS:
        raise unknown("kind of distance:", kind, KINDS)


def _facts(lang: str) -> _Facts:
    return _read(find_language(lang).code.partition("-")[0])


@cache
def _read(code: str) -> _Facts:
    """Unpack a language's line."""
    table = _table()
    line = table.line.get(code)
    if line is None:
        return _Facts()
    north, east = map(float, table.places[line])
    node, path = int(table.family[line]), list[int]()
    known = node >= 0
    while node > 0:
        path.insert(0, node)
        node = int(table.parents[node])
    return _Facts(
        known=int.from_bytes(table.known[line].tobytes()),
        value=int.from_bytes(table.value[line].tobytes()),
        place=None if north != north else (north, east),
        path=tuple(path) if known else None,
    )


def _distance(kind: str, first: _Facts, second: _Facts) -> float | None:
    if kind == "geographic":
        return _great_circle(first.place, second.place)
    if kind == "genetic":
        return _kinship(first, second)
    mask = first.known & second.known & _table().masks[kind]
    if mask.bit_count() < FEWEST:
        return None
    one, other = first.value & mask, second.value & mask
    return _angle((one & other).bit_count(), one.bit_count(), other.bit_count())


def _kinship(first: _Facts, second: _Facts) -> float | None:
    if first.path is None or second.path is None:
        return None
    common = sum(one == other for one, other in zip(first.path, second.path, strict=False))
    same = first is second
    return _angle(common + same, len(first.path) + 1, len(second.path) + 1)


def _angle(dot: int, square: int, other: int) -> float:
    """Turn a dot product and squared norms into 2/π · arccos; empty vectors are the same."""
    if not square or not other:
        return float(square != other)
    return acos(min(1.0, dot / sqrt(square * other))) * 2 / pi


def _great_circle(
    first: tuple[float, float] | None, second: tuple[float, float] | None
) -> float | None:
    """Give the haversine distance of two places over the longest there is."""
    if first is None or second is None:
        return None
    (north, east), (up, right) = map(radians, first), map(radians, second)
    half = sin((up - north) / 2) ** 2 + cos(north) * cos(up) * sin((right - east) / 2) ** 2
    return 2 * asin(sqrt(min(1.0, half))) / pi
