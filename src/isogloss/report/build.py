"""Put a report together from a results folder."""

from __future__ import annotations

from collections.abc import Sequence
from importlib.metadata import version
from typing import Any

from isogloss.analysis.alarm import FIDELITY, SHARES, Alarm, alarms
from isogloss.analysis.compare import Difference, differences
from isogloss.analysis.fidelity import lang_name
from isogloss.analysis.paper import bibliography, methods
from isogloss.analysis.prose import Evidence, findings
from isogloss.analysis.select import Choice, choose
from isogloss.analysis.system import System, headline, metric, systems
from isogloss.analysis.table import Table
from isogloss.analysis.wording import spell_rate
from isogloss.core import plugin
from isogloss.core.errors import IsoglossError, unknown
from isogloss.report.example import examples
from isogloss.report.fall import falls
from isogloss.report.matrix import matrix, mean_cells
from isogloss.report.model import (
    Cell,
    Column,
    Curve,
    Point,
    Rate,
    Report,
    Section,
    Summary,
    Warning,
)
from isogloss.store import Results, Store
from isogloss.store.folder import now

MOST_COLUMNS = 12
"""With more, rates that were not chosen stand in the curves alone."""


def build(found: Results | Store, *, task: str | None = None) -> Report:
    """Read a results folder and say what it shows.

    Args:
        found: a results folder, or some of its rows.
        task: only this task; all by default.

    Raises:
        IsoglossError: no rows, or none of this task.
    """
    results = found.results() if isinstance(found, Store) else found
    store = Store(results.out or "")
    every = systems(results.rows)
    tasks = list(dict.fromkeys(system.task for system in every))
    if not tasks:
        raise IsoglossError("no results yet", "run a study first: isogloss run STUDY")
    if task is not None and task not in tasks:
        raise unknown("task in these results:", task, tasks)
    tasks = [name for name in tasks if task in (None, name)]
    sections = [_section(store, [s for s in every if s.task == name]) for name in tasks]
    shown = [system for system in every if system.task in tasks]
    metrics = dict.fromkeys(m for section in sections for m in (section.metric, FIDELITY))
    used = [m for m in metrics if any(k.metric == m for s in shown for k in s.scores)]
    return Report(
        created=now(),
        version=version("isogloss"),
        runs=sum(len(system.runs) for system in shown),
        rows=sum(1 for row in results.rows if row.task in tasks),
        sections=tuple(sections),
        bibliography=tuple(bibliography(shown, used)),
        errors=store.errors(),
    )


def _section(store: Store, found: list[System]) -> Section:
    name = headline(found[0].task, found)
    head = metric(name)
    choices = choose(found, head)
    chosen = tuple(choice.system for choice in choices)
    table = Table(name, chosen)
    baseline = _baseline(chosen)
    tested = differences(store, chosen, baseline, table.shared, head) if baseline else []
    columns = tuple(found) if len(found) <= MOST_COLUMNS else chosen
    evidence = Evidence(
        store, head, Table(name, tuple(found)), table, tuple(choices), tuple(tested)
    )
    shown, own = Table(name, columns), Table(FIDELITY, columns)
    means = mean_cells(shown, store)
    others = dict.fromkeys(
        key.metric for system in columns for key in system.scores if key.split == "test"
    )
    told = alarms(store, columns, head)
    notes = [warning for choice in choices for warning in choice.warnings]
    about = _task(found[0].task)
    return Section(
        task=found[0].task,
        version=found[0].task_version,
        kind=about.kind if about else "",
        licence=about.licence if about else "",
        metric=name,
        scale=head.scale,
        higher=head.higher,
        columns=tuple(_column(system, choices) for system in columns),
        summaries=_summaries(shown, means, tested),
        baseline=baseline.name if baseline else "",
        matrix=matrix(shown, means),
        fidelity=matrix(own, mean_cells(own, store)) if FIDELITY in others else None,
        falls=falls(store, columns, chosen, table.langs, head),
        others=tuple(
            matrix(Table(other, columns), mean_cells(Table(other, columns)))
            for other in others
            if other not in (name, FIDELITY, *SHARES)
        ),
        rates=_rates(columns, table.langs),
        curves=tuple(_curve(choice, evidence) for choice in choices if len(choice.among) > 1),
        examples=examples(store, columns, table, head),
        alarms=(
            *(_warning(alarm, table.langs) for alarm in told),
            *(Warning("selection", "", (), text, False) for text in notes),
        ),
        findings=tuple(findings(evidence)),
        methods=methods(evidence, store.runs(), version("isogloss")),
        hidden=len(found) - len(columns),
    )


