"""``isogloss similarity``: how near languages are to each other."""

from __future__ import annotations

import csv
import json
import shutil
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING

import click

from isogloss.cli.option import Langs

if TYPE_CHECKING:
    from isogloss.relation.similarity import Matrix, Similarity

folder = click.Path(path_type=Path, file_okay=False)


@click.command()
@click.option("--langs", type=Langs(), help="Languages, joined by commas; else those of the data.")
@click.option("--kind", "kinds", multiple=True, help="A distance of typology; else all of them.")
@click.option("--corpus", type=folder, help="Text in each language, such as DIR/sw.txt.")
@click.option("--backbone", default="", help="Model whose tokenizer splits the corpus.")
@click.option("--model", default="", help="Model that reads the parallel text.")
@click.option("--texts", type=folder, help="Parallel text for the model, a file a language.")
@click.option("--measure", default="cosine", help="cosine, cka, svcca or retrieval.")
@click.option("--pool", default="mean", help="mean, weighted_early, weighted_late or last.")
@click.option("--layer", type=int, help="The model's layer; 0 is the embeddings.")
@click.option("--most", type=click.IntRange(2), help="Sentences that the model reads at most.")
@click.option("--memory", is_flag=True, help="Ask how well the model fills in the texts, too.")
@click.option("--out", type=folder, help="Write a page, JSON and CSV files here.")
@click.option("--json", "json_", is_flag=True, help="Print JSON instead of tables.")
def command(
    langs: list[str] | None,
    kinds: tuple[str, ...],
    corpus: Path | None,
    backbone: str,
    model: str,
    texts: Path | None,
    measure: str,
    pool: str,
    layer: int | None,
    most: int | None,
    memory: bool,
    out: Path | None,
    json_: bool,
) -> None:
    """Compare languages by typology, by their data, and by a model.

    What is not known stays empty: nothing is filled in.
    """
    from isogloss.advise.similarity import similarity

    found = similarity(
        langs,
        kinds or None,
        corpus=corpus,
        backbone=backbone,
        model=model,
        texts=texts,
        measure=measure,
        pool=pool,
        layer=layer,
        most=most,
        memory=memory,
    )
    content = json.dumps(found.to_json(), ensure_ascii=False)
    if json_:
        click.echo(content)
    else:
        for line in lines(found):
            click.echo(line)
    if out:
        write(found, out)
        click.echo(f"wrote {out / 'similarity.html'}", err=json_)


def write(found: Similarity, out: Path) -> None:
    """Write the page, everything as JSON, a CSV file for each matrix, and all layers."""
    from isogloss.core.errors import IsoglossError
    from isogloss.core.formula import guard
    from isogloss.report.similarity import page

    try:
        out.mkdir(parents=True, exist_ok=True)
        (out / "similarity.html").write_text(page(found), encoding="utf-8")
        content = json.dumps(found.to_json(), ensure_ascii=False, indent=1)
        (out / "similarity.json").write_text(content + "\n", encoding="utf-8")
        if found.likeness is not None:
            found.likeness.save(out / "likeness.json")
        for one in found.matrices:
            with (out / f"{one.name}.csv").open("w", encoding="utf-8", newline="") as file:
                rows = csv.writer(file)
                rows.writerow(["", *map(guard, found.langs)])
                for lang, row in zip(found.langs, one.values, strict=True):
                    rows.writerow([guard(lang), *("" if v is None else f"{v:.6g}" for v in row)])
    except OSError as error:
        raise IsoglossError(
            f"can't write in {out}: {error.strerror}", "name another folder"
        ) from None


def lines(found: Similarity) -> Iterator[str]:
    """Write the matrices where they fit the terminal, else each language's nearest."""
    side = max(5, *(len(lang) + 1 for lang in found.langs))
    fits = side * (len(found.langs) + 1) <= shutil.get_terminal_size((100, 24)).columns
    for one in found.matrices:
        what = "distance, 0 is the same" if one.distance else f"similarity, {one.top:g} is the same"
        yield f"{one.name} ({what}): {one.about}"
        yield from _square(found, one, side) if fits else _nearest(found, one, side)
        yield ""
    if found.profiles:
        yield from _facts(found)
        yield ""
    if found.memory:
        yield "memory   " + "".join(f"{name:>13}" for name in ("lml", "lmem", "spans"))
        for lang, known in found.memory.items():
            yield f"{lang:<9}{known['lml']:>13.3f}{known['lmem']:>13.3f}{known['spans']:>13.0f}"
        yield ""
    if found.tree:
        made = ", ".join(f"{name} {share:.2f}" for name, share in found.weights.items())
        yield f"tree of {made}: {_brackets(found)}"
    yield from found.notes


def _square(found: Similarity, one: Matrix, side: int) -> Iterator[str]:
    yield " " * side + "".join(f"{lang:>{side}}" for lang in found.langs)
    for lang, row in zip(found.langs, one.values, strict=True):
        cells = ["·" if value is None else f"{value:.2f}" for value in row]
        yield f"{lang:<{side}}" + "".join(f"{cell:>{side}}" for cell in cells)


def _nearest(found: Similarity, one: Matrix, side: int) -> Iterator[str]:
    for lang in found.langs:
        near = found.nearest(one.name, lang)
        listed = ", ".join(f"{other} {value:.2f}" for other, value in near)
        yield f"{lang:<{side}}nearest: {listed or 'not known'}"


def _facts(found: Similarity) -> Iterator[str]:
    from isogloss.relation.similarity import facts

    names = facts(next(iter(found.profiles.values())))
    yield "corpus".ljust(9) + "".join(f"{name:>13}" for name in names)
    for lang, one in found.profiles.items():
        values = facts(one).values()
        cells = ["·" if v is None else f"{v:.3f}" if isinstance(v, float) else v for v in values]
        yield f"{lang:<9}" + "".join(f"{cell:>13}" for cell in cells)


def _brackets(found: Similarity) -> str:
    """Write the tree as nested brackets."""
    assert found.tree is not None
    names = list(found.tree.langs)
    for merge in found.tree.merges:
        names.append(f"({names[merge.first]} {names[merge.second]})")
    return names[-1]
