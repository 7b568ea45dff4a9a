"""Which languages to think of as sources, where none are named."""

from __future__ import annotations

from collections.abc import Collection, Iterable
from dataclasses import dataclass

RELATIVES, NEIGHBOURS, ALIKE, LARGE = 8, 6, 4, 8
"""How many of each are thought of."""


@dataclass(frozen=True)
class Group:
    """Languages with one reason to think of them."""

    why: str
    langs: tuple[str, ...]


def groups(target: str, seen: Collection[str] | None = None) -> list[Group]:
    """List relatives, neighbours, languages alike in syntax, and those with most text.

    They are chosen among languages that some well-known model saw; one that is in several
    groups stands in the first.

    Args:
        target: the language to learn for.
        seen: languages that the backbone saw, the largest of which are taken.
    """
    from isogloss.language.registry import languages
    from isogloss.language.webtext import poorest, size, wealth

    pool = [one.code for one in languages() if one.seen and one.code == one.code.split("-")[0]]
    pool = [lang for lang in pool if lang != target]
    rich = {lang: wealth(lang) for lang in pool}
    text = {lang: poorest() if value is None else value for lang, value in rich.items()}
    ours = [lang for lang in pool if seen is None or lang in seen]
    listed = [lang for lang in ours if size("cc100", lang)]  # Wikipedias may be written by bots
    largest = sorted(listed, key=lambda lang: -text[lang])[:LARGE]
    found = [
        Group("relatives", _nearest("genetic", target, pool, text, RELATIVES, 1.0)),
        Group("neighbours", _nearest("geographic", target, pool, text, NEIGHBOURS)),
        Group("alike in syntax", _nearest("syntactic", target, pool, text, ALIKE)),
        Group("large in text" if seen is None else "large in the backbone", tuple(largest)),
    ]
    taken: set[str] = set()
    apart = []
    for group in found:
        langs = tuple(lang for lang in group.langs if lang not in taken)
        taken |= set(langs)
        apart.append(Group(group.why, langs))
    return [group for group in apart if group.langs]


def _nearest(
    kind: str,
    target: str,
    pool: Iterable[str],
    text: dict[str, float],
    number: int,
    below: float = 2.0,
) -> tuple[str, ...]:
    """Take the nearest languages, of equally near ones those with more text."""
    from isogloss.relation.typology import distance

    far = {lang: distance(kind, lang, target) for lang in pool}
    near = [(value, -text[lang], lang) for lang, value in far.items() if value is not None]
    return tuple(lang for value, _, lang in sorted(near)[:number] if value < below)
