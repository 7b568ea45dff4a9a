"""A bilingual dictionary: a word and a translation on a line, with a tab."""

from __future__ import annotations

from pathlib import Path

from isogloss.core.material import Material, Toy
from isogloss.material.parallel_text import pairs


def _read(path: Path, turned: bool) -> dict[str, list[str]]:
    found: dict[str, list[str]] = {}
    for word, translation in pairs(path, turned):
        known = found.setdefault(word, [])
        if translation not in known:
            known.append(translation)
    return found


def _toy(toy: Toy, source: str, target: str) -> dict[str, tuple[str, ...]]:
    return {s: (t,) for s, t in zip(toy.words[source], toy.words[target], strict=True)}


MATERIAL = Material(
    langs=("source", "target"),
    example="dictionary/{source}-{target}.tsv",
    read=_read,
    toy=_toy,
    short="dictionary",
)
