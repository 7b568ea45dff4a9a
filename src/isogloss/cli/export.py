"""``isogloss export``: write a trained run for other programs."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import click

from isogloss.cli import option


@click.command()
@click.argument("run")
@click.argument("folder", type=click.Path(path_type=Path, file_okay=False))
@click.option(
    "--lang",
    help="Language to adapt the model to (shots, rare, arithmetic), and to answer in by default.",
)
@option.out
@option.data
@option.machine
def command(
    run: str, folder: Path, lang: str | None, out: Path, data: Path | None, **where: Any
) -> None:
    """Write RUN into FOLDER, in transformers' or peft's format, with a model card."""
    from isogloss.core.machine import Machine
    from isogloss.run.export import export

    click.echo(export(run, folder, lang=lang, out=out, data=data, machine=Machine(**where)))
