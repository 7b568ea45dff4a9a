"""Figures from rows: rates, languages, steps, cost, and methods by language."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator, Sequence

import regex

from isogloss.analysis.alarm import FIDELITY
from isogloss.analysis.fidelity import lang_name
from isogloss.analysis.format import sentence, spell, spell_rate
from isogloss.analysis.recipe_ranking import Arm, Backbone, Tried, backbones, watched
from isogloss.analysis.select import Choice
from isogloss.analysis.system import System
from isogloss.analysis.table import Table
from isogloss.core.metric import Metric
from isogloss.core.types import Row
from isogloss.report import plain
from isogloss.report.figure import (
    Figure,
    Heat,
    HeatMap,
    Mark,
    Panel,
    Picture,
    Rows,
    Series,
    Tick,
    wrapped,
)
from isogloss.store import Store

LINES = 4
"""Recipes in one figure beside plain finetuning."""
COLUMNS = 16
"""Languages in one heat."""
SEVERAL = 3
"""Recipes from which a report compares them in pictures."""
KEPT = "correct-language rate"
Measure = Callable[[Tried], float | None]


def pictures(
    store: Store, rows: Sequence[Row], choices: Sequence[Choice], metric: Metric
) -> tuple[Picture, ...]:
    """Draw what a report shows of a task; nothing that a small study has no use for."""
    found = backbones(store, choices, metric)
    shown: list[Picture] = []
    if sum(len(arm.tried) > 1 for one in found for arm in one.arms) >= SEVERAL:
        shown += [*rates(found), *by_language(found)]
    shown += steps(rows, found)
    if max((len(one.ranked) for one in found), default=0) > SEVERAL:
        shown += cost(found)
    return tuple(shown)


def rates(found: Sequence[Backbone], *, whiskers: bool = False) -> Iterator[Figure]:
    """Draw score and correct-language rate over learning rates, each optimiser apart."""
    searched = [arm for one in found for arm in one.arms if len(arm.tried) > 1]
    for optimizer in dict.fromkeys(arm.choice.system.optimizer for arm in searched):
        arms = [arm for arm in searched if arm.choice.system.optimizer == optimizer]
        base = next((arm.name for arm in arms if not arm.choice.system.recipe), "")
        names = [name for name in dict.fromkeys(arm.name for arm in arms) if name != base]
        groups = [names[i : i + LINES] for i in range(0, len(names), LINES)] or [[]]
        for number, group in enumerate(groups, 1):
            shown = [*filter(None, [base]), *group]
            own = [arm for arm in arms if arm.name in shown]
            many = f", part {number} of {len(groups)}" if len(groups) > 1 else ""
            by = f", {optimizer}" if optimizer else ""
            yield Figure(
                name=slug("rates", optimizer, str(number) if many else ""),
                title=f"Learning rate against score and language{by}{many}",
                note=f"Means over {len(found[0].langs)} target languages"
                f"{'; whiskers: 95 %' if whiskers else ''}. The rings mark the rates taken.",
                panels=_rate_panels(found, own, shown, bool(base), whiskers),
                x="learning rate",
                log=True,
                ticks=rate_ticks(own),
            )


def _rate_panels(
    found: Sequence[Backbone],
    arms: Sequence[Arm],
    names: Sequence[str],
    base: bool,
    whiskers: bool,
) -> Rows:
    shown = [one for one in found if any(arm in arms for arm in one.arms)]
    head = found[0].metric
    rows = []
    measures: list[tuple[str, Measure, float]] = [(spell(head.name), _score, _top(arms, head))]
    if any(one.fidelity is not None for arm in arms for one in arm.tried):
        measures.append((KEPT, _fidelity, 1.0))
    for y, measure, top in measures:
        rows.append(
            tuple(
                Panel(
                    title=one.model,
                    y=y,
                    top=top,
                    series=tuple(
                        Series(arm.name, f"k{names.index(arm.name) + (not base)}", marks)
                        for arm in one.arms
                        if arm in arms and (marks := _rate_marks(arm, measure, whiskers))
                    ),
                    levels=_levels(one, measure),
                )
                for one in shown
            )
        )
    return tuple(rows)


def _rate_marks(arm: Arm, measure: Measure, whiskers: bool) -> tuple[Mark, ...]:
    ended = whiskers and measure is _score
    return tuple(
        Mark(one.system.lr, value, *(one.ends if ended else (None, None)), taken=one is arm.taken)
        for one in arm.tried
        if (value := measure(one)) is not None and one.system.lr > 0
    )


def _levels(one: Backbone, measure: Measure) -> tuple[Tick, ...]:
    """Give lines to compare with: what was not trained, and the references' own rate."""
    found: list[Tick] = []
    if measure is _score:
        found = [(tried.score, tried.name) for tried in one.references if tried.score is not None]
    elif one.own is not None:
        found = [(one.own, "the references' own")]
    return tuple(found[:2])


