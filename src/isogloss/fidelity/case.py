"""A text cut into words, in the light of the scripts of the expected language."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import groupby

from isogloss.fidelity import text as t
from isogloss.fidelity.span import FIRST, spellings, starts

PARTICLES = frozenset([
    "al", "and", "bin", "da", "das", "de", "del", "della", "den", "der", "di", "do", "dos", "du",
    "el", "ibn", "la", "las", "le", "los", "of", "the", "van", "von", "zu",
])  # fmt: skip
"""Little words that stand inside names."""


@dataclass(slots=True)
class Case:
    """A text under way to its verdict."""

    text: str
    found: list[t.Word]
    spelled: list[str]
    """The words as they are looked up; names are empty."""
    inside: bool
    """Whether most of the text is in the expected language's scripts, names aside."""
    own: list[bool]
    """Which words are in these scripts."""

    def words(self, own: bool) -> list[str]:
        """List the words in the expected language's scripts, or the others."""
        return [word.text for word, mine in zip(self.found, self.own, strict=True) if mine == own]

    def stretches(self) -> Iterator[tuple[int, int, int]]:
        """Give start, end and number of the words that stand together in other scripts.

        A stretch of names alone is none.
        """
        for mine, group in groupby(range(len(self.found)), self.own.__getitem__):
            places = list(group)
            if not mine and any(self.spelled[i] for i in places):
                yield self.found[places[0]].start, self.found[places[-1]].end, len(places)


def prepare(text: str, lang: str) -> Case:
    """Prepare a text for identification in the light of the expected language's scripts."""
    found = t.words(text)
    first = starts(text, found)
    spelled = spellings(text, found, first)
    names = t.scripts(lang)
    if not names or t.only(text, names):
        return Case(text, found, spelled, True, [True] * len(found))
    own = [bool(t.letters_in(word.text, names)) for word in found]
    if any(own):
        spelled = _unopened(_joined(found, spelled, own), first, own)
    return Case(text, found, spelled, _mostly(found, spelled, own), own)


def _joined(found: Sequence[t.Word], spelled: Sequence[str], own: Sequence[bool]) -> list[str]:
    """Take little words in another script for parts of a name: The Lord of the Rings."""
    joined = list(spelled)
    follows = False
    for i in reversed(range(len(found))):
        little = not own[i] and found[i].text.lower() in PARTICLES
        if little and follows and (found[i].text[0].isupper() or _named(i, found, spelled, own)):
            joined[i] = ""
        elif not little:
            follows = not own[i] and not spelled[i]
    return joined


def _named(i: int, found: Sequence[t.Word], spelled: Sequence[str], own: Sequence[bool]) -> bool:
    """Tell whether what stands before a little word may be a name."""
    while i and not own[i] and found[i].text.lower() in PARTICLES:
        i -= 1
    return not own[i] and (not spelled[i] or spelled[i].endswith(FIRST))


def _unopened(spelled: Sequence[str], first: Sequence[bool], own: Sequence[bool]) -> list[str]:
    """Take a capital in another script for a name's, unless its sentence goes on in that script."""
    ends = [*first[1:], True]
    after = [*zip(spelled[1:], own[1:], strict=True), ("", True)]
    return [
        "" if word.endswith(FIRST) and not mine and (end or other or not following) else word
        for word, mine, end, (following, other) in zip(spelled, own, ends, after, strict=True)
    ]


def _mostly(found: Sequence[t.Word], spelled: Sequence[str], own: Sequence[bool]) -> bool:
    """Tell whether most is said in the expected scripts; names count where there is no more."""
    known = spelled if any(spelled) else [word.text for word in found]
    mine = t.amount(word for word, one in zip(known, own, strict=True) if one)
    others = t.amount(word for word, one in zip(known, own, strict=True) if not one)
    return mine > others and any(own)
