"""``isogloss rank``: which languages to learn from."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING

import click

if TYPE_CHECKING:
    from isogloss.analysis.transfer.rank import Ranking, Reason

folder = click.Path(path_type=Path, file_okay=False)


@click.command()
@click.option("--target", required=True, help="Language that the model is for.")
@click.option("--task", required=True, help="A task, or a kind: ner, pos, nli, qa, generation.")
@click.option("--candidates", help="Languages to choose from, joined by commas.")
@click.option("--corpus", type=folder, help="Text in each language, such as DIR/sw.txt.")
@click.option("--backbone", default="", help="The model that will be trained.")
@click.option("--out", type=folder, help="Results folder whose scores are learned from.")
@click.option("--likeness", type=click.Path(path_type=Path), help="Similarities of a model.")
@click.option("--top", type=click.IntRange(min=1), default=10, show_default=True)
@click.option(
    "--choose", type=click.IntRange(min=1), help="So many sources for all of --target's languages."
)
@click.option("--json", "json_", is_flag=True, help="Print JSON instead of a table.")
def command(
    target: str,
    task: str,
    candidates: str | None,
    corpus: Path | None,
    backbone: str,
    out: Path | None,
    likeness: Path | None,
    top: int,
    choose: int | None,
    json_: bool,
) -> None:
    """Rank source languages: expected score, 95 % interval and reasons.

    Scores are shares of the task's largest; reasons are points of a hundred, compared with
    the average candidate.
    """
    from isogloss.run.rank import rank

    named = None
    if candidates is not None:
        named = [lang.strip() for lang in candidates.split(",") if lang.strip()]
    every = [
        rank(one, task, named, corpus=corpus, backbone=backbone, out=out, likeness=likeness)
        for one in ([target] if choose is None else target.split(","))
    ]
    if choose is not None:
        _choose(every, choose, json_)
        return
    found = every[0]
    if json_:
        click.echo(json.dumps(found.to_json(), ensure_ascii=False))
        return
    for line in lines(found, top):
        click.echo(line)


def _choose(every: list[Ranking], size: int, json_: bool) -> None:
    """Print the sources that serve all targets together."""
    from dataclasses import asdict

    from isogloss.analysis.transfer.subset import together
    from isogloss.data.language import language

    found = together(every, size)
    if json_:
        click.echo(json.dumps(asdict(found), ensure_ascii=False))
        return
    names = ", ".join(f"{language(lang).name} ({lang})" for lang in found.sources)
    click.echo(f"Learn from {names}: the best of them is expected to reach")
    for target, score in found.by_target.items():
        click.echo(f"  {score:.3f} on {language(target).name} ({target})")
    how = "of all groups" if found.exhaustive else "taken one by one"
    click.echo(f"  {found.value:.3f} on average; {how}")


def lines(found: Ranking, top: int) -> Iterator[str]:
    """Write a ranking as text."""
    from isogloss.data.language import language

    yield f"{language(found.target).name} ({found.target}), {found.task}: what to learn from"
    yield ""
    yield f"{'':<4}{'source':<10}{'expected':<24}{'gain':<16}reasons, in points"
    for place, one in enumerate(found.sources[:top], 1):
        score = f"{one.score:.3f} [{one.low:.3f}, {one.high:.3f}]"
        gain = f"{one.gain * 100:+.1f} ± {one.error * 196:.1f}"
        why = ", ".join(map(reason, one.reasons)) or "none"
        if one.tested is not None:
            why = f"your runs {one.tested:.3f}; {why}"
        yield f"{place:<4}{one.lang:<10}{score:<24}{gain:<16}{why}"
    if len(found.sources) > top:
        yield f"… and {len(found.sources) - top} more: --top {len(found.sources)}"
    yield ""
    yield f"Rests on {'; '.join(found.basis)}."
    yield from (f"Note: {note}." for note in found.notes)


def reason(one: Reason) -> str:
    """Write a reason with its fact."""
    name = one.name.replace("_", " ")
    fact = "" if one.fact is None else f" {one.fact:.3g}"
    return f"{name}{fact} ({one.value * 100:+.1f})"
