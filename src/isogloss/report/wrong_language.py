"""Where outputs went that are not in the language asked for, and what the rest scores."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence

from isogloss.analysis.fidelity import (
    RIGHT,
    Conditional,
    conditional,
    examples,
    flow,
    lang_name,
    system_rates,
)
from isogloss.analysis.system import System
from isogloss.core.errors import IsoglossError
from isogloss.core.metric import Metric
from isogloss.fidelity import KINDS
from isogloss.language.registry import find_language
from isogloss.report.model import Fall, Sample
from isogloss.store import Store

MOST = 6
"""Systems shown, at most."""


def falls(
    store: Store,
    columns: Sequence[System],
    chosen: Sequence[System],
    langs: Sequence[str],
    head: Metric,
) -> tuple[Fall, ...]:
    """Judge the stored outputs of the chosen systems; none where no output is text."""
    judged = [s for s in chosen if not s.reference and any(key.metric == RIGHT for key in s.scores)]
    judged = judged[:MOST]
    langs = [lang for lang in langs if _known(lang)]
    scores = {lang: conditional(store, judged, lang, head) for lang in langs if judged}
    found = [
        _fall(store, system, columns.index(system), langs, scores)
        for system in judged
        if system in columns
    ]
    return tuple(one for one in found if one.flows)


def _fall(
    store: Store,
    system: System,
    column: int,
    langs: Sequence[str],
    scores: dict[str, dict[str, Conditional]],
) -> Fall:
    rates = system_rates(store, system, langs)
    kinds: Counter[str] = Counter()
    for rate in rates.values():
        kinds.update(rate.kinds)
    own = [known[system.cell] for known in scores.values() if system.cell in known]
    return Fall(
        column=column,
        flows=tuple(flow(rates.values())),
        kinds=tuple((kind, kinds[kind]) for kind in KINDS if kinds[kind]),
        samples=_samples(store, system, langs),
        shared=_mean([one.shared for one in own]),
        shared_n=sum(one.n for one in own),
        own=_mean([one.own for one in own]),
        own_n=sum(one.own_n for one in own),
        total=sum(one.total for one in own),
    )


def _samples(store: Store, system: System, langs: Sequence[str]) -> tuple[Sample, ...]:
    """Give one example of each verdict but the right one."""
    found: dict[str, Sample] = {}
    for lang in langs:
        for kind, kept in examples(store, system, lang, most=1).items():
            shown, verdict = kept[0]
            if kind != "right" and kind not in found:
                into = lang_name(verdict.lang) if verdict.lang else ""
                spans = tuple(span.text for span in verdict.spans)
                text = shown.output
                found[kind] = Sample(kind, lang, lang_name(lang), text, into, spans, verdict.reason)
    return tuple(found[kind] for kind in KINDS if kind in found)


def _known(lang: str) -> bool:
    try:
        find_language(lang)
    except IsoglossError:
        return False
    return True


def _mean(values: Sequence[float | None]) -> float | None:
    """Average over languages; nothing where one lacks a value."""
    known = [value for value in values if value is not None]
    return sum(known) / len(known) if known and len(known) == len(values) else None
