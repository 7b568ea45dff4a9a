"""``isogloss evaluate``: score a file of any system's outputs."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import click

from isogloss.cli import option

if TYPE_CHECKING:
    from isogloss.core.task import Task


@click.command()
@click.argument("file", type=click.Path(path_type=Path))
@click.option("--task", help="The task whose items were answered.")
@click.option("--run", "run", help="Or a run, by id or name: the task is that of the run.")
@click.option("--lang", help="Language of the file; else its column lang.")
@click.option("--as", "name", help="Enter the scores into OUT under this name.")
@click.option("--study", type=click.Path(path_type=Path), help="The study that defines the task.")
@click.option("--split", default="test", show_default=True, help="Whose items were answered.")
@click.option("--malformed", is_flag=True, help="Count what can't be read as wrong.")
@option.out
@option.data
def command(
    file: Path,
    task: str | None,
    run: str | None,
    lang: str | None,
    name: str | None,
    study: Path | None,
    split: str,
    malformed: bool,
    out: Path,
    data: Path | None,
) -> None:
    """Score FILE: JSONL, CSV or TSV with columns id and prediction.

    The task is one of the catalogue, of --study, or of the runs in OUT.
    """
    from isogloss.core.errors import IsoglossError
    from isogloss.run.evaluate import evaluate

    asked, data = _task(task, run, study, out, data)
    rows = evaluate(
        file, asked, lang=lang, name=name, split=split, out=out, data=data, malformed=malformed
    )
    if all(row.value is None for row in rows):
        what = f"the {split} items of {asked.name} in {', '.join({r.target for r in rows})}"
        raise IsoglossError(f"{what} have no labels to score against", "label them")
    for row in rows:
        if row.value is not None and row.condition == "":
            interval = f"[{row.low:.3f}, {row.high:.3f}]"
            click.echo(f"{row.target:<8} {row.metric:<20} {row.value:.3f} {interval} n={row.n}")
        elif row.note and row.condition == "":
            click.echo(f"{row.target:<8} {row.metric:<20} -     {row.note}".rstrip())
    if name:
        click.echo(f"entered into {out} as {name}", err=True)


def _task(
    task: str | None, run: str | None, study: Path | None, out: Path, data: Path | None
) -> tuple[Task, Path | None]:
    """Find the task that is asked for, and the folder of real data."""
    from isogloss.core.errors import IsoglossError
    from isogloss.run.evaluate import known, of_run
    from isogloss.store import find
    from isogloss.study.study import Study

    if run is not None:
        return of_run(*find(run, out), data)
    if task is None:
        raise IsoglossError("which task was answered?", "name it with --task, or a run with --run")
    own = Study.load(study, data=data).own if study is not None else {}
    return (own[task], data) if task in own else known(task, out, data)
