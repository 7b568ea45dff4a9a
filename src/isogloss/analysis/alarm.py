"""What a reader has to know before believing a number."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from isogloss.analysis.format import spell
from isogloss.analysis.system import Key, System
from isogloss.core.metric import Metric
from isogloss.core.task import Task
from isogloss.store import Store

FIDELITY = "correct_language"
SHARES = {
    "empty": (0.05, "empty outputs"),
    "copied": (0.2, "outputs that copy the input"),
    "repeated": (0.1, "outputs stuck in a loop"),
    "limit": (0.05, "outputs cut at the length limit"),
    "cut": (0.05, "inputs cut to fit the model"),
    "malformed": (0.05, "outputs that could not be read"),
}
"""Metric -> the share from which it is told, and in which words."""
COVERAGE = "language_coverage"
SIBLING = "language_sibling"
COLLAPSED = 0.5
"""A language has collapsed below this part of the references' own rate."""
UNRELIABLE = 0.5
"""Share of the references that must be judged right for rates to say something."""
CONSTANT = 0.9
"""Share of one and the same output from which it counts as constant."""


@dataclass(frozen=True)
class Alarm:
    """One warning about one system, or about the whole table."""

    kind: str
    """chance, majority, untouched, collapsed, constant, identifier, precision,
    missing, or a metric of ``SHARES``."""
    system: System | None
    langs: tuple[str, ...]
    text: str
    grave: bool = True
    """Whether the numbers mean something else than they seem to."""
    detail: str = ""
    """What is the system's own in it: figures."""


def alarms(store: Store, found: Sequence[System], metric: Metric) -> list[Alarm]:
    """Look for everything that makes a score of a task's systems doubtful."""
    about = {task: store.about(task) for task in {system.task for system in found}}
    trained = [system for system in found if not system.reference]
    told = [
        alarm
        for system in trained
        for alarm in (
            *_references(system, found, metric),
            *_chance(system, about[system.task]),
            *_collapsed(system),
            *_constant(store, system),
            *_shares(system),
        )
    ]
    return [*told, *_unreliable(found), *_precision(trained), *_missing(found, metric)]


def collapsed(system: System, lang: str) -> bool:
    """Tell whether outputs are far less often in the right language than references."""
    value = system.value(lang, FIDELITY)
    return value is not None and fell(value, passed(system, lang))


def passed(system: System, lang: str) -> float | None:
    """Give the share of all references that are judged to be in their language."""
    own = system.value(lang, FIDELITY, condition="reference")
    coverage = system.value(lang, COVERAGE, condition="reference")
    return own if own is None or coverage is None else own * coverage


def fell(rate: float, own: float | None) -> bool:
    """Tell whether a correct-language rate is far below the references' own.

    Where the identifier passes few references, there is no telling.
    """
    own = 1.0 if own is None else own
    return own >= UNRELIABLE and rate < COLLAPSED * own


def _collapsed(system: System) -> Iterator[Alarm]:
    langs = tuple(lang for lang in system.langs if collapsed(system, lang))
    if langs:
        rate = system.mean(langs, FIDELITY)
        yield Alarm(
            "collapsed", system, langs, "writes in another language",
            detail=f"correct-language rate {rate:.2f}",
        )  # fmt: skip


def _references(system: System, found: Sequence[System], metric: Metric) -> Iterator[Alarm]:
    sign = 1 if metric.higher else -1
    for other in found:
        same = other.sources == system.sources and (other.majority or other.model == system.model)
        if not other.reference or not same:
            continue
        langs = tuple(
            lang
            for lang in system.langs
            if lang not in system.sources
            and (value := system.value(lang, metric.name)) is not None
            and (its := other.value(lang, metric.name)) is not None
            and sign * (value - its) <= 0
        )
        if langs:
            what = "giving the most frequent label" if other.majority else "no training at all"
            kind = "majority" if other.majority else "untouched"
            yield Alarm(kind, system, langs, f"{spell(metric.name)} no better than {what}")


def _chance(system: System, task: Task | None) -> Iterator[Alarm]:
    if task is None or len(task.labels) < 2:
        return
    chance = 1 / len(task.labels)
    langs = tuple(
        lang
        for lang in system.langs
        if (score := system.score(lang, "accuracy")) is not None
        and (score.value if score.low is None else score.low) <= chance  # type: ignore[operator]
    )
    if langs:
        labels = len(task.labels)
        yield Alarm(
            "chance", system, langs, f"accuracy not above chance, 1/{labels} = {chance:.2f}"
        )


def _constant(store: Store, system: System) -> Iterator[Alarm]:
    told = []
    for lang in system.langs:
        shown = store.shown(system.runs[0], lang)
        if len(shown) >= 10 and _top_share([one.output for one in shown]) >= CONSTANT:
            if _top_share([one.gold for one in shown]) < CONSTANT:
                told.append(lang)
    if told:
        yield Alarm("constant", system, tuple(told), "gives one and the same answer")


def _shares(system: System) -> Iterator[Alarm]:
    for name, (least, words) in SHARES.items():
        over = {
            lang: value
            for lang in system.langs
            if (value := system.value(lang, name)) is not None
            and value - (system.value(lang, name, condition="reference") or 0.0) >= least
        }
        if over:
            detail = f"up to {max(over.values()):.0%}"
            grave = name in ("empty", "malformed")
            yield Alarm(name, system, tuple(over), words, grave, detail)


def _unreliable(found: Sequence[System]) -> Iterator[Alarm]:
    own = {
        lang: value
        for system in found
        for lang in system.langs
        if (value := passed(system, lang)) is not None and value < UNRELIABLE
    }
    if own:
        text = f"the identifier passes only {min(own.values()):.0%} of the references themselves"
        yield Alarm("identifier", None, tuple(own), f"{text}: rates say little here", grave=False)


def _precision(found: Sequence[System]) -> Iterator[Alarm]:
    kinds = {
        word
        for system in found
        for machine in system.machines
        for word in machine.split()
        if word in ("fp32", "bf16", "fp16", "tf32")
    }
    if len(kinds) > 1:
        text = f"rows mix the precisions {' and '.join(sorted(kinds))}"
        yield Alarm("precision", None, (), text, grave=False)


def _missing(found: Sequence[System], metric: Metric) -> Iterator[Alarm]:
    langs = dict.fromkeys(lang for system in found for lang in system.langs)
    for system in found:
        lacking = tuple(lang for lang in langs if system.value(lang, metric.name) is None)
        if lacking and len(lacking) < len(langs):
            why = _why(system.scores, lacking[0], metric)
            what = f"no {spell(metric.name)}{': ' + why if why else ''}"
            text = f"{what}; means leave these languages out"
            yield Alarm("missing", system, lacking, text, grave=False)


def _why(scores: Mapping[Key, Any], lang: str, metric: Metric) -> str:
    found = scores.get(Key(lang, metric.name))
    if found is None:
        return "not scored yet"
    return found.note.splitlines()[0] if found.note else ""


def _top_share(texts: Sequence[str]) -> float:
    return Counter(texts).most_common(1)[0][1] / len(texts)
