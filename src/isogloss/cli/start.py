"""``isogloss start``: from labelled data to a study."""

from __future__ import annotations

from pathlib import Path

import click

from isogloss.cli.option import Langs

FILE = click.Path(path_type=Path, dir_okay=False)


@click.command()
@click.argument("train", type=FILE, nargs=-1, required=True)
@click.option("--from", "source", required=True, type=Langs(), help="Languages of the data.")
@click.option("--to", "targets", required=True, type=Langs(), help="Languages, by commas.")
@click.option("--dev", type=FILE, help="Labelled data to choose by.")
@click.option("--test", type=FILE, help="Labelled data to score, with {lang} for the language.")
@click.option("--model", help="Backbone: a hub id or a folder.")
@click.option("--translator", help="Translation model: a hub id or a folder.")
@click.option("--out", type=FILE, default=Path("study.toml"), show_default=True)
def command(
    train: tuple[Path, ...], source: list[str], targets: list[str], out: Path, **given: object
) -> None:
    """Look at labelled data and write a commented study with sane references.

    For several languages of --from give a file each, in their order, or one path with
    {lang} in it, or one file with a column that tells the language.
    """
    from isogloss.advise.start import study_text
    from isogloss.core.errors import IsoglossError

    if out.exists():
        raise IsoglossError(f"'{out}' exists already", "name another file with --out")
    text = study_text(
        train,
        source=source,
        targets=targets,
        base=out.parent,
        **given,  # type: ignore[arg-type]
    )
    out.parent.mkdir(parents=True, exist_ok=True)
    out.write_text(text, encoding="utf-8")
    click.echo(text)
    click.echo(f"wrote {out}; next: isogloss plan {out}", err=True)
