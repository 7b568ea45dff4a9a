"""Which languages compete for a text: a set fixed by the target alone.

The set never depends on the languages of a study, so adding one moves no
verdict. It holds the target, its neighbours (languages an identifier takes for
it) and the big languages that models fall into. ``VERSION`` goes into every
signature: bump it when any of these tables changes, or a word in ``sibling.py``.
"""

from __future__ import annotations

from functools import cache

from isogloss.language.registry import find_language

VERSION = "2"

BIG = (
    "en", "fr", "es", "de", "pt", "it", "nl", "ru", "zh", "ja", "ko", "ar", "hi", "tr", "id",
    "vi", "pl",
)  # fmt: skip
"""Languages that models fall into, whatever was asked."""

SIBLINGS = (
    ("id", "ms"),
    ("bs", "hr", "sr", "sr-Latn", "cnr"),
    ("nb", "nn"),
    ("zh", "zh-Hant", "wuu", "yue"),
    ("ar", "ary", "arz", "apc", "ajp", "acm", "acq", "ars", "aeb", "arq"),
    ("fa", "prs"),
    ("qu", "quy", "quz"),
    ("gn", "gug"),
    ("tl", "fil"),
    ("am", "ti"),
)
"""Written languages that identifiers hardly tell apart."""

WHOLE = frozenset({"ar", "fa", "gn", "qu", "tl", "zh", "zh-Hant"})
"""Codes that stand for all of their group (ISO 639-3 macrolanguages)."""

NEIGHBOURS = (
    ("es", "gl", "pt", "ca", "an", "ast", "ext"),
    ("ca", "oc", "fr"),
    ("it", "vec", "lij", "fur", "co", "scn", "es"),
    ("fr", "wa", "oc", "gcr", "gcf", "ht"),
    ("da", "nb", "nn", "sv"),
    ("fo", "is", "da", "nn"),
    ("nl", "af", "fy", "li", "nds", "de"),
    ("de", "lb", "gsw", "nds", "yi"),
    ("en", "pcm", "sco"),
    ("cs", "sk", "pl", "szl"),
    ("hr", "bs", "sr", "sl"),
    ("bg", "mk", "sr", "ru"),
    ("ru", "uk", "be", "bg"),
    ("lt", "lv", "ltg"),
    ("fi", "et", "se"),
    ("tr", "az", "crh", "tk"),
    ("kk", "ky", "tt", "ba", "sah", "tg", "mn"),
    ("uz", "tk", "tr", "kaa"),
    ("fa", "ps", "ckb", "sd", "ur", "ug", "ar", "azb", "sdh"),
    ("ku", "tr", "zza"),
    ("hi", "mr", "ne", "sa", "bho", "mai", "gom"),
    ("bn", "as"),
    ("id", "ms", "jv", "su", "ace", "min", "bjn", "ban"),
    ("tl", "bcl", "ceb", "ilo", "war"),
    ("mg", "id"),
    ("xh", "zu", "ss", "nr"),
    ("st", "tn", "nso"),
    ("rw", "rn", "lg"),
    ("sw", "lg", "rw", "ki", "ln", "ny", "sn", "bem"),
    ("sn", "ny", "zu", "ts"),
    ("ha", "ff", "yo"),
    ("ig", "yo", "pcm"),
    ("bm", "dyu", "ff", "wo"),
    ("ee", "fon", "ak", "guw"),
    ("am", "ti"),
    ("he", "yi", "hbo"),
    ("zh", "ja", "ko"),
    ("ga", "gd", "gv"),
    ("cy", "br", "kw"),
    ("el", "grc"),
    ("eo", "ia", "io", "es", "it"),
    ("mt", "it", "ar"),
    ("qu", "ay", "gn"),
    ("bo", "dz"),
    ("om", "so", "aa"),
    ("ro", "it"),
)
"""Languages that identifiers take for one another, in groups."""


_PART = {"Hans": "Hani", "Hant": "Hani"}


@cache
def siblings(lang: str) -> frozenset[str]:
    """List the languages that identifiers take for a language, itself among them."""
    code = find_language(lang).code
    return frozenset({code}.union(*(group for group in SIBLINGS if code in group)))


@cache
def related_languages(lang: str) -> frozenset[str]:
    """List the siblings that an answer may be in by mistake.

    None for a code that stands for the whole group, and none in other scripts.
    """
    code = find_language(lang).code
    if code in WHOLE:
        return frozenset()
    own = _PART.get(find_language(code).script, find_language(code).script)
    found = {other: find_language(other).script for other in siblings(code) - {code}}
    return frozenset(
        other for other, script in found.items() if own in (_PART.get(script, script), "Zzzz")
    )


@cache
def neighbours(lang: str) -> frozenset[str]:
    """List the languages that an identifier may take for a language."""
    same = siblings(lang)
    found = {code for group in NEIGHBOURS if same & set(group) for code in group}
    return frozenset(found) - same


@cache
def candidates(lang: str) -> frozenset[str]:
    """List all that competes for a text expected in a language, its siblings included."""
    return siblings(lang) | neighbours(lang) | frozenset(BIG)
