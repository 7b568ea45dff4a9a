"""Cut a text into words and weigh its letters, alike in all scripts."""

from __future__ import annotations

from collections.abc import Iterable
from functools import cache
from itertools import islice
from typing import NamedTuple

import regex

from isogloss.language.registry import find_language

CHUNK = 8
"""Letters of a script without spaces that make one piece, at most."""

WORD = 5.0
"""Letters that make a word where there are no spaces, those of an average one in English."""
SHORT = 2.0
"""Letters of a word between spaces from which it counts as a whole one."""
WEIGHT = {"Ethi": 1.6, "Hang": 2.1, "Hani": 2.7, "Hira": 1.7, "Kana": 1.7}
"""Script -> letters of an alphabet that one of its own stands for, from NTREX-128's translations.

There all other scripts have as many letters as Latin, give or take a quarter, where vowel
signs count.
"""
_TO_CYRILLIC = dict(zip("aceijopsxyABCEHIJKMOPSTXY", "асеіјорѕхуАВСЕНІЈКМОРЅТХУ", strict=True))
"""Latin letter -> the Cyrillic one of its look."""
_TO_LATIN = {cyrillic: latin for latin, cyrillic in _TO_CYRILLIC.items()}
_BORDER = regex.compile(r"\p{Latin}\p{Cyrillic}|\p{Cyrillic}\p{Latin}")
_MIXED = regex.compile(r"(?:\p{Latin}+\p{Cyrillic}|\p{Cyrillic}+\p{Latin})[\p{Latin}\p{Cyrillic}]*")
_LATIN = regex.compile(r"\p{Latin}")
_VISIBLE = regex.compile(r"[^\p{Z}\p{C}]")
_LETTER = regex.compile(r"[\p{L}--[\p{Script=Common}\p{Script=Inherited}]]", flags=regex.V1)
_SIGN = regex.compile(r"[[\p{L}\p{M}]--[\p{Script=Common}\p{Script=Inherited}]]", flags=regex.V1)
_UNSPACED = (
    r"[\p{Script=Hani}\p{Script=Hira}\p{Script=Kana}\p{Script=Thai}\p{Script=Laoo}\p{Script=Khmr}"
    r"\p{Script=Mymr}\p{Script=Tibt}\p{Script=Java}\p{Script=Bali}\p{Script=Lana}\p{Script=Yiii}ーｰ]"
)
_PIECE = regex.compile(_UNSPACED)
_JOIN = r"(?<=[\p{L}\p{M}])['’ʼʻ·\u200c\u200d-](?=\p{L})"
_WORD = regex.compile(
    rf"(?:(?=[\p{{L}}ーｰ]){_UNSPACED}\p{{M}}*){{1,{CHUNK}}}"
    rf"|(?:[\p{{Latin}}\p{{M}}]|{_JOIN})+"  # a word ends where Latin does: three시간
    rf"|(?:(?!{_UNSPACED}|\p{{Latin}})[\p{{L}}\p{{M}}]|{_JOIN})+"
)
_PARTS = {
    "Jpan": ("Hani", "Hira", "Kana"),
    "Kore": ("Hang", "Hani"),
    "Hang": ("Hang", "Hani"),
    "Hans": ("Hani",),
    "Hant": ("Hani",),
    "Latf": ("Latn",),
    "Latg": ("Latn",),
}
"""ISO 15924 codes that stand for several Unicode scripts, or for a part of one."""
_COMMON = [
    "Latn",
    "Cyrl",
    "Arab",
    "Deva",
    "Hani",
    "Hira",
    "Hang",
    "Thai",
    "Grek",
    "Hebr",
    "Beng",
    "Taml",
    "Telu",
    "Ethi",
    "Geor",
    "Armn",
    "Khmr",
    "Laoo",
    "Mymr",
    "Gujr",
    "Guru",
    "Knda",
    "Mlym",
    "Sinh",
    "Orya",
    "Tibt",
    "Kana",
    "Thaa",
    "Tfng",
    "Olck",
    "Cans",
    "Mong",
    "Syrc",
    "Cher",
    "Nkoo",
    "Java",
]


