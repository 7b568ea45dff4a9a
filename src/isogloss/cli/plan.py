"""``isogloss plan``: what a study will do, and how long it takes."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

import click

from isogloss.cli import option

if TYPE_CHECKING:
    from isogloss.store import Store
    from isogloss.study.plan import Plan
    from isogloss.study.study import Study


@click.command()
@option.study
@option.data
@option.out
@option.workers
@click.option("--measure", is_flag=True, help="Train and answer a little here, for the time.")
@click.option("--gpu", metavar="NAME", help="Estimate GPU hours roughly, such as of an a100.")
def command(
    study: Path, data: Path | None, out: Path, workers: int, measure: bool, gpu: str | None
) -> None:
    """Show a study's runs, what is skipped and why, and how long it takes.

    The time comes from the runs in the results folder; for tasks and backbones
    that have none there, --measure trains a little here, and --gpu guesses from
    the number of parameters.
    """
    from isogloss.run.definition import agree
    from isogloss.store import Store
    from isogloss.study.plan import plan_study
    from isogloss.study.study import Study

    found, store = Study.load(study, data=data), Store(out)
    agree(found.tasks_by_name().values(), store)
    plan = plan_study(found, away=True)
    done = store.done()
    for cell in plan.cells:
        run = cell.run
        left = [pair for pair in cell.pairs if pair not in done.get(run.id, ())]
        state = "done" if not left else f"{len(left)} of {len(cell.pairs)} scores to do"
        none = sum(lang in plan.empty.get(run.id, {}) for lang, _ in left)
        state += f", {none} of them will be empty" if none else ""
        click.echo(
            f"{run.id}  {cell.label:<16} {run.task}  {run.model}  {'+'.join(run.sources)}  "
            f"lr {run.fit.lr:g}  seed {run.seed}  {state}"
        )
    for task in found.own.values():
        for note in task.notes:
            click.echo(f"{task.name}: {note}")
    for what, reason in plan.skipped:
        click.echo(f"skipped: {what}: {reason}")
    for warning in (*plan.warnings, *plan.gaps):
        click.echo(f"warning: {warning}")
    click.echo(f"{len(plan.cells)} runs, {plan.trainings} trainings, {plan.shared} shared")
    chosen = found.selection
    click.echo(f"rates are chosen by {chosen.policy}, the {chosen.tie} of tied ones")
    if plan.extra:
        click.echo(f"{plan.extra} scores are for that choice alone")
    if plan.later:
        seeds = ", ".join(map(str, chosen.confirm))
        click.echo(
            f"then up to {plan.confirming} more runs, of seeds {seeds} at the chosen rates, "
            "their neighbours and those of claims"
        )
    for line in _time(found, plan, store, workers, measure, gpu):
        click.echo(line)


def _time(
    study: Study, plan: Plan, store: Store, workers: int, measure: bool, gpu: str | None
) -> list[str]:
    from isogloss.core.machine import Machine
    from isogloss.study import cost
    from isogloss.study.confirm import confirming

    done = store.done()
    if gpu:
        paces, basis = cost.rough(plan, gpu), f"on one {gpu}, a rough estimate from sizes"
    else:
        paces, basis = cost.seen(store), "as the finished runs took"
        if measure:
            paces = cost.measured(study, plan, Machine()) | paces
            basis = "as measured here"
    if not any(set(cell.pairs) - done.get(cell.run.id, set()) for cell in plan.cells):
        plan = replace(plan, cells=confirming(study, plan, store), later=())
    found = cost.forecast(plan, paces, store)
    if not found.runs:
        return []
    lines = []
    if found.seconds:
        shared = f" with {workers} workers" if workers > 1 else ""
        time = cost.spell(found.seconds / workers)
        lines.append(f"time: about {time} for {found.runs} runs{shared}, {basis}")
    if found.guessed:
        lines.append(f"counted like plain finetuning: {', '.join(found.guessed)}")
    if found.unknown:
        hint = "known by no size" if gpu else "--measure tells, or roughly --gpu a100"
        lines.append(f"time not known: {', '.join(found.unknown)}; {hint}")
    return lines
