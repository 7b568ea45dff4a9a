"""Choose items to show, with every system's answer."""

from __future__ import annotations

from collections.abc import Sequence

from isogloss.analysis.alarm import FIDELITY
from isogloss.analysis.fidelity import lang_name, wrong_language
from isogloss.analysis.system import System, metric
from isogloss.analysis.table import Table
from isogloss.core.metric import Metric
from isogloss.report.model import Examples, Item, Output
from isogloss.store import Shown, Store

ITEMS = 3
"""Items shown of each language."""
LOOKED_AT = 40
"""Items among which those are chosen."""


def examples(
    store: Store, columns: Sequence[System], table: Table, head: Metric
) -> tuple[Examples, ...]:
    """Choose some items of every target language, where systems differ most."""
    found = []
    for lang in table.langs:
        answers = {
            number: shown
            for number, system in enumerate(columns)
            if (shown := store.shown(system.runs[0], lang, n=LOOKED_AT))
        }
        items = tuple(
            _item(store, columns, answers, lang, place, head) for place in _telling(answers)
        )
        if items:
            found.append(Examples(lang, lang_name(lang), items))
    return tuple(found)


def _telling(answers: dict[int, list[Shown]]) -> list[int]:
    """Find the items with the most distinct answers, in their order in the split."""
    if not answers:
        return []
    count = min(len(shown) for shown in answers.values())
    distinct = [len({shown[i].output for shown in answers.values()}) for i in range(count)]
    return sorted(sorted(range(count), key=lambda i: (-distinct[i], i))[:ITEMS])


def _item(
    store: Store,
    columns: Sequence[System],
    answers: dict[int, list[Shown]],
    lang: str,
    place: int,
    head: Metric,
) -> Item:
    first = next(iter(answers.values()))[place]
    outputs = []
    for number, shown in answers.items():
        one = shown[place]
        stats = store.stats(columns[number].runs[0], lang)
        fidelity = _single(stats, place, metric(FIDELITY))
        value = _single(stats, place, head)
        wrong = ""
        if fidelity is not None and fidelity < 0.5:
            wrong = wrong_language(one.output, lang) or "another language"
        right = None if value is None else value >= head.scale - 1e-9
        outputs.append(Output(number, one.output, right, wrong, one.prediction.flags))
    return Item(first.prediction.id, first.input, first.gold, tuple(outputs))


def _single(stats: dict[str, list[list[float]]], place: int, one: Metric) -> float | None:
    """Score a single item; None where its statistics were not kept, or say nothing."""
    import numpy as np

    if one.name not in stats or place >= len(stats[one.name]):
        return None
    value = float(one.score(np.array(stats[one.name][place], dtype=float)))
    return None if value != value else value
