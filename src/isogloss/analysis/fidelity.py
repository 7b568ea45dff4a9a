"""In which language outputs are, where it is not the one asked for."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from functools import cache
from typing import Any, NamedTuple

from isogloss.analysis.system import System
from isogloss.core.errors import IsoglossError
from isogloss.core.metric import Metric
from isogloss.fidelity import KINDS, Rate, Verdict, judge
from isogloss.language.registry import find_language
from isogloss.store import Store
from isogloss.store.show import Shown

SAMPLE = 30
"""Outputs judged of each language where a glance is enough."""
ELSEWHERE = ("wrong", "script", "mixed")
"""Verdicts that name another language."""
RIGHT = "correct_language"


class Flow(NamedTuple):
    """How many texts went from the language asked for to the one given."""

    asked: str
    given: str
    """A language's code, or a verdict that names none, such as sibling, copied or short."""
    n: int


@dataclass(frozen=True)
class Conditional:
    """A task score over items that were answered in the right language."""

    shared: float | None
    """Over the items that every system answered in the right language: compare these."""
    n: int
    """Such items, of all seeds."""
    own: float | None
    """Over the items that this system answered in the right language."""
    own_n: int
    total: int
    """All items."""


@cache
def lang_name(code: str) -> str:
    """Give a language's English name, or its code where the registry lacks it."""
    try:
        return find_language(code).name
    except IsoglossError:
        return code


@cache
def family(code: str) -> str:
    """Give a language's family, or nothing where the registry lacks it."""
    try:
        return find_language(code).family
    except IsoglossError:
        return ""


def wrong_languages(texts: Sequence[str], lang: str, inputs: Sequence[str] = ()) -> list[str]:
    """Say of each text what is wrong with its language; nothing where nothing is.

    Args:
        inputs: what each text answers, so that copies are noticed.

    Returns:
        The name of the language it is in, or in words what it is instead.
    """
    verdicts = _verdicts(texts, lang, list(inputs) or [None] * len(texts))
    return [_wrong(verdict) if verdict.judged else "" for verdict in verdicts] or [""] * len(texts)


def _verdicts(texts: Sequence[str], lang: str, inputs: Sequence[str | None]) -> list[Verdict]:
    try:
        return judge()(list(texts), lang, inputs)
    except IsoglossError:  # an unknown language
        return []


def _wrong(verdict: Verdict) -> str:
    found = lang_name(verdict.lang) if verdict.lang else "another language"
    words = {
        "wrong": found,
        "mixed": f"mixed with {found}",
        "script": "other script",
        "copied": "copied",
        "repeated": "in a loop",
    }
    return words.get(verdict.kind, "")


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
        texts = [output for output in outputs if isinstance(output, str)]
        total += len(outputs)
        verdicts = _verdicts(texts, lang, [None] * len(texts))
        found.update(lang_name(one.lang) for one in verdicts if one.kind == "wrong" and one.lang)
    if not found:
        return "", 0.0
    name, count = found.most_common(1)[0]
    return name, count / total


def flow(rates: Iterable[Rate]) -> list[Flow]:
    """List from which language asked for how many texts went to which language given."""
    found = []
    for rate in rates:
        named = Counter(rate.into)
        named[rate.lang] += rate.kinds["right"]
        for kind in ("sibling", "copied", "repeated", "empty", "short", "unjudged"):
            named[kind] += rate.kinds[kind]
        found += [Flow(rate.lang, to, n) for to, n in named.most_common() if n]
    return found


def judged(store: Store, run: str, lang: str, split: str = "test") -> list[tuple[Shown, Verdict]]:
    """Judge the stored outputs of a run in one language, the longest cut short.

    Raises:
        IsoglossError: the language is not in the registry.
    """
    shown = store.shown(run, lang, split)
    # an input that equals the right answer makes a copy right
    inputs = ["" if one.input == one.gold else one.input for one in shown]
    return list(zip(shown, judge()([one.output for one in shown], lang, inputs), strict=True))


def system_rates(store: Store, system: System, langs: Sequence[str]) -> dict[str, Rate]:
    """Count the verdicts on a system's outputs in each language, over its seeds."""
    found = {}
    for lang in langs:
        rate = found[lang] = Rate(lang)
        for run in system.runs:
            for _, verdict in judged(store, run, lang):
                rate.add(verdict)
    return {lang: rate for lang, rate in found.items() if rate.n}


def examples(
    store: Store, system: System, lang: str, most: int = 2
) -> dict[str, list[tuple[Shown, Verdict]]]:
    """Give the first outputs of each verdict, in the order of ``KINDS``."""
    found: dict[str, list[tuple[Shown, Verdict]]] = {kind: [] for kind in KINDS}
    for one, verdict in judged(store, system.runs[0], lang):
        if len(found[verdict.kind]) < most:
            found[verdict.kind].append((one, verdict))
    return {kind: kept for kind, kept in found.items() if kept}


def conditional(
    store: Store, systems: Sequence[System], lang: str, metric: Metric
) -> dict[str, Conditional]:
    """Score systems on the items that were answered in the right language.

    Seeds are paired by their order; systems with other items, or without
    statistics, are left out.

    Returns:
        Cell of the system -> its score.
    """
    import numpy as np

    stats: dict[str, list[_Stats]] = {}
    items = ""
    for system in systems:
        own = store.items(system.runs[0], lang)
        pairs = _stats(store, system, lang, metric)
        if own and pairs and own == (items := items or own):
            stats[system.cell] = pairs
    seeds = min((len(pairs) for pairs in stats.values()), default=0)
    shared = [
        np.logical_and.reduce([pairs[seed].right for pairs in stats.values()])
        for seed in range(seeds)
    ]
    found = {}
    for cell, pairs in stats.items():
        value, n = _over(pairs, shared, metric)
        own_value, own_n = _over(pairs, [pair.right for pair in pairs[:seeds]], metric)
        total = sum(len(pair.right) for pair in pairs[:seeds])
        found[cell] = Conditional(value, n, own_value, own_n, total)
    return found


class _Stats(NamedTuple):
    right: Any
    score: Any


def _stats(store: Store, system: System, lang: str, metric: Metric) -> list[_Stats]:
    """Read which items are right and how each scores, for every seed; none where one lacks."""
    import numpy as np

    found = []
    for run in system.runs:
        right, score = (np.array(store.stats(run, lang, name)) for name in (RIGHT, metric.name))
        if not len(right) or len(right) != len(score):
            return []
        found.append(_Stats(right[:, 0] > 0, score))
    return found


def _over(pairs: Sequence[_Stats], kept: Sequence[Any], metric: Metric) -> tuple[float | None, int]:
    """Score the items kept of each seed."""
    import numpy as np

    left = np.concatenate([pair.score[keep] for pair, keep in zip(pairs, kept, strict=False)])
    return (float(metric.score(left.sum(axis=0))) if len(left) else None), len(left)


def given(verdict: Verdict) -> str:
    """Name the language found, or the script of one that is not known."""
    code = verdict.lang.removeprefix("und-")
    return lang_name(code) if code == verdict.lang else f"unknown, in {code} script"
