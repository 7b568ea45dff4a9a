"""Judge in which language a text is written, from its script and its words."""

from __future__ import annotations

import hashlib
import math
from collections.abc import Mapping
from functools import cache, lru_cache
from importlib.metadata import version
from typing import Any

import regex

from isogloss.core.errors import IsoglossError
from isogloss.metrics.script import base, letters, letters_in, scripts, visible

ODDS = 2.0
"""How many times likelier another language must be for a text to be wrong."""

SIBLINGS = (
    ("no", "nn"),
    ("id", "ms"),
    ("bs", "hr", "sr"),
    ("wuu", "yue", "zh"),
    ("ar", "ary", "arz"),
)
"""Written languages that an identifier can't tell apart; each passes for the others."""

RARE = frozenset({
    "ace", "an", "bcl", "crh", "ext", "fuv", "gcf", "gom", "grc", "gug", "guw", "hbo", "la",
    "lij", "ltg", "pcm", "sa", "sdh", "uzs", "vec", "vo", "wa", "zxx",
})  # fmt: skip
"""Labels that are candidates only where they or a sibling are expected.

Old, small and auxiliary languages, which few models write, win short texts of
others by chance.
"""

LETTERS = 3
"""A text with fewer letters, of scripts that have capitals (km, kg, OK), is in no language."""

_WORD = regex.compile(r"[\p{L}\p{M}\u200c\u200d]+(?:['’-][\p{L}\p{M}\u200c\u200d]+)*")
_UNSEEN = -1e30
"""Scores at or below it mean that the identifier saw no feature in a text."""


def judge(text: str, lang: str) -> str:
    """Judge whether a text is in a language.

    Most of its letters must be of a script of the language; then no language
    of the fixed candidate set may be ``ODDS`` times as likely as the expected
    one or its siblings. So a few words that related languages share pass for
    any of them, and the languages of a study play no part. One text has one
    verdict: a second language in part of it is not seen.

    Returns:
        `right`, `wrong:xx` (the likeliest language), `empty`, or `unjudged`
        for a text without letters, or shorter than ``LETTERS``.

    Raises:
        IsoglossError: the identifier doesn't know the language or its script.
    """
    return _judge(text, lang)


@cache
def expected(lang: str) -> frozenset[str]:
    """List the identifier's labels that pass for a language.

    Raises:
        IsoglossError: the identifier doesn't know the language or its script.
    """
    code = base(lang)
    if code not in labels():
        raise IsoglossError(
            f"{identifier()} does not know '{lang}'", "leave correct_language out for it"
        )
    known, asked = scripts(code) or frozenset(), scripts(lang) or frozenset()
    if not asked <= known:
        raise IsoglossError(
            f"{identifier()} knows {code} in {' and '.join(sorted(known))} script, not '{lang}'",
            "leave correct_language out for it",
        )
    family = next((group for group in SIBLINGS if code in group), (code,))
    return frozenset(family) & labels()


@cache
def candidates(lang: str) -> frozenset[str]:
    """List the labels that compete for a text expected in a language."""
    return (labels() - RARE) | expected(lang)


@cache
def signature(lang: str) -> str:
    """Name the identifier, its version, the candidates and the rule."""
    names = ",".join(sorted(candidates(lang)))
    digest = hashlib.sha256(names.encode()).hexdigest()[:8]
    count = names.count(",") + 1
    same = "=".join(sorted(expected(lang)))
    rule = f"odds:{ODDS:g}|letters:{LETTERS}"
    return f"{identifier()}|candidates:{count}:{digest}|expected:{same}|{rule}"


def identifier() -> str:
    """Name the identifier with its version."""
    return f"py3langid {version('py3langid')}"


@cache
def labels() -> frozenset[str]:
    """List the languages that the identifier knows."""
    return frozenset(_model().labels)


def likelihoods(words: str) -> Mapping[str, float]:
    """Give each label's log-likelihood, tempered for the text's length.

    A difference of log 2 between two labels means twice as likely. Empty where
    the identifier sees no feature in the text.
    """
    ranked = _model().rank(words)
    if ranked[0][1] <= _UNSEEN:
        return {}
    temper = math.sqrt(len(words.encode()))
    return {label: score / temper for label, score in ranked}


@cache
def _model() -> Any:
    from py3langid.langid import MODEL_FILE, LanguageIdentifier

    return LanguageIdentifier.from_model_file(MODEL_FILE)


@lru_cache(maxsize=100_000)
def _judge(text: str, lang: str) -> str:
    right = expected(lang)
    if not visible(text):
        return "empty"
    total = letters(text)
    if not total or (total < LETTERS and text.lower() != text.upper()):
        return "unjudged"
    # Digits and punctuation are in all languages; spaces mark the ends of words.
    found = likelihoods(f" {' '.join(_WORD.findall(text))} ")
    if 2 * letters_in(text, scripts(lang) or frozenset()) <= total:
        return f"wrong:{_likeliest(text, found, candidates(lang))}"
    if not found:
        return "unjudged"
    others = {label: found[label] for label in candidates(lang) - right}
    best = max(others, key=lambda label: (others[label], label))
    near = max(found[label] for label in right)
    return "right" if others[best] - near < math.log(ODDS) else f"wrong:{best}"


def _likeliest(text: str, found: Mapping[str, float], among: frozenset[str]) -> str:
    """Find the likeliest language that is written in the text's main script."""
    written = {label: letters_in(text, scripts(label) or frozenset()) for label in among}
    most = max(written.values())
    if not most or not found:
        return "und"
    return max((x for x in among if written[x] == most), key=lambda x: (found[x], x))
