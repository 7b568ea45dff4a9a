"""``isogloss export``: write a trained run for other programs."""

from __future__ import annotations

from pathlib import Path

import click

from isogloss.cli import option


@click.command()
@click.argument("run")
@click.argument("folder", type=click.Path(path_type=Path, file_okay=False))
@option.out
@option.data
def command(run: str, folder: Path, out: Path, data: Path | None) -> None:
    """Write RUN into FOLDER, in transformers' or peft's format, with a model card."""
    from isogloss.run.export import export

    click.echo(export(run, folder, out=out, data=data))
