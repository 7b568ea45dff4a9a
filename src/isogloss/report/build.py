"""Put a report together from a results folder."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from importlib.metadata import version
from typing import Any

from isogloss.analysis.alarm import FIDELITY, SHARES, Alarm, alarms
from isogloss.analysis.compare import Difference, differences, leader
from isogloss.analysis.fidelity import lang_name
from isogloss.analysis.findings_text import Evidence, findings
from isogloss.analysis.format import short_model, spell_rate
from isogloss.analysis.ladder import ladders
from isogloss.analysis.paper import bibliography, methods
from isogloss.analysis.select import Choice, Selection, choose_all
from isogloss.analysis.system import System, grouped, headline, metric, named
from isogloss.analysis.table import Table
from isogloss.claim import Verdict, verdicts
from isogloss.core.errors import IsoglossError, unknown
from isogloss.core.metric import Metric
from isogloss.core.types import Row
from isogloss.report.curve import pictures
from isogloss.report.example import examples
from isogloss.report.matrix import matrix, mean_cells
from isogloss.report.model import (
    About,
    Cell,
    Column,
    Curve,
    Matrix,
    Point,
    Rate,
    Report,
    Search,
    Section,
    Summary,
    Warning,
)
from isogloss.report.wrong_language import falls
from isogloss.store import Results, Store, sparing
from isogloss.store.folder import now

MOST_COLUMNS = 12
"""With more, rates that were not chosen stand in the curves alone."""


@sparing
def build(
    found: Results | Store,
    *,
    task: str | None = None,
    select: str | Mapping[str, Any] | None = None,
) -> Report:
    """Read a results folder and say what it shows.

    Args:
        found: a results folder, or some of its rows.
        task: only this task; all by default.
        select: the policy that takes the rates, or all that `[select]` of a study says;
            what the study said by default.

    Raises:
        IsoglossError: no rows, none of this task, or a policy that can't choose from them.
    """
    results = found.results() if isinstance(found, Store) else found
    store = Store(results.out or "")
    every = grouped(results.rows)
    tasks = _tasks(every, task)
    said = store.study() if results.out else {}
    selection = _selection(select, said.get("select", {}))
    sections: list[Section] = []
    for name in tasks:
        own = [system for system in every if system.task == name]
        rows = [row for row in results.rows if row.task == name]
        sections += _blocks(store, own, rows, selection)
    claims = said.get("claims", ())
    shown = [column for section in sections for column in section.columns]
    metrics = dict.fromkeys(m for section in sections for m in (section.metric, FIDELITY))
    used = [m for m in metrics if any(row.metric == m for row in results.rows)]
    return Report(
        created=now(),
        version=version("isogloss"),
        runs=len({run for column in shown for run in column.runs}),
        rows=sum(1 for row in results.rows if row.task in tasks),
        sections=tuple(sections),
        claims=_claims(store, every, selection, claims),
        bibliography=tuple(bibliography(tasks, [column.recipe for column in shown], used)),
        errors=store.errors(),
    )


def _claims(
    store: Store, every: Sequence[System], selection: Selection, claims: Sequence[Any]
) -> tuple[Verdict, ...]:
    """Judge a study's claims, which compare backbones too."""
    if not claims:
        return ()
    found = named(every)
    return tuple(verdicts(store, found, choose_all(found, selection), claims))


def _blocks(
    store: Store, found: Sequence[System], rows: Sequence[Row], selection: Selection
) -> Iterator[Section]:
    """Give a task's sections: one a backbone, with the outside systems beside each."""
    models = list(dict.fromkeys(s.model for s in found if not s.outside)) or [""]
    outside = {system.model for system in found if system.outside}
    for number, model in enumerate(models):
        within = named([s for s in found if s.outside or s.model == model])
        choices = choose_all(within, selection)
        known = {system.cell: system for choice in choices for system in choice.among}
        yield _section(
            store,
            [known[system.cell] for system in within if system.cell in known],
            choices,
            [row for row in rows if row.model == model or row.model in outside],
            backbone=short_model(model, models) if len(models) > 1 else "",
            first=number == 0,
        )


def _tasks(found: Sequence[System], task: str | None) -> list[str]:
    """List the tasks to report on: the one that was asked for, or all."""
    tasks = list(dict.fromkeys(system.task for system in found))
    if not tasks:
        raise IsoglossError("no results yet", "run a study first: isogloss run STUDY")
    if task is not None and task not in tasks:
        raise unknown("task in these results:", task, tasks)
    return tasks if task is None else [task]


