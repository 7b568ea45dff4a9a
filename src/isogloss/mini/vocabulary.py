"""The one vocabulary of the five backbones, and their five tokenizers.

A unigram vocabulary made by rule and not by training, so that it is the same on
every machine: the words of the world, whole numbers, and single characters to
spell everything else. All words cost the same, so the fewest pieces win.
"""

from __future__ import annotations

import unicodedata
from collections import defaultdict
from collections.abc import Iterator
from functools import cache
from itertools import pairwise

from isogloss.mini.facts import LANGS, NAMES, NUMBERS, language

SPACE = "▁"
WORD, CHARACTER = -8.0, -12.0
"""Log-probabilities of a word and of a single character."""
_LETTERS = ((0x21, 0x7E), (0xC0, 0x17F), (0x410, 0x45F), (0x621, 0x64A), (0x5D0, 0x5EA))
"""Ranges of ASCII, Latin, Cyrillic, Arabic and Hebrew."""
_SIGNS = "：。？؟"
"""Signs that Japanese and Arabic have for themselves."""
_JOINED = ("ja", "th")
"""Languages that write no spaces: numbers are split into their morphemes."""
_THAI = ["หนึ่ง", "สอง", "สาม", "สี่", "ห้า", "หก", "เจ็ด", "แปด", "เก้า", "สิบ", "ยี่", "เอ็ด"]


@cache
def pieces() -> tuple[tuple[str, float], ...]:
    """List all pieces with their scores, words before characters."""
    words = {SPACE: WORD, f"{SPACE}–": WORD, f"{SPACE}/": WORD}
    for number in range(100):
        words |= {str(number): WORD, f"{SPACE}{number}": WORD}
    for lang in LANGS:
        words |= dict.fromkeys(_language(lang), WORD)
    spelled = sorted({char for word in words for char in word} | {*_characters(), *_SIGNS})
    return tuple({**dict.fromkeys(spelled, CHARACTER), **words}.items())


def merges() -> list[tuple[str, str]]:
    """List byte-pair merges that make the same pieces: NLLB's tokenizer knows no other way.

    Shorter pieces come first, so that longer ones are made of them. A merge that
    makes a piece goes before one that only leads to it, and of these the one that
    most pieces need.
    """
    known = {piece for piece, _ in pieces()}
    split = {word: list(word) for word in sorted(dict(pieces()), key=len)}
    holders: defaultdict[tuple[str, str], set[str]] = defaultdict(set)
    for word, parts in split.items():
        for pair in pairwise(parts):
            holders[pair].add(word)
    made = []
    for word in split:
        while len(split[word]) > 1:
            pair = max(
                pairwise(split[word]), key=lambda pair: ("".join(pair) in known, len(holders[pair]))
            )
            made.append(pair)
            known.add("".join(pair))
            for other in sorted(holders[pair]):
                for old in pairwise(split[other]):
                    holders[old].discard(other)
                split[other] = _merged(split[other], pair)
                for new in pairwise(split[other]):
                    holders[new].add(other)
    return made


def _merged(parts: list[str], pair: tuple[str, str]) -> list[str]:
    """Join each occurrence of a pair, from the left."""
    joined: list[str] = []
    for part in parts:
        if joined and (joined[-1], part) == pair:
            joined[-1] += part
        else:
            joined.append(part)
    return joined


def _language(lang: str) -> Iterator[str]:
    """List the pieces of one language."""
    data = language(lang)
    glued = not data["list"]["comma"].endswith(" ") or not data["list"]["and"].endswith(" ")
    for spelled in data["numbers"].values():
        simple = {*spelled[: 21 - NUMBERS.start], *spelled[30 - NUMBERS.start :: 10]}
        for text in spelled:
            yield from _number(text, lang, simple)
    texts = [text for kind in NAMES for text in data["names"][kind].values()]
    for units in data["phrases"].values():
        for phrase in units.values():
            for pair in phrase["patterns"].values():
                for pattern in pair:
                    texts += _around(pattern)
    for pattern in data["date"].values():
        texts += _around(pattern)
    texts += data["list"].values()
    for text in texts:
        parts = text.split()
        for index, word in enumerate(parts):
            spaced = index > 0 or text.startswith(" ") or not text.startswith(("-", "/"))
            if word.isdigit():
                continue
            if spaced:
                yield SPACE + word
            if index == 0 and (glued or lang in ("ko", *_JOINED)):
                yield word


def _around(pattern: str) -> list[str]:
    """Split a pattern at its number."""
    return [part for part in pattern.split("{0}") if part.strip()]


def _number(text: str, lang: str, simple: set[str]) -> Iterator[str]:
    """Split a number into its morphemes, such as *sechs und neunzig*."""
    if lang == "ja":
        yield from text
    elif lang == "th":
        yield from _THAI
    elif lang == "ko":
        yield from text
        yield SPACE + text[0]
    elif " " not in text and text not in simple:
        head = max((w for w in simple if text.startswith(w)), key=len, default="")
        tail = max((w for w in simple if text[len(head) :].endswith(w)), key=len, default="")
        middle = text[len(head) : len(text) - len(tail)]
        yield from (part for part in (SPACE + head, middle, tail) if part.strip(SPACE))
        if not head:
            yield SPACE + middle
    else:
        for word in text.split():
            yield SPACE + word
            if lang in ("am", "ar", "he"):  # written together with a word before it
                yield word


def _characters() -> Iterator[str]:
    """List the letters of other text in the scripts of the world."""
    for first, last in _LETTERS:
        for code in range(first, last + 1):
            if unicodedata.category(chr(code))[0] in "LNPS":
                yield chr(code)
