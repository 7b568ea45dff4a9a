"""``isogloss list``: the catalogue."""

from __future__ import annotations

import json

import click

WHAT = ("methods", "tasks", "metrics", "identifiers", "models", "languages")


@click.command()
@click.argument("what", type=click.Choice(WHAT), required=False)
@click.option("--json", "as_json", is_flag=True, help="As JSON.")
def command(what: str | None, as_json: bool) -> None:
    """List one kind of thing; without a word, all but languages."""
    found = {kind: entries(kind) for kind in ([what] if what else WHAT[:-1])}
    if as_json:
        click.echo(json.dumps(found, ensure_ascii=False, indent=1))
        return
    for kind, rows in found.items():
        if not what:
            click.secho(f"\n{kind}" if kind != WHAT[0] else kind, bold=True)
        width = max((len(name) for name, _ in rows), default=0)
        for name, line in rows:
            click.echo(f"  {name:<{width}}  {line}")


def entries(what: str) -> list[tuple[str, str]]:
    """List names with a line on each; imports no plug-in."""
    if what == "languages":
        from isogloss.language.registry import languages

        return [
            (lang.code, f"{lang.name} ({lang.iso3}, {lang.script}, {lang.family})")
            for lang in languages()
        ]
    if what == "models":
        from isogloss.mini import names, path

        return [(f"mini/{n}", path(n).name and _card(n)) for n in names()]
    from isogloss import plugin

    group = what.removesuffix("s")
    known = plugin.entries(group)
    return [
        (n, (known[n].summary() if n in known else "(added)") + _checked(n, group))
        for n in plugin.names(group)
    ]


def _checked(name: str, group: str) -> str:
    """Give what became of a method's claims."""
    from isogloss.claim.checked import checked

    found = checked(name) if group == "method" else []
    return f" [{'; '.join(map(str, found))}]" if found else ""


def _card(name: str) -> str:
    from isogloss.models.family.backbone import backbone

    found = backbone(f"mini/{name}")
    return f"{found.architecture}, {found.family}, built in"
