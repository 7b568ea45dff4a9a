"""``isogloss report``: the report of a results folder."""

from __future__ import annotations

import gc
from pathlib import Path

import click

FORMS = ("latex", "bibtex", "csv", "markdown")


@click.command()
@click.argument("out", type=click.Path(path_type=Path), required=False)
@click.option("--out", "folder", type=click.Path(path_type=Path), help="The same as OUT.")
@click.option("--table", type=click.Choice(FORMS), help="Print a table for a paper instead.")
@click.option("--task", help="Only this task.")
@click.option("--select", help="Take the rates by this policy, such as oracle; retrains nothing.")
def command(
    out: Path | None,
    folder: Path | None,
    table: str | None,
    task: str | None,
    select: str | None,
) -> None:
    """Write report.html, report.md and report.json into a results folder."""
    # Rows are many and hold no cycles: looking for some takes a seventh of the time.
    gc.disable()
    try:
        _write(out or folder or Path("out"), table, task, select)
    finally:
        gc.enable()


def _write(out: Path, table: str | None, task: str | None, select: str | None) -> None:
    from isogloss import report
    from isogloss.core.errors import IsoglossError
    from isogloss.store import Store

    if not (out / "runs").is_dir():
        raise IsoglossError(f"no results in '{out}'", "give the folder that --out of run named")
    built = report.build(Store(out).results(), task=task, select=select)
    if table:
        click.echo(report.table(built, table))
        return
    for line in report.claims(built):
        click.echo(line)
    for path in report.write(built, out):
        click.echo(path)