def by_language(found: Sequence[Backbone]) -> Iterator[Figure]:
    """Draw plain finetuning's rates for every language, a line a backbone."""
    plains = [(one.model, arm) for one in found if (arm := one.plain) and len(arm.tried) > 1]
    if not plains:
        return
    langs, head = found[0].langs, found[0].metric
    for name, words, scale in ((head.name, spell(head.name), head.scale), (FIDELITY, KEPT, 1.0)):
        panels = [_language_panel(plains, lang, name, words, scale) for lang in langs]
        panels = [panel for panel in panels if panel.series]
        if panels:
            yield Figure(
                name=slug("languages", name),
                title=f"{sentence(words)} of plain finetuning in every language",
                note="A line for each backbone.",
                panels=wrapped(panels),
                x="learning rate",
                log=True,
                ticks=rate_ticks([arm for _, arm in plains]),
            )


def _language_panel(
    plains: Sequence[tuple[str, Arm]], lang: str, name: str, words: str, scale: float
) -> Panel:
    series = []
    for number, (model, arm) in enumerate(plains, 1):
        marks = tuple(
            Mark(one.system.lr, value, taken=one is arm.taken)
            for one in arm.tried
            if (value := one.system.value(lang, name)) is not None
        )
        if marks:
            series.append(Series(model, f"k{(number - 1) % 6 + 1}", marks))
    own = None
    if name == FIDELITY:
        own = plains[0][1].taken.system.value(lang, name, condition="reference")
    levels = () if own is None else ((own, "the references' own"),)
    return Panel(lang_name(lang), words, scale, tuple(series), levels)


def steps(rows: Sequence[Row], found: Sequence[Backbone]) -> Iterator[Figure]:
    """Draw learning curves of plain finetuning, and of the best recipe, at every rate."""
    for one in found:
        for arm in (arm for arm in one.arms if arm is one.plain or arm is one.best):
            head = one.metric
            measures = ((head.name, spell(head.name), head.scale), (FIDELITY, KEPT, 1.0))
            panels = tuple(
                row
                for name, words, scale in measures
                for row in _step_panels(list(watched(rows, arm, name)), arm, words, scale)
            )
            if panels:
                last = max(tried.system.step for tried in arm.tried)
                yield Figure(
                    name=slug("steps", one.model, arm.name),
                    title=f"Learning curves of {arm.name} on {one.model}",
                    note="A line for each learning rate. Points on the way are of a few items, "
                    "the last of all.",
                    panels=panels,
                    x="step",
                    log=False,
                    ticks=tuple((x, f"{x:g}") for x in (0, last / 2, last)),
                )


def _step_panels(
    points: Sequence[tuple[str, float, int, float]], arm: Arm, words: str, scale: float
) -> Rows:
    grid = [one.system.lr for one in arm.tried]
    found = []
    for lang in dict.fromkeys(lang for lang, *_ in points):
        series = []
        for lr in grid:
            marks = tuple(Mark(s, y) for at, rate, s, y in points if (at, rate) == (lang, lr))
            if marks:
                series.append(Series(spell_rate(lr), _ranked(grid.index(lr), len(grid)), marks))
        found.append(Panel(lang_name(lang), words, scale, tuple(series)))
    return wrapped(found)


def cost(found: Sequence[Backbone]) -> Iterator[Figure]:
    """Draw what a recipe costs against what it scores, with its name at the point."""
    measures: tuple[tuple[str, str, Callable[[Arm], float], Callable[[float], str]], ...] = (
        ("parameters", "trained parameters", _trained, _count),
        ("seconds", "seconds of training at the rate taken", _seconds, _spelled),
        ("search", "seconds of training, all rates and seeds", _searched, _spelled),
    )
    for name, words, of, spelled in measures:
        panels = [panel for one in found if (panel := _cost_panel(one, of)).series]
        values = [m.x for panel in panels for s in panel.series for m in s.marks]
        if len(set(values)) > 2:
            yield Figure(
                name=slug("cost", name),
                title=f"Score against {words}",
                note="A point for each recipe, at the rate taken.",
                panels=tuple((panel,) for panel in panels),
                x=words,
                log=True,
                ticks=tuple((x, spelled(x)) for x in _decades(values)),
            )


