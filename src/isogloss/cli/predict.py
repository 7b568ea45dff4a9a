"""``isogloss predict``: answer a file of inputs with a trained run."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import click

from isogloss.cli import option


@click.command()
@click.argument("run")
@click.argument("file", type=click.Path(path_type=Path))
@click.option("--lang", required=True, help="Language of the inputs.")
@click.option("--to", "target", type=click.Path(path_type=Path), help="Output file, JSONL.")
@option.out
@option.data
@option.machine
def command(
    run: str,
    file: Path,
    lang: str,
    target: Path | None,
    out: Path,
    data: Path | None,
    **where: Any,
) -> None:
    """Answer FILE (JSONL, CSV or TSV with the task's fields as columns) with RUN.

    RUN is an id below OUT/runs, or the path of a run's folder.
    """
    from isogloss.core.machine import Machine
    from isogloss.run.answer import answer

    lines = [
        json.dumps({"id": p.id, "lang": lang, "prediction": p.value}, ensure_ascii=False)
        for p in answer(run, file, lang, out=out, data=data, machine=Machine(**where))
    ]
    if target is None:
        click.echo("\n".join(lines))
    else:
        target.write_text("\n".join(lines) + "\n", encoding="utf-8")
        click.echo(f"wrote {len(lines)} predictions to {target}", err=True)
