"""Normalise answers for the SQuAD metrics, by language and by script.

English follows the script of SQuAD v1.1: ASCII punctuation goes (curly quotes
and dashes stay), then the articles, and words stand between spaces. The other
languages follow MLQA's: Unicode punctuation goes, then the language's articles.
There three things differ, where the official script is wrong:

- Arabic's article is taken off the front of words. MLQA's pattern also cuts
  its two letters out of the middle of others (`رجال`, men).
- Every script without spaces falls into letters, as MLQA does for Chinese.
  In whitespace words a Thai or Japanese answer is all or nothing.
- Letters are composed (NFC), so that a mark's spelling makes no other word.
"""

from __future__ import annotations

import string
import unicodedata
from collections import Counter
from functools import cache

import regex

from isogloss.fidelity.script import base
from isogloss.language.word import UNSPACED

CITE = "Rajpurkar et al. 2016, 1606.05250; Lewis et al. 2020, 1910.07475"

_ARTICLES = {
    "ar": r"\bا\p{M}*ل\p{M}*(?=\p{L}\p{M}*\p{L})",
    "de": r"\b(ein|eine|einen|einem|eines|einer|der|die|das|den|dem|des)\b",
    "en": r"\b(a|an|the)\b",
    "es": r"\b(un|una|unos|unas|el|la|los|las)\b",
    "vi": r"\b(của|là|cái|chiếc|những)\b",
}
_ASCII = str.maketrans("", "", string.punctuation)
_PUNCTUATION = regex.compile(rf"[\p{{P}}{regex.escape(string.punctuation)}]")
_LETTER = regex.compile(
    "([" + "".join(rf"\p{{Script={name}}}" for name in sorted(UNSPACED)) + r"ーｰ]\p{M}*)"
)


def tokens(answer: str, lang: str) -> list[str]:
    """Normalise an answer and split it: words, or letters where none are spaced."""
    if base(lang) == "en":
        words: str = regex.sub(_ARTICLES["en"], " ", answer.lower().translate(_ASCII))
        return words.split()
    text = unicodedata.normalize("NFC", answer).lower()
    text = _PUNCTUATION.sub("", text)
    articles = _article(base(lang))
    if articles is not None:
        text = articles.sub("" if base(lang) == "ar" else " ", text)
    spaced: str = _LETTER.sub(r" \1 ", text)
    return spaced.split()


def exact(gold: str, guess: str, lang: str) -> float:
    """Give 1 where two answers are the same after normalisation, else 0."""
    return float(tokens(gold, lang) == tokens(guess, lang))


def overlap(gold: str, guess: str, lang: str) -> float:
    """Give the F1 over the tokens that two answers share.

    Answers that normalise to nothing score 1 against each other, as in SQuAD
    2.0, and 0 against all others.
    """
    left, right = Counter(tokens(gold, lang)), Counter(tokens(guess, lang))
    if not left or not right:
        return float(left == right)
    return 2 * (left & right).total() / (left.total() + right.total())


def signature(lang: str) -> str:
    """Name the articles and punctuation that are removed, and how words are found."""
    if base(lang) == "en":
        return "articles:en|punct:ascii|unspaced:words"
    articles = base(lang) if base(lang) in _ARTICLES else "none"
    return f"articles:{articles}|punct:unicode|unspaced:letters"


@cache
def _article(lang: str) -> regex.Pattern[str] | None:
    return regex.compile(_ARTICLES[lang]) if lang in _ARTICLES else None
