"""A text cut into words, in the light of the scripts of the expected language."""

from __future__ import annotations

from dataclasses import dataclass

from isogloss.metrics.fidelity import text as t
from isogloss.metrics.fidelity.span import spellings, starts


@dataclass(slots=True)
class Case:
    """A text under way to its verdict."""

    text: str
    found: list[t.Word]
    spelled: list[str]
    """The words as they are looked up; names are empty."""
    inside: bool
    """Whether most letters are of the expected language's scripts."""
    own: list[str]
    """The words in these scripts."""
    other: list[str]
    """The words in other scripts."""


def prepare(text: str, lang: str) -> Case:
    """Prepare a text for identification in the light of the expected language's scripts."""
    found = t.words(text)
    spelled = spellings(found, starts(text, found))
    names = t.scripts(lang)
    if not names:
        return Case(text, found, spelled, True, [word.text for word in found], [])
    own, other = [word.text for word in found], []
    if not t.only(text, names):
        other = [word for word in own if not t.letters_in(word, names)]
        own = [word for word in own if t.letters_in(word, names)]
    inside = not other or (
        bool(own) and t.inside(" ".join(spelled) if any(spelled) else text, names)
    )
    return Case(text, found, spelled, inside, own, other)
