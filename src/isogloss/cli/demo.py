"""``isogloss demo``: the main job on the built-in world."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import click

from isogloss.cli import option


@click.command()
@option.out
@option.workers
@option.machine
def command(out: Path, workers: int, **where: Any) -> None:
    """Finetune a small mT5 on English alone, and see which languages it keeps."""
    from isogloss import report
    from isogloss.core.machine import Machine
    from isogloss.study.grid import run_study
    from isogloss.study.study import Study

    study = Study.load(Path(__file__).with_name("demo.toml"))
    results = run_study(study, out, machine=Machine(**where), workers=workers)
    built = report.build(results)
    click.echo(report.summary(built))
    for path in report.write(built, out):
        click.echo(path)
