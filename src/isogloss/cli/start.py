"""``isogloss start``: from labelled data to a study."""

from __future__ import annotations

from pathlib import Path

import click

FILE = click.Path(path_type=Path, dir_okay=False)


def _codes(ctx: click.Context, option: click.Parameter, value: str) -> list[str]:
    from isogloss.data.language import canonical

    return [canonical(code.strip()) for code in value.split(",") if code.strip()]


@click.command()
@click.argument("train", type=FILE)
@click.option("--from", "source", required=True, help="Language of the data.")
@click.option("--to", "targets", required=True, callback=_codes, help="Languages, by commas.")
@click.option("--dev", type=FILE, help="Labelled data to choose by.")
@click.option("--test", type=FILE, help="Labelled data to score, with {lang} for the language.")
@click.option("--model", help="Backbone: a hub id or a folder.")
@click.option("--translator", help="Translation model: a hub id or a folder.")
@click.option("--out", type=FILE, default=Path("study.toml"), show_default=True)
def command(train: Path, source: str, targets: list[str], out: Path, **given: object) -> None:
    """Look at labelled data and write a commented study with sane references."""
    from isogloss.core.errors import IsoglossError
    from isogloss.data.language import canonical
    from isogloss.run.start import study_text

    if out.exists():
        raise IsoglossError(f"'{out}' exists already", "name another file with --out")
    text = study_text(
        train,
        source=canonical(source),
        targets=targets,
        base=out.parent,
        **given,  # type: ignore[arg-type]
    )
    out.write_text(text, encoding="utf-8")
    click.echo(text)
    click.echo(f"wrote {out}; next: isogloss plan {out}", err=True)
