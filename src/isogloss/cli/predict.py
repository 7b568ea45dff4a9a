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
@click.option("--split", default="test", show_default=True, help="Whose ids items get.")
@click.option("--to", "target", type=click.Path(path_type=Path), help="Output file, JSONL.")
@option.out
@option.data
@option.machine
def command(
    run: str,
    file: Path,
    lang: str,
    split: str,
    target: Path | None,
    out: Path,
    data: Path | None,
    **where: Any,
) -> None:
    """Answer the inputs of FILE with RUN; labels that stand beside them are ignored.

    FILE is JSONL, CSV or TSV with the study's columns; or plain text, .txt, one input
    a line. RUN is an id of OUT, the start of one, the path of a run's folder, or the
    recipe's name in the study, such as full or "full seed=1".
    """
    from isogloss.core.machine import Machine
    from isogloss.run.use import answers, plain
    from isogloss.store.disk import replace_file

    if target is not None:
        target.parent.mkdir(parents=True, exist_ok=True)
    task, found = answers(run, file, lang, out, data, Machine(**where), split)
    lines = [json.dumps(plain(task, *pair), ensure_ascii=False) for pair in found]
    if target is None:
        click.echo("\n".join(lines))
    else:
        replace_file(target, ("\n".join(lines) + "\n").encode())
        click.echo(f"wrote {len(lines)} predictions to {target}", err=True)
