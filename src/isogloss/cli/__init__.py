"""The command line: a thin shell over what Python does too."""

from __future__ import annotations

import importlib
import io
import logging
import os
import signal
import sys
from typing import Any

import click

from isogloss.core.disk import unreached
from isogloss.core.errors import IsoglossError, nearest
from isogloss.core.stop import listening

COMMANDS = {
    "demo": "Train and compare on the built-in world; writes a report.",
    "list": "List methods, tasks, metrics, identifiers, models or languages.",
    "show": "Show one method, task, metric, identifier, model, language or run.",
    "start": "Look at labelled data and write a commented study for it.",
    "plan": "Show what a study will do, without training.",
    "run": "Run what is not done yet of a study.",
    "status": "Tell what is done, failed and missing.",
    "similarity": "Compare languages by typology, by data and by a model.",
    "rank": "Rank source languages for a target, with reasons.",
    "forecast": "Forecast a study's scores, and which language to label next.",
    "report": "Write the report of a results folder.",
    "predict": "Answer a file of inputs with a trained run.",
    "fidelity": "Tell how often texts are in the language asked for.",
    "annotate": "Have native speakers judge outputs, and read it back.",
    "evaluate": "Score a file of any system's outputs.",
    "export": "Write a trained run for plain transformers or peft.",
    "new": "Write a method, task, kind or metric of your own, with its test.",
    "mini": "Pretrain the built-in backbones.",
}
"""Their one-line helps stand here, so that ``--help`` imports none of them."""


class _Lazy(click.Group):
    """A group whose commands are imported when they are called."""

    def list_commands(self, ctx: click.Context) -> list[str]:
        return [*COMMANDS]

    def get_command(self, ctx: click.Context, name: str) -> click.Command | None:
        if name not in COMMANDS:
            return None
        found: click.Command = importlib.import_module(f"isogloss.cli.{name}").command
        return found

    def format_commands(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        with formatter.section("Commands"):
            formatter.write_dl([*COMMANDS.items()])

    def resolve_command(self, ctx: click.Context, args: list[str]) -> Any:
        if args and args[0] not in COMMANDS and not args[0].startswith("-"):
            near = nearest(args[0], COMMANDS)
            hint = f"did you mean '{near}'?" if near else f"commands: {', '.join(COMMANDS)}"
            raise IsoglossError(f"unknown command '{args[0]}'", hint)
        return super().resolve_command(ctx, args)


@click.group(cls=_Lazy, context_settings={"help_option_names": ["-h", "--help"]})
@click.version_option(package_name="isogloss")
@click.option("--plugin", "plugins", multiple=True, metavar="FILE", help="Load a plug-in file.")
@click.option("--debug", is_flag=True, help="Show tracebacks.")
def cli(plugins: tuple[str, ...], debug: bool) -> None:
    """Carry a task across languages with multilingual pretrained models."""
    from pathlib import Path

    from isogloss import plugin

    for path in plugins:
        plugin.add(Path(path))


def main(args: list[str] | None = None) -> None:
    """Run the command line and exit: 0 done, 1 work failed, 2 the user's error."""
    # libgomp's spinning makes a training up to 90 times slower beside a busy neighbour.
    os.environ.setdefault("OMP_WAIT_POLICY", "passive")
    args = sys.argv[1:] if args is None else args
    for stream in (sys.stdout, sys.stderr):
        if isinstance(stream, io.TextIOWrapper):  # a text may hold what no encoding can write
            stream.reconfigure(errors="backslashreplace")
    logging.basicConfig(format="%(message)s", stream=sys.stderr)
    debug = "--debug" in args
    logging.getLogger("isogloss").setLevel(logging.DEBUG if debug else logging.INFO)
    try:
        with listening({signal.SIGINT: KeyboardInterrupt}):
            cli.main(args, prog_name="isogloss", standalone_mode=False)
    except IsoglossError as error:
        if debug:
            raise
        click.echo(f"isogloss: {error}", err=True)
        sys.exit(error.code)
    except click.exceptions.Exit as stop:
        sys.exit(stop.exit_code)
    except click.ClickException as error:
        error.show()
        sys.exit(2)
    except (click.Abort, KeyboardInterrupt):
        click.echo("isogloss: interrupted; the same command goes on from here", err=True)
        sys.exit(130)
    except BrokenPipeError:
        sys.stderr.close()
        sys.exit(0)
    except OSError as error:
        if debug:
            raise
        click.echo(f"isogloss: {unreached(error)}", err=True)
        sys.exit(2)
