"""Know which scripts a language uses, and in which a text is written."""

from __future__ import annotations

from functools import cache

import regex

from isogloss.language.word import UNSPACED

_WRITTEN_IN = {
    "Arabic": "ar ary arz ckb fa prs ps sd sdh ug ur uzs",
    "Armenian": "hy",
    "Bengali": "as bn",
    "Cyrillic": "ba be bg kk ky mk mn ru sah sr tg tt uk",
    "Devanagari": "bho gom hi mai mr ne sa",
    "Ethiopic": "am ti",
    "Georgian": "ka",
    "Greek": "el grc",
    "Gujarati": "gu",
    "Gurmukhi": "pa",
    "Han": "ja ko wuu yue zh",
    "Hangul": "ko",
    "Hebrew": "hbo he yi",
    "Hiragana": "ja",
    "Kannada": "kn",
    "Katakana": "ja",
    "Khmer": "km",
    "Lao": "lo",
    "Latin": "ace af an ay az bcl bm br bs ca crh cs cy da de ee en eo es et eu ext fi fo fon fr "
    "fur fuv fy ga gcf gcr gd gl gn grn guc gug guw ha hr ht hu id ig is it jv kab kik ku la lb "
    "lg lij ln lt ltg lv mg ms mt nl nn no nso oc om pcm pl pt qu rn ro rw se sk sl sn so sq sr "
    "st su sv sw szl tk tl tn to tr ts uz vec vi vo wa wo xh yo zu",
    "Malayalam": "ml",
    "Myanmar": "my",
    "Oriya": "or",
    "Sinhala": "si",
    "Tamil": "ta",
    "Telugu": "te",
    "Thai": "th",
    "Tibetan": "bo dz",
}

_SUBTAG = {
    "Arab": {"Arabic"},
    "Armn": {"Armenian"},
    "Beng": {"Bengali"},
    "Cyrl": {"Cyrillic"},
    "Deva": {"Devanagari"},
    "Ethi": {"Ethiopic"},
    "Geor": {"Georgian"},
    "Grek": {"Greek"},
    "Gujr": {"Gujarati"},
    "Guru": {"Gurmukhi"},
    "Hang": {"Hangul"},
    "Hani": {"Han"},
    "Hans": {"Han"},
    "Hant": {"Han"},
    "Hebr": {"Hebrew"},
    "Jpan": {"Han", "Hiragana", "Katakana"},
    "Khmr": {"Khmer"},
    "Knda": {"Kannada"},
    "Kore": {"Han", "Hangul"},
    "Laoo": {"Lao"},
    "Latn": {"Latin"},
    "Mlym": {"Malayalam"},
    "Mymr": {"Myanmar"},
    "Orya": {"Oriya"},
    "Sinh": {"Sinhala"},
    "Taml": {"Tamil"},
    "Telu": {"Telugu"},
    "Thai": {"Thai"},
    "Tibt": {"Tibetan"},
}

_SAME = {
    "arb": "ar", "azj": "az", "cmn": "zh", "fil": "tl", "gn": "gug", "iw": "he", "khk": "mn",
    "kmr": "ku", "nb": "no", "npi": "ne", "ory": "or", "pes": "fa", "swa": "sw", "swh": "sw",
    "zsm": "ms",
}  # fmt: skip

_VISIBLE = regex.compile(r"[^\p{Z}\p{C}]")
_LETTER = regex.compile(r"[\p{L}--[\p{Script=Common}\p{Script=Inherited}]]", flags=regex.V1)


def base(lang: str) -> str:
    """Give the two- or three-letter code that the tables of metrics use."""
    code = lang.replace("_", "-").split("-")[0].lower()
    return _SAME.get(code, code)


@cache
def scripts(lang: str) -> frozenset[str] | None:
    """List the scripts in which a language is written, by their Unicode names.

    A script in the tag decides (`sr-Latn`). None for a language that is not
    in the table.
    """
    for part in lang.replace("_", "-").split("-")[1:]:
        if part.title() in _SUBTAG:
            return frozenset(_SUBTAG[part.title()])
    code = base(lang)
    found = frozenset(s for s, langs in _WRITTEN_IN.items() if code in langs.split())
    return found or None


@cache
def unspaced(lang: str) -> bool:
    """Tell whether a language is written without spaces between words."""
    return bool((scripts(lang) or frozenset()) & UNSPACED) and base(lang) != "ko"


def visible(text: str) -> bool:
    """Tell whether a text has more than spaces and control characters."""
    return _VISIBLE.search(text) is not None


def letters(text: str) -> int:
    """Count the letters that belong to a script."""
    return len(_LETTER.findall(text))


def letters_in(text: str, names: frozenset[str]) -> int:
    """Count the letters of some scripts."""
    return len(_of(names).findall(text))


@cache
def _of(names: frozenset[str]) -> regex.Pattern[str]:
    inside = "".join(rf"\p{{Script={name}}}" for name in sorted(names))
    return regex.compile(rf"[\p{{L}}&&[{inside}]]", flags=regex.V1)


def mostly_unspaced(text: str) -> bool:
    """Tell whether most letters are of scripts without spaces between words."""
    return 2 * letters_in(text, UNSPACED) > letters(text)
