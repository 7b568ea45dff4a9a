"""``isogloss mini``: the built-in backbones."""

from __future__ import annotations

from pathlib import Path

import click


@click.group()
def command() -> None:
    """Work on the built-in backbones."""


@command.command()
@click.argument("names", nargs=-1)
@click.option(
    "--out", type=click.Path(path_type=Path), default=Path("weights"), show_default=True,
    help="A folder for each backbone is made in it.",
)  # fmt: skip
@click.option("--steps", type=click.IntRange(min=1), help="Updates; else those of the card.")
@click.option("--seed", type=int, default=0, show_default=True)
@click.option("--fresh", is_flag=True, help="Start over instead of going on.")
def pretrain(names: tuple[str, ...], out: Path, steps: int | None, seed: int, fresh: bool) -> None:
    """Pretrain backbones on the built-in world: mt5, mbart, nllb, xlmr, gpt; or all."""
    from isogloss import mini
    from isogloss.core.errors import unknown
    from isogloss.mini.pretrain import pretrain as train

    for name in names:
        if name not in mini.names():
            raise unknown("backbone", name, mini.names())
    for name in names or mini.names():
        click.echo(train(name, out / name, steps=steps, seed=seed, resume=not fresh))
