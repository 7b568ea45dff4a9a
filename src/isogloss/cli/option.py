"""Options that several commands share."""

from __future__ import annotations

import math
from collections.abc import Callable
from pathlib import Path
from typing import Any, TextIO, TypeVar

import click

from isogloss.core.errors import IsoglossError


class Number(click.FloatRange):
    """A number of a range, and no `nan` or `inf`, which every range lets in or may."""

    name = "number"

    def convert(self, value: Any, param: Any, ctx: Any) -> float:
        """Read the number."""
        found = super().convert(value, param, ctx)
        if not math.isfinite(found):
            self.fail(f"{value} is no finite number", param, ctx)
        return found


class Langs(click.ParamType):  # type: ignore[type-arg]  # click 8.1 has none
    """Languages in any of their codes, joined by commas, with spaces or without."""

    name = "languages"

    def convert(self, value: Any, param: Any, ctx: Any) -> list[str]:
        """Read the languages."""
        from isogloss.language.registry import canonical

        codes = [code.strip() for code in value.split(",")]
        if not any(codes):
            raise IsoglossError(
                f"{param.opts[0]} names no language", "write codes with commas: sw,eu"
            )
        return [canonical(code) for code in codes if code]


F = TypeVar("F", bound=Callable[..., Any])

out = click.option(
    "--out", type=click.Path(path_type=Path, file_okay=False), default=Path("out"),
    show_default=True, help="Results folder; runs lie in its folder runs.",
)  # fmt: skip
data = click.option(
    "--data", type=click.Path(path_type=Path, file_okay=False, exists=True),
    help="Folder of real data; without it data come from the hub.",
)  # fmt: skip
study = click.argument("study", type=click.Path(path_type=Path))
workers = click.option(
    "--workers", type=click.IntRange(min=1), default=1, show_default=True,
    help="Processes on this machine that share the work.",
)  # fmt: skip


def writing(path: Path) -> TextIO:
    """Open a file that the user named, to write text.

    Raises:
        IsoglossError: nothing can be written there.
    """
    try:
        # what is no text, such as a byte in a file's name, is written as its code
        return path.open("w", encoding="utf-8", errors="backslashreplace")
    except OSError as error:
        raise IsoglossError(f"can't write {path}: {error.strerror}", "name another file") from None


def machine(command: F) -> F:
    """Add the options that say where a run runs."""
    for option in (
        click.option("--device", default="auto", show_default=True, help="auto, cpu or cuda:N."),
        click.option(
            "--precision", type=click.Choice(["auto", "fp32", "bf16"]), default="auto",
            show_default=True, help="Arithmetic of the forward pass.",
        ),
        click.option(
            "--micro-tokens", type=click.IntRange(min=64), default=16384, show_default=True,
            help="Padded tokens per forward pass; lower it when memory runs out.",
        ),
        click.option("--threads", type=click.IntRange(min=1), default=1, show_default=True),
        click.option("--checkpointing", is_flag=True, help="Trade time for memory."),
    ):  # fmt: skip
        command = option(command)
    return command
