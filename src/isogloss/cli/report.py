"""``isogloss report``: the report of a results folder."""

from __future__ import annotations

from pathlib import Path

import click

FORMS = ("latex", "csv", "markdown")


@click.command()
@click.argument("out", type=click.Path(path_type=Path), required=False)
@click.option("--out", "folder", type=click.Path(path_type=Path), help="The same as OUT.")
@click.option("--table", type=click.Choice(FORMS), help="Print a table for a paper instead.")
@click.option("--task", help="Only this task.")
def command(out: Path | None, folder: Path | None, table: str | None, task: str | None) -> None:
    """Write report.html, report.md and report.json into a results folder."""
    from isogloss import report
    from isogloss.core.errors import IsoglossError
    from isogloss.store import Store

    out = out or folder or Path("out")
    if not (out / "runs").is_dir():
        raise IsoglossError(f"no results in '{out}'", "give the folder that --out of run named")
    built = report.build(Store(out).results(), task=task)
    if table:
        click.echo(report.table(built, table))
        return
    for path in report.write(built, out):
        click.echo(path)
