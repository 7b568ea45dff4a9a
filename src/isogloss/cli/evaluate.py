"""``isogloss evaluate``: score a file of any system's outputs."""

from __future__ import annotations

from pathlib import Path

import click

from isogloss.cli import option


@click.command()
@click.argument("file", type=click.Path(path_type=Path))
@click.option("--task", required=True, help="The task whose test items were answered.")
@click.option("--lang", help="Language of the file; else its column lang.")
@click.option("--as", "name", help="Enter the scores into OUT under this name.")
@click.option("--study", type=click.Path(path_type=Path), help="The study that defines the task.")
@click.option("--split", default="test", show_default=True)
@option.out
@option.data
def command(
    file: Path,
    task: str,
    lang: str | None,
    name: str | None,
    study: Path | None,
    split: str,
    out: Path,
    data: Path | None,
) -> None:
    """Score FILE: JSONL, CSV or TSV with columns id and prediction."""
    from isogloss.core.errors import IsoglossError
    from isogloss.run.outside import evaluate
    from isogloss.run.study import Study

    if study is not None:
        Study.load(study, data=data)
    rows = evaluate(file, task, lang=lang, name=name, split=split, out=out, data=data)
    if not rows:
        raise IsoglossError(f"{file} answers no test item of {task}", "check its ids and languages")
    for row in rows:
        if row.value is not None and row.condition == "":
            interval = f"[{row.low:.3f}, {row.high:.3f}]"
            click.echo(f"{row.target:<8} {row.metric:<20} {row.value:.3f} {interval} n={row.n}")
    if name:
        click.echo(f"entered into {out} as {name}", err=True)