def _cost_panel(one: Backbone, of: Callable[[Arm], float]) -> Panel:
    marks = tuple(
        Mark(of(arm), arm.taken.score, text=arm.name)
        for arm in one.ranked
        if of(arm) > 0 and arm.taken.score is not None
    )
    series = (Series("", "k1", marks, joined=False),) if marks else ()
    return Panel(one.model, spell(one.metric.name), _top(one.arms, one.metric), series)


def heat(one: Backbone) -> HeatMap | None:
    """Draw methods by languages, for the score and the correct-language rate."""
    chosen = [arm.taken for arm in one.ranked] + list(one.references)
    if not one.langs or not chosen:
        return None
    head = one.metric
    measures = ((head.name, spell(head.name), head.scale), (FIDELITY, KEPT, 1.0))
    langs = Table(head.name, tuple(tried.system for tried in chosen)).langs
    parts = [langs[i : i + COLUMNS] for i in range(0, len(langs), COLUMNS)]
    heats = tuple(
        Heat(
            title=f"{sentence(words)}, {one.model}",
            columns=("mean", *part),
            rows=tuple((_named(t), _values(t.system, one.langs, part, name)) for t in chosen),
            scale=scale,
        )
        for name, words, scale in measures
        for part in parts
        if any(t.system.value(lang, name) is not None for t in chosen for lang in part)
    )
    return HeatMap(
        name=slug("heat", one.model),
        title=f"Recipes by languages on {one.model}",
        note="Each recipe at the rate taken, best first. Means are over the "
        f"{len(one.langs)} languages that all recipes have.",
        heats=heats,
    )


def _values(
    system: System, langs: Sequence[str], shown: Sequence[str], name: str
) -> tuple[float | None, ...]:
    return system.mean(langs, name), *(system.value(lang, name) for lang in shown)


def _named(one: Tried) -> str:
    return one.name if one.system.reference else f"{one.name} {spell_rate(one.system.lr)}"


def _score(one: Tried) -> float | None:
    return one.score


def _fidelity(one: Tried) -> float | None:
    return one.fidelity


def _top(arms: Sequence[Arm], head: Metric) -> float:
    """Give the upper end of a score's axis: no higher than a reader needs."""
    found = [one.score for arm in arms for one in arm.tried if one.score is not None]
    for share in (0.1, 0.2, 0.4, 0.6, 0.8):
        if max(found, default=1.0) <= 0.95 * share * head.scale:
            return share * head.scale
    return head.scale


def rate_ticks(arms: Sequence[Arm]) -> tuple[Tick, ...]:
    """Give ticks at the rates tried, or at powers of ten where there are many."""
    found = sorted({one.system.lr for arm in arms for one in arm.tried if one.system.lr > 0})
    if len(found) > 5:
        found = _decades(found, fine=False)
    return tuple((lr, spell_rate(lr)) for lr in found)


def _decades(values: Sequence[float], *, fine: bool = True) -> list[float]:
    """Give the powers of ten around values, and two and five times these."""
    low, high = min(values), max(values)
    powers = range(math.floor(math.log10(low)), math.ceil(math.log10(high)) + 1)
    found = [factor * 10.0**power for power in powers for factor in ((1, 2, 5) if fine else (1,))]
    return [x for x in found if low / 1.5 <= x <= high * 1.5]


def _trained(arm: Arm) -> float:
    return arm.choice.system.trained


def _seconds(arm: Arm) -> float:
    return arm.choice.system.seconds


def _searched(arm: Arm) -> float:
    return arm.choice.budget.seconds


def _count(value: float) -> str:
    return plain.count(round(value))


def _spelled(value: float) -> str:
    return f"{value:g}"


def _ranked(place: int, count: int) -> str:
    return f"r{round(6 * place / max(1, count - 1))}"


def slug(*parts: str) -> str:
    """Spell words as a file name."""
    return "-".join(
        filter(None, (regex.sub(r"[^\p{L}\p{M}\p{N}]+", "-", p.lower()).strip("-") for p in parts))
    )