def _selection(select: str | Mapping[str, Any] | None, said: Mapping[str, Any]) -> Selection:
    """Give what was asked for, with the study's own settings where its policy is asked for."""
    if isinstance(select, str):
        lr = said.get("lr", "source_dev")
        name = lr.get("policy") if isinstance(lr, Mapping) else lr
        select = {**said, "lr": lr if name == select else select}
    return Selection.of(said if select is None else select)


def _section(
    store: Store,
    found: list[System],
    choices: Sequence[Choice],
    rows: Sequence[Row],
    *,
    backbone: str = "",
    first: bool = True,
) -> Section:
    """Describe a task on one backbone; what is said of the task stands in its first section."""
    name = headline(found[0].task, found)
    head = metric(name)
    chosen = tuple(choice.system for choice in choices)
    table = Table(name, chosen)
    baseline = _baseline(chosen)
    tested = differences(store, chosen, baseline, table.shared, head) if baseline else []
    columns = tuple(found) if len(found) <= MOST_COLUMNS else chosen
    evidence = Evidence(
        store, head, Table(name, tuple(found)), table, tuple(choices), tuple(tested)
    )
    shown = Table(name, columns)
    means = mean_cells(shown, store)
    about = store.about(found[0].task)
    laid = matrix(shown, means)
    return Section(
        task=found[0].task,
        backbone=backbone,
        version=found[0].task_version,
        kind=about.kind if about else "",
        licence=about.licence if about else "",
        metric=name,
        scale=head.scale,
        higher=head.higher,
        columns=tuple(_column(system, choices, backbone) for system in columns),
        summaries=_summaries(shown, means, tested, choices, table.shared),
        baseline=baseline.name if baseline else "",
        matrix=laid,
        fidelity=_fidelity(store, columns),
        falls=falls(store, columns, chosen, table.langs, head),
        others=_others(columns, name),
        rates=_rates(columns, table.langs),
        curves=_curves(choices, evidence),
        examples=examples(store, columns, table, head),
        alarms=_alarms(store, columns, choices, table, first),
        findings=tuple(findings(evidence)),
        methods=methods(evidence, store.runs(), version("isogloss")),
        hidden=len(found) - len(columns),
        policy=next((c.policy for c in choices if len(c.among) > 1), "source_dev"),
        bound=any(choice.bound for choice in choices),
        pictures=pictures(store, rows, choices, head),
        ladders=tuple(ladders(store, found, head)),
        leaders=_leaders(store, columns, chosen, laid, head),
    )


def _leaders(
    store: Store,
    columns: Sequence[System],
    chosen: Sequence[System],
    laid: Matrix,
    head: Metric,
) -> tuple[int | None, ...]:
    """Find the best column of every line, and of the mean, where it differs from the next."""
    trained = [system for system in chosen if not system.reference]
    groups = [*((line.lang,) for line in laid.lines), laid.shared]
    found = [leader(store, trained, langs, head) for langs in groups]
    places = {system.cell: number for number, system in enumerate(columns)}
    return tuple(places[system.cell] if system else None for system in found)


def _baseline(found: Sequence[System]) -> System | None:
    """Take the plain recipe, else the first that was trained."""
    trained = [system for system in found if not system.reference]
    plain = [system for system in trained if not system.recipe and not system.outside]
    return next(iter(plain or trained), None) if len(found) > 1 else None


def _column(system: System, choices: Sequence[Choice], backbone: str) -> Column:
    choice = next((c for c in choices if c.system is system), None)
    kind = "reference" if system.reference else "outside" if system.outside else "trained"
    return Column(
        name=system.name,
        recipe=system.recipe,
        model=backbone if backbone and not system.outside else short_model(system.model),
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
        optimizer=system.optimizer,
        search=Search(len(choice.among), *choice.budget) if choice and kind == "trained" else None,
    )


