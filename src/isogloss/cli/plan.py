"""``isogloss plan``: what a study will do."""

from __future__ import annotations

from pathlib import Path

import click

from isogloss.cli import option


@click.command()
@option.study
@option.data
@option.out
def command(study: Path, data: Path | None, out: Path) -> None:
    """Show a study's runs, what is skipped and why, and the training it shares."""
    from isogloss.run.study import Study
    from isogloss.store import Store

    plan = Study.load(study, data=data).plan()
    done = Store(out).done() if out.exists() else {}
    for cell in plan.cells:
        run = cell.run
        left = [pair for pair in cell.pairs if pair not in done.get(run.id, ())]
        state = "done" if not left else f"{len(left)} of {len(cell.pairs)} scores to do"
        click.echo(
            f"{run.id}  {cell.label:<16} {run.task}  {run.model}  {'+'.join(run.sources)}  "
            f"lr {run.fit.lr:g}  seed {run.seed}  {state}"
        )
    for what, reason in plan.skipped:
        click.echo(f"skipped: {what}: {reason}")
    for warning in plan.warnings:
        click.echo(f"warning: {warning}")
    click.echo(f"{len(plan.cells)} runs, {plan.trainings} trainings, {plan.shared} shared")
