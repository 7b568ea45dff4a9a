"""``isogloss run``: run what is not done yet of a study."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import click

from isogloss.cli import option


@click.command()
@option.study
@option.out
@option.data
@option.workers
@option.machine
@click.option("--trust-remote-code", is_flag=True, help="Run code that a hub model brings.")
def command(
    study: Path, out: Path, data: Path | None, workers: int, trust_remote_code: bool, **where: Any
) -> None:
    """Run what is not done yet of a study; running it again costs nothing.

    Several such commands, on several machines too, can share one results folder.
    """
    from isogloss.core.machine import Machine
    from isogloss.report import build, summary
    from isogloss.study.grid import run_study
    from isogloss.study.study import Study

    found = Study.load(study, data=data)
    machine = Machine(**where)
    results = run_study(found, out, machine=machine, trust=trust_remote_code, workers=workers)
    click.echo(summary(build(results)))
    click.echo(f"isogloss report {out} writes the whole report", err=True)
