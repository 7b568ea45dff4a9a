"""How much text there is of a language, as the corpora of multilingual models count it.

The sizes are in ``webtext.tsv`` beside this file, built by ``tools/webtext.py`` from the source
named there: bytes in CC-100, the corpus of XLM-R, and in the Wikipedias of mBERT's languages.
"""

from __future__ import annotations

from functools import cache
from math import log10
from pathlib import Path
from statistics import fmean, pstdev

from isogloss.language.registry import find_language

TABLE = Path(__file__).with_name("webtext.tsv")


def size(corpus: str, lang: str) -> int | None:
    """Give the bytes of a language in `cc100` or `wikipedia`; None where not listed."""
    return _table()[corpus].get(find_language(lang).code)


def wealth(lang: str) -> float | None:
    """Give the logarithm of a language's size, in standard deviations from the mean.

    It is averaged over the corpora that list the language, and None where none does: such a
    language has less text than about a hundred others.
    """
    code = find_language(lang).code
    found = [scores[code] for scores in _scores().values() if code in scores]
    return fmean(found) if found else None


@cache
def poorest() -> float:
    """Give the least wealth of a listed language."""
    found = [wealth(lang) for lang in set().union(*_scores().values())]
    return min(value for value in found if value is not None)


@cache
def _table() -> dict[str, dict[str, int]]:
    lines = TABLE.read_text(encoding="utf-8").splitlines()
    header, *rows = [line.split("\t") for line in lines if not line.startswith("#")]
    return {
        corpus: {row[0]: int(row[column]) for row in rows if row[column]}
        for column, corpus in enumerate(header[1:], start=1)
    }


@cache
def _scores() -> dict[str, dict[str, float]]:
    """Standardise the logarithms of each corpus over its languages."""
    found = {}
    for corpus, sizes in _table().items():
        logs = {lang: log10(value) for lang, value in sizes.items()}
        mean, spread = fmean(logs.values()), pstdev(logs.values())
        found[corpus] = {lang: (value - mean) / spread for lang, value in logs.items()}
    return found