class Word(NamedTuple):
    """A word and its place in the text."""

    start: int
    end: int
    text: str


def unmix(text: str) -> str:
    """Write words that mix Latin and Cyrillic letters of one look in the script they are in.

    Keyboards and old fonts left many: the Serbian of NTREX-128 has Latin vowels throughout.
    """
    if not _BORDER.search(text):
        return text
    return str(_MIXED.sub(lambda found: _unmixed(found[0]), text))


def _unmixed(word: str) -> str:
    latin = {letter for letter in word if _LATIN.match(letter)}
    cyrillic = set(word) - latin
    if latin <= _TO_CYRILLIC.keys() and (
        len(latin) <= len(cyrillic) or not cyrillic <= _TO_LATIN.keys()
    ):
        return "".join(_TO_CYRILLIC.get(letter, letter) for letter in word)
    if cyrillic <= _TO_LATIN.keys():
        return "".join(_TO_LATIN.get(letter, letter) for letter in word)
    return word


def visible(text: str) -> bool:
    """Tell whether a text has more than spaces and control characters."""
    return _VISIBLE.search(text) is not None


def words(text: str) -> list[Word]:
    """List the words; a script without spaces falls into pieces of ``CHUNK`` letters."""
    return [Word(m.start(), m.end(), m[0]) for m in _WORD.finditer(unmix(text))]


def letters(text: str, most: int | None = None) -> int:
    """Count the letters that belong to a script, up to a number."""
    if most is None:
        return len(_LETTER.findall(text))
    return sum(1 for _ in islice(_LETTER.finditer(text), most))


def only(text: str, names: frozenset[str]) -> bool:
    """Tell whether a text has letters of some scripts alone."""
    return _outside(names).search(text) is None


def letters_in(text: str, names: frozenset[str]) -> int:
    """Count the letters of some scripts, given by their ISO 15924 codes."""
    return len(_inside(names).findall(text)) if names else 0


def weigh(text: str) -> float:
    """Count the letters and vowel signs, as letters of an alphabet."""
    found = float(len(_SIGN.findall(text)))
    for script, weight in WEIGHT.items():
        found += (weight - 1.0) * len(_signs(script).findall(text))
    return found


def amount(found: Iterable[str]) -> float:
    """Count words alike in all scripts, with or without spaces between them."""
    return sum(
        weigh(word) / WORD if _PIECE.match(word) else min(1.0, weigh(word) / SHORT)
        for word in found
    )


@cache
def scripts(lang: str) -> frozenset[str]:
    """List the scripts of a language's letters; empty where nobody knows.

    Raises:
        IsoglossError: the language is unknown.
    """
    code = find_language(lang).script
    return frozenset() if code in ("Zzzz", "Zxxx") else frozenset(_PARTS.get(code, (code,)))


def main_script(text: str) -> str:
    """Name the script of most letters by its ISO 15924 code; Zzzz for none of the known."""
    total = weigh(text)
    most, name = 0.0, "Zzzz"
    for one in _COMMON:
        count = WEIGHT.get(one, 1.0) * len(_signs(one).findall(text))
        if count > most:
            most, name = count, one
        if 2 * most > total:
            break
    return name


@cache
def _outside(names: frozenset[str]) -> regex.Pattern[str]:
    inside = "".join(rf"\p{{Script={name}}}" for name in sorted(names))
    return regex.compile(
        rf"[\p{{L}}--[\p{{Script=Common}}\p{{Script=Inherited}}{inside}]]", flags=regex.V1
    )


@cache
def _inside(names: frozenset[str]) -> regex.Pattern[str]:
    inside = "".join(rf"\p{{Script={name}}}" for name in sorted(names))
    return regex.compile(rf"[\p{{L}}&&[{inside}]]", flags=regex.V1)


@cache
def _signs(script: str) -> regex.Pattern[str]:
    return regex.compile(rf"[[\p{{L}}\p{{M}}]&&\p{{Script={script}}}]", flags=regex.V1)
