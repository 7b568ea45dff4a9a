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
@click.option(
    "--finding",
    type=click.Path(path_type=Path, dir_okay=False),
    metavar="FILE.md",
    help="Write the study's finding instead, with pictures and evidence in a folder beside it.",
)
@click.option("--select", help="Take the rates by this policy, such as oracle; retrains nothing.")
def command(
    out: Path | None,
    folder: Path | None,
    table: str | None,
    task: str | None,
    finding: Path | None,
    select: str | None,
) -> None:
    """Write report.html, report.md and report.json into a results folder.

    With --finding, OUT may be packed evidence: its page is made again.
    """
    # Rows are many and hold no cycles: looking for some takes a seventh of the time.
    gc.disable()
    try:
        _write(out or folder or Path("out"), table, task, finding, select)
    finally:
        gc.enable()


def _write(
    out: Path, table: str | None, task: str | None, finding: Path | None, select: str | None
) -> None:
    from isogloss import report
    from isogloss.core.errors import IsoglossError
    from isogloss.store import Store

    if not (out / "runs").is_dir() and not (finding and out.is_file()):
        raise IsoglossError(f"no results in '{out}'", "give the folder that --out of run named")
    if finding:
        for path in _finding(out, finding):
            click.echo(path)
        return
    built = report.build(Store(out).results(), task=task, select=select)
    if table:
        click.echo(report.table(built, table))
        return
    for line in report.claims(built):
        click.echo(line)
    for path in report.write(built, out):
        click.echo(path)


def _finding(out: Path, path: Path) -> list[Path]:
    from isogloss.analysis.archive import Packed
    from isogloss.core.errors import IsoglossError
    from isogloss.report import finding
    from isogloss.store import Store

    if path.suffix != ".md":
        raise IsoglossError(
            f"a finding is a page in markdown, not '{path.name}'", "name it NAME.md"
        )
    return finding.write(Packed(out) if out.is_file() else Store(out), path)
