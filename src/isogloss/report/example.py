"""Choose items to show, with every system's answer."""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

from isogloss.analysis.alarm import FIDELITY
from isogloss.analysis.fidelity import lang_name, wrong_languages
from isogloss.analysis.system import System, metric
from isogloss.analysis.table import Table
from isogloss.core.metric import Metric
from isogloss.report.model import Examples, Item, Output
from isogloss.store import Shown, Store

ITEMS = 3
"""Items shown of each language."""
LOOKED_AT = 40
"""Items among which those are chosen."""


class _Answers(NamedTuple):
    """One system's answers in one language, with the scores of single items."""

    column: int
    shown: list[Shown]
    marks: list[float]
    fidelity: list[float]


def examples(
    store: Store, columns: Sequence[System], table: Table, head: Metric
) -> tuple[Examples, ...]:
    """Choose some items of every target language, where systems differ most."""
    found = []
    for lang in table.langs:
        answers = [
            _Answers(
                number,
                shown,
                _scores(store, system, lang, head),
                _scores(store, system, lang, metric(FIDELITY)),
            )
            for number, system in enumerate(columns)
            if (shown := store.shown(system.runs[0], lang, n=LOOKED_AT))
        ]
        places = _telling(answers)
        wrong = {one.column: _wrong(one, lang, places) for one in answers}
        items = tuple(_item(answers, wrong, place, head) for place in places)
        if items:
            found.append(Examples(lang, lang_name(lang), items))
    return tuple(found)


def _telling(answers: Sequence[_Answers]) -> list[int]:
    """Find the items with the most distinct answers, in their order in the split."""
    if not answers:
        return []
    count = min(len(one.shown) for one in answers)
    distinct = [len({one.shown[i].output for one in answers}) for i in range(count)]
    return sorted(sorted(range(count), key=lambda i: (-distinct[i], i))[:ITEMS])


def _wrong(one: _Answers, lang: str, places: Sequence[int]) -> dict[int, str]:
    """Name what is wrong with the language of answers that count as wrong."""
    at = [i for i in places if (rate := _single(one.fidelity, i)) is not None and rate < 0.5]
    at = [i for i in at if one.shown[i].output]
    if not at:
        return {}
    texts, inputs = [one.shown[i].output for i in at], [one.shown[i].input for i in at]
    words = wrong_languages(texts, lang, inputs)
    return {i: word or "not judged right" for i, word in zip(at, words, strict=True)}


def _item(
    answers: Sequence[_Answers], wrong: dict[int, dict[int, str]], place: int, head: Metric
) -> Item:
    first = answers[0].shown[place]
    outputs = []
    for one in answers:
        shown, value = one.shown[place], _single(one.marks, place)
        right = None if value is None else value >= head.scale - 1e-9
        found = wrong[one.column].get(place, "")
        outputs.append(Output(one.column, shown.output, right, found, shown.prediction.flags))
    return Item(first.prediction.id, first.input, first.gold, tuple(outputs))


def _scores(store: Store, system: System, lang: str, one: Metric) -> list[float]:
    """Score single items; none where their statistics were not kept."""
    import numpy as np

    stats = store.stats(system.runs[0], lang, one.name)[:LOOKED_AT]
    return [float(score) for score in one.score(np.array(stats, dtype=float))] if stats else []


def _single(scores: Sequence[float], place: int) -> float | None:
    """Give one item's score, None where there is none or it says nothing."""
    value = scores[place] if place < len(scores) else float("nan")
    return None if value != value else value
