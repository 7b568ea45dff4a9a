"""``isogloss new``: a plug-in file of your own and its test, to be changed."""

from __future__ import annotations

from pathlib import Path

import click

GROUPS = ("method", "task", "kind", "metric")
TEMPLATES = Path(__file__).with_name("template")
TAKEN = ("Context", "Example", "Generate", "IsoglossError", "Kind", "Method", "Metric", "Number")
"""Names that the files import, and no class of theirs can have."""


@click.command()
@click.argument("group", type=click.Choice(GROUPS))
@click.argument("name")
@click.option(
    "--to", type=click.Path(path_type=Path), default=Path(), help="Folder; this one by default."
)
def command(group: str, name: str, to: Path) -> None:
    """Write a method, task, kind or metric that works, and its test, to be changed."""
    for path in write(group, name, to):
        click.echo(path)
    click.echo(f"pytest {to / f'test_{name}.py'} checks it; see docs/plugin.md", err=True)


def write(group: str, name: str, folder: Path) -> list[Path]:
    """Write a plug-in file and its test; an error leaves neither.

    Raises:
        IsoglossError: a name that can't be used, or a file that is there.
    """
    from string import Template

    texts = {
        folder / f"{name}.py": TEMPLATES / f"{group}.txt",
        folder / f"test_{name}.py": TEMPLATES / f"{group}_test.txt",
    }
    title = "".join(word.title() for word in name.split("_"))
    _check(group, name, title, folder, [*texts])
    made = {
        path: Template(text.read_text(encoding="utf-8")).substitute(name=name, Name=title)
        for path, text in texts.items()
    }
    folder.mkdir(parents=True, exist_ok=True)
    for path, text in made.items():
        path.write_text(text, encoding="utf-8")
    return [*texts]


def _check(group: str, name: str, title: str, folder: Path, paths: list[Path]) -> None:
    import keyword
    import re

    from isogloss import plugin
    from isogloss.core.errors import IsoglossError

    if not re.fullmatch(r"[a-z][a-z0-9_]*", name) or keyword.iskeyword(name):
        what = f"'{name}' is no name for a {group}"
        raise IsoglossError(what, "write small letters, digits and underscores: my_method")
    if name.startswith("test_") or title in TAKEN:
        raise IsoglossError(f"'{name}' is taken by what the file needs", "take another name")
    for each in (group, "metric", "head") if group == "kind" else (group,):
        if name in plugin.names(each):
            raise IsoglossError(f"{each} '{name}' exists already", "take another name")
    if folder.exists() and not folder.is_dir():
        raise IsoglossError(f"'{folder}' is no folder", "give a folder with --to")
    for path in paths:
        if path.exists():
            raise IsoglossError(f"'{path}' is there already", "move it, or take another name")
