"""In which language outputs are, where it is not the one asked for."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from functools import cache

from isogloss.analysis.system import System
from isogloss.core.errors import IsoglossError
from isogloss.data.language import language
from isogloss.store import Store

SAMPLE = 30
"""Outputs judged of each language."""


@cache
def lang_name(code: str) -> str:
    """Give a language's English name, or its code where the registry lacks it."""
    try:
        return language(code).name
    except IsoglossError:
        return code


@cache
def family(code: str) -> str:
    """Give a language's family, or nothing where the registry lacks it."""
    try:
        return language(code).family
    except IsoglossError:
        return ""


def wrong_language(text: str, lang: str) -> str:
    """Name the language that a text is in when it is not the expected one; else nothing."""
    from isogloss.metrics.identify import judge

    try:
        verdict = judge(text, lang)
    except IsoglossError:  # the identifier doesn't know the language
        return ""
    return lang_name(verdict.removeprefix("wrong:")) if verdict.startswith("wrong:") else ""


def mostly(store: Store, system: System, langs: Sequence[str]) -> tuple[str, float]:
    """Find the language that a system's outputs are mostly in.

    Returns:
        The most frequent wrong language and its share of the outputs; an empty
        name where no output is in a wrong language.
    """
    found: Counter[str] = Counter()
    total = 0
    for lang in langs:
        outputs = store.outputs(system.runs[0], lang)[:SAMPLE]
        total += len(outputs)
        found.update(wrong_language(text, lang) for text in outputs if isinstance(text, str))
    del found[""]
    if not found:
        return "", 0.0
    name, count = found.most_common(1)[0]
    return name, count / total
