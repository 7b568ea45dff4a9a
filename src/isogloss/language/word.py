"""Split any script into words.

Nothing here depends on a word list or a model, so no version of either can
move a score: words are runs of letters, marks and digits, and the scripts
that put no space between words fall into their letters.
"""

from __future__ import annotations

import unicodedata
from functools import lru_cache

import regex

UNSPACED = frozenset({
    "Han", "Hiragana", "Katakana", "Thai", "Lao", "Khmer", "Myanmar", "Tibetan", "Javanese",
    "Balinese", "Tai_Tham", "New_Tai_Lue", "Tai_Viet", "Yi",
})  # fmt: skip
"""Scripts that are written without spaces between words."""

_UNSPACED_LETTER = "[" + "".join(rf"\p{{Script={s}}}" for s in sorted(UNSPACED)) + "ーｰ]"
_PART = rf"(?!{_UNSPACED_LETTER})[\p{{L}}\p{{M}}\p{{N}}]"
_TOKEN = regex.compile(
    rf"(?={_UNSPACED_LETTER})[\p{{L}}\p{{N}}]\p{{M}}*|{_PART}(?:[\u200c\u200d]*{_PART})*"
)


def words(text: str) -> list[str]:
    """Split text into lower-case words, in every script.

    On ASCII this is the tokenization of rouge_score without stemming. Letters
    of scripts without spaces (Thai, Han, kana, ...) stand alone, with the
    marks that they carry.
    """
    return list(_words(text))


@lru_cache(maxsize=4096)
def _words(text: str) -> tuple[str, ...]:
    """Remember the words: several metrics look at the same texts one after the other."""
    return tuple(_TOKEN.findall(unicodedata.normalize("NFC", text).lower()))
