"""``isogloss rank``: which languages to learn from."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING

import click

from isogloss.cli.option import Langs
from isogloss.core.errors import IsoglossError

if TYPE_CHECKING:
    from isogloss.relation.transfer.rank import Ranking, Reason, Source

folder = click.Path(path_type=Path, file_okay=False)


@click.command()
@click.option(
    "--target", type=Langs(), required=True,
    help="Language that the model is for; with --choose several, joined by commas.",
)  # fmt: skip
@click.option("--task", required=True, help="A task, or a kind: ner, pos, nli, qa, generation.")
@click.option("--candidates", type=Langs(), help="Languages to choose from, joined by commas.")
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
    target: list[str],
    task: str,
    candidates: list[str] | None,
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
    the average candidate. Where no score tells the sources apart, it says so and gives no places.
    """
    from isogloss.advise.rank import rank

    if choose is None and len(target) > 1:
        raise IsoglossError(
            f"--target names {len(target)} languages", "take --choose 1, or rank for each by itself"
        )
    every = [
        rank(lang, task, candidates, corpus=corpus, backbone=backbone, out=out, likeness=likeness)
        for lang in target
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

    from isogloss.language.registry import find_language
    from isogloss.relation.transfer.subset import together

    found = together(every, size)
    if json_:
        click.echo(json.dumps(asdict(found), ensure_ascii=False))
        return
    names = ", ".join(f"{find_language(lang).name} ({lang})" for lang in found.sources)
    click.echo(f"Learn from {names}: the best of them is expected to reach")
    for target, score in found.by_target.items():
        click.echo(f"  {score:.3f} on {find_language(target).name} ({target})")
    how = "of all groups" if found.exhaustive else "taken one by one"
    click.echo(f"  {found.value:.3f} on average; {how}")


def lines(found: Ranking, top: int) -> Iterator[str]:
    """Write a ranking as text."""
    from isogloss.language.registry import find_language

    yield f"{find_language(found.target).name} ({found.target}), {found.task}: what to learn from"
    yield ""
    yield from _told(found, top) if found.told else _guessed(found, top)
    if len(found.sources) > top:
        yield f"… and {len(found.sources) - top} more: --top {len(found.sources)}"
    yield ""
    yield f"The order goes by {found.decides}."
    yield f"Rests on {'; '.join(found.basis)}."
    yield from _proposed(found)
    yield from (f"Note: {note}." for note in found.notes)


def _told(found: Ranking, top: int) -> Iterator[str]:
    yield f"{'':<4}{'source':<10}{'expected':<24}{'gain':<16}reasons, in points"
    for place, one in enumerate(found.sources[:top], 1):
        score = f"{one.score:.3f} [{one.low:.3f}, {one.high:.3f}]"
        gain = f"{one.gain * 100:+.1f} ± {one.error * 196:.1f}"
        why = ", ".join(map(reason, one.reasons)) or "none"
        yield f"{place:<4}{one.lang:<10}{score:<24}{gain:<16}{_tested(one)}{why}"


def _guessed(found: Ranking, top: int) -> Iterator[str]:
    """Write sources that nothing tells apart: no places and no gains."""
    several = len(found.sources) > 1
    if several and not found.own:
        yield "No evidence: no score at hand tells these sources apart; the order is a guess."
    elif several:
        yield "Too little evidence: your scores don't tell the first from the average source;"
        yield "the order is a guess."
    whose = "Each" if several else "It"
    yield f"{whose} is expected at {found.level:.3f} [{found.low:.3f}, {found.high:.3f}]."
    yield ""
    yield f"{'source':<10}{'best with':<12}what speaks for it"
    for one in found.sources[:top]:
        why = ", ".join(_fact(each) for each in one.reasons if each.value > 0) or "nothing"
        yield f"{one.lang:<10}{one.best:<12.0%}{_tested(one)}{why}"


def _tested(one: Source) -> str:
    return "" if one.tested is None else f"your runs {one.tested:.3f}; "


def _proposed(found: Ranking) -> Iterator[str]:
    """Name the runs that would help most."""
    here, there = found.on_target, found.elsewhere
    if here.runs:
        langs = ", ".join(run.source for run in here.runs)
        yield (
            f"Runs that would tell most: train on {langs}, each alone, and test on {found.target}: "
            f"the gains' errors fall to {here.left:.0%}."
        )
    if there.runs:
        pairs = ", ".join(f"{run.source} to {run.target}" for run in there.runs)
        yield f"Without test data in {found.target}: {pairs}: to {there.left:.0%}."


def reason(one: Reason) -> str:
    """Write a reason with its fact."""
    return f"{_fact(one)} ({one.value * 100:+.1f})"


def _fact(one: Reason) -> str:
    name = one.name.replace("_", " ")
    return name if one.fact is None else f"{name} {one.fact:.3g}"