def _summaries(
    table: Table,
    means: Sequence[Cell | None],
    tested: Sequence[Difference],
    choices: Sequence[Choice],
    langs: Sequence[str],
) -> tuple[Summary, ...]:
    by_cell = {difference.system.cell: difference for difference in tested}
    head = metric(table.metric)
    by_choice = {choice.system.cell: choice for choice in choices}
    found = []
    for system, mean in zip(table.systems, means, strict=True):
        one = by_cell.get(system.cell)
        found.append(
            Summary(
                mean=mean,
                source=table.source(system),
                gap=table.gap(system),
                fidelity=mean.fidelity if mean else None,
                worst=tuple(table.worst(system, 3, head.higher)),
                delta=(one.delta, one.low, one.high, one.p) if one else None,
                sure=one.sure if one else False,
                tied=_ends(by_choice.get(system.cell), langs, head),
            )
        )
    return tuple(found)


def _ends(
    choice: Choice | None, langs: Sequence[str], head: Metric
) -> tuple[tuple[str, float], tuple[str, float]] | None:
    """Give the worst and the best target mean of the tied rates."""
    tied = choice.tied if choice else ()
    means = [(spell_rate(s.lr), s.mean(langs, head.name)) for s in tied]
    known = [(rate, mean) for rate, mean in means if mean is not None]
    if len(known) < 2:
        return None
    low, *_, high = sorted(known, key=lambda one: one[1] if head.higher else -one[1])
    return low, high


def _tested(columns: Sequence[System]) -> list[str]:
    """List the metrics of the test scores."""
    keys = (key for system in columns for key in system.scores if key.split == "test")
    return list(dict.fromkeys(key.metric for key in keys))


def _fidelity(store: Store, columns: tuple[System, ...]) -> Matrix | None:
    if FIDELITY not in _tested(columns):
        return None
    own = Table(FIDELITY, columns)
    return matrix(own, mean_cells(own, store))


def _others(columns: tuple[System, ...], name: str) -> tuple[Matrix, ...]:
    """Lay out the metrics that have no place of their own."""
    left = [one for one in _tested(columns) if one not in (name, FIDELITY, *SHARES)]
    tables = [Table(one, columns) for one in left]
    return tuple(matrix(table, mean_cells(table)) for table in tables)


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


def _curves(choices: Sequence[Choice], evidence: Evidence) -> tuple[Curve, ...]:
    """Give the searches, each optimizer's together."""
    searched = [choice for choice in choices if len(choice.among) > 1]
    searched.sort(key=lambda choice: choice.system.optimizer)
    return tuple(_curve(choice, evidence) for choice in searched)


def _curve(choice: Choice, evidence: Evidence) -> Curve:
    name, langs = evidence.metric.name, evidence.table.shared
    points = tuple(
        Point(
            lr=system.lr,
            rate=spell_rate(system.lr),
            dev=system.mean(system.sources, name, split="dev"),
            target=system.mean(langs, name),
            fidelity=system.mean(langs, FIDELITY),
            tied=len(choice.tied) > 1 and system in choice.tied,
        )
        for system in choice.among
    )
    chosen = choice.system
    rate = spell_rate(chosen.lr)
    return Curve(chosen.name, chosen.model, points, rate, choice.why, chosen.optimizer)


def _alarms(
    store: Store, columns: Sequence[System], choices: Sequence[Choice], table: Table, first: bool
) -> tuple[Warning, ...]:
    """Say each alarm once, with all that it is about, those at the rates taken before others."""
    told = alarms(store, columns, metric(table.metric))
    taken = {choice.system.cell for choice in choices}
    told.sort(key=lambda alarm: alarm.system is not None and alarm.system.cell not in taken)
    groups: dict[tuple[str, str, bool], list[About]] = {}
    for alarm in told:
        if alarm.system is not None or first:
            about = groups.setdefault((alarm.kind, alarm.text, alarm.grave), [])
            about.append(_about(alarm, table.langs))
    notes = dict.fromkeys(warning for choice in choices for warning in choice.warnings)
    return (
        *(Warning(*kind, tuple(about)) for kind, about in groups.items()),
        *(Warning("selection", text, False) for text in notes),
    )


def _about(alarm: Alarm, targets: Sequence[str]) -> About:
    system = alarm.system
    name = ""
    if system is not None:
        trained = not system.reference and not system.outside
        name = f"{system.name}, {spell_rate(system.lr)}" if trained else system.name
    langs = tuple(lang_name(lang) for lang in alarm.langs)
    if len(targets) > 2 and set(alarm.langs) == set(targets):
        langs = (f"all {len(targets)} targets",)
    return About(name, langs, alarm.detail)