def _baseline(found: Sequence[System]) -> System | None:
    """Take the plain recipe, else the first that was trained."""
    trained = [system for system in found if not system.reference]
    plain = [system for system in trained if not system.recipe and not system.outside]
    return next(iter(plain or trained), None) if len(found) > 1 else None


def _column(system: System, choices: Sequence[Choice]) -> Column:
    choice = next((c for c in choices if c.system is system), None)
    kind = "reference" if system.reference else "outside" if system.outside else "trained"
    return Column(
        name=system.name,
        recipe=system.recipe,
        model=system.model,
        sources=system.sources,
        rate=spell_rate(system.lr) if kind == "trained" else "",
        kind=kind,
        chosen=choice is not None,
        why=choice.why if choice else "",
        needs=system.needs,
        trained=system.trained,
        size=system.size,
        seconds=system.seconds,
        seeds=system.seeds,
        notes=tuple(note for note in system.notes if note != "outside"),
        runs=system.runs,
    )


def _summaries(
    table: Table, means: Sequence[Cell | None], tested: Sequence[Difference]
) -> tuple[Summary, ...]:
    by_cell = {difference.system.cell: difference for difference in tested}
    higher = metric(table.metric).higher
    found = []
    for system, mean in zip(table.systems, means, strict=True):
        one = by_cell.get(system.cell)
        found.append(
            Summary(
                mean=mean,
                source=table.source(system),
                gap=table.gap(system),
                fidelity=mean.fidelity if mean else None,
                worst=tuple(table.worst(system, 3, higher)),
                delta=(one.delta, one.low, one.high, one.p) if one else None,
            )
        )
    return tuple(found)


def _rates(columns: Sequence[System], langs: Sequence[str]) -> tuple[Rate, ...]:
    found = []
    for name, (_, words) in SHARES.items():
        values = tuple(_known_mean(system, langs, name) for system in columns)
        own = next(
            (
                value
                for system in columns
                if (value := _known_mean(system, langs, name, "reference")) is not None
            ),
            None,
        )
        if any(values) or own:
            found.append(Rate(name, words, own, values))
    return tuple(found)


def _known_mean(
    system: System, langs: Sequence[str], name: str, condition: str = ""
) -> float | None:
    values = [system.value(lang, name, condition=condition) for lang in langs]
    known = [value for value in values if value is not None]
    return sum(known) / len(known) if known else None


def _curve(choice: Choice, evidence: Evidence) -> Curve:
    name, langs = evidence.metric.name, evidence.table.shared
    points = tuple(
        Point(
            lr=system.lr,
            rate=spell_rate(system.lr),
            dev=system.mean(system.sources, name, split="dev"),
            target=system.mean(langs, name),
            fidelity=system.mean(langs, FIDELITY),
        )
        for system in choice.among
    )
    chosen = choice.system
    return Curve(chosen.name, chosen.model, points, spell_rate(chosen.lr), choice.why)


def _warning(alarm: Alarm, targets: Sequence[str]) -> Warning:
    system = alarm.system
    name = ""
    if system is not None:
        trained = not system.reference and not system.outside
        name = f"{system.name}, {spell_rate(system.lr)}" if trained else system.name
    langs = tuple(lang_name(lang) for lang in alarm.langs)
    if len(targets) > 2 and set(alarm.langs) == set(targets):
        langs = (f"all {len(targets)} targets",)
    return Warning(alarm.kind, name, langs, alarm.text, alarm.grave)


def _task(name: str) -> Any:
    try:
        return plugin.task(name)
    except IsoglossError:  # a study's own task, or a plug-in that is not loaded
        return None
