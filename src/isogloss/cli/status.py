"""``isogloss status``: what is done, failed and missing."""

from __future__ import annotations

from pathlib import Path

import click

from isogloss.cli import option


@click.command()
@click.argument("study", type=click.Path(path_type=Path), required=False)
@option.out
@option.data
def command(study: Path | None, out: Path, data: Path | None) -> None:
    """Tell what is done and failed; with a study, also what is missing."""
    from isogloss.core.errors import IsoglossError
    from isogloss.run.definition import agree
    from isogloss.store import Store
    from isogloss.study.confirm import confirming
    from isogloss.study.plan import plan_study
    from isogloss.study.study import Study

    if not out.exists():
        raise IsoglossError(f"no results folder '{out}'", "name one with --out")
    store = Store(out)
    done, errors = store.done(), store.errors()
    if study is None:
        for key, run in store.runs().items():
            state = "failed" if key in errors else f"{len(done.get(key, ()))} scores"
            name = store.name(key)
            told = f"{run.recipe or '(plain)'}  lr {run.fit.lr:g}  seed {run.seed}  {state}"
            click.echo(f"{key}  {name:<16} {run.task}  {run.model}  {told}")
    else:
        missing = 0
        asked = Study.load(study, data=data)
        agree(asked.tasks_by_name().values(), store)
        plan = plan_study(asked)
        for cell in (*plan.cells, *confirming(asked, plan, store)):
            left = [f"{a} {b}" for a, b in cell.pairs if (a, b) not in done.get(cell.run.id, ())]
            missing += len(left)
            state = "failed" if cell.run.id in errors else "missing" if left else "done"
            click.echo(f"{cell.run.id}  {cell.label:<16} {state}  {', '.join(left)}".rstrip())
        click.echo(f"{missing} scores missing")
    for kind, what in (("weights", "trainings"), ("adapted", "adaptations")):
        folders, unfinished, size = store.used(kind)
        if folders:
            open_ = f", {unfinished} unfinished" if unfinished else ""
            click.echo(f"{out / kind}: {folders} {what}{open_}, {size / 1e6:.1f} MB")
    for key, error in errors.items():
        click.echo(f"failed: {key}: {error.get('error', '')}")
