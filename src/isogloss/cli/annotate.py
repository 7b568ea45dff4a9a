"""``isogloss annotate``: native speakers have the last word."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING

import click

from isogloss.cli import option

if TYPE_CHECKING:
    from isogloss.fidelity.annotate import Sheet
    from isogloss.fidelity.annotation import Findings, Share

NAMES = {
    "kappa": "Cohen's kappa",
    "alpha": "Krippendorff's alpha",
    "alpha_quality": "alpha of quality",
}
file = click.Path(path_type=Path, dir_okay=False)


@click.command()
@click.argument("sources", nargs=-1, required=True, metavar="FILE|RUN...")
@click.option("--lang", default="", help="The language asked for.")
@click.option("--n", default=100, show_default=True, type=click.IntRange(min=1), help="Texts.")
@click.option("--seed", default=0, show_default=True, help="Another one draws other texts.")
@click.option("--to", type=file, help="The sheet, CSV; its page and key lie beside it.")
@click.option("--text-column", default="text", show_default=True, help="What is judged.")
@click.option("--input-column", default="", help="What the text answers, shown above it.")
@click.option("--item-column", default="", help="Which item is answered, to compare systems.")
@click.option("--system-column", default="", help="Which system answers; else the file's name.")
@click.option("--identifier", default="", help="Language identifier; empty: the built-in one.")
@click.option("--split", default="test", show_default=True, help="Of a run.")
@click.option("--read", "reading", is_flag=True, help="Read judged sheets, one an annotator.")
@click.option("--key", type=file, help="The sheet's key; else the only one beside the sheets.")
@click.option("--json", "json_", type=file, help="With --read: write the numbers here.")
@option.out
def command(
    sources: tuple[str, ...],
    lang: str,
    n: int,
    seed: int,
    to: Path | None,
    text_column: str,
    input_column: str,
    item_column: str,
    system_column: str,
    identifier: str,
    split: str,
    reading: bool,
    key: Path | None,
    json_: Path | None,
    out: Path,
) -> None:
    """Write a blinded sheet of outputs for native speakers, or read it back.

    Sources are files (JSONL, CSV, TSV, TXT, Parquet) and ids of runs below OUT. With
    several systems, items are drawn with the answers of all. Then send the CSV or
    the page, keep the key, and read the answers: isogloss annotate --read ANA.csv BEN.csv
    """
    if reading:
        _read([Path(source) for source in sources], key, json_)
        return
    from isogloss.core.errors import IsoglossError
    from isogloss.fidelity import judge
    from isogloss.fidelity.annotate import draw, from_file, from_run

    if not lang:
        raise IsoglossError("in which language should the texts be?", "give it with --lang")
    texts = []
    for source in sources:
        path = Path(source)
        if path.suffix[1:].isalpha() or path.is_file():
            columns = {"text": text_column, "input": input_column}
            columns |= {"item": item_column, "system": system_column}
            texts += from_file(path, lang, **columns)
        else:
            texts += from_run(out, source, lang, split)
    sheet = draw(texts, lang, judge(identifier), n, seed)
    _write(sheet, to or Path(f"annotate-{sheet.lang}.csv"), len(texts))


def _write(sheet: Sheet, path: Path, n: int) -> None:
    from isogloss.fidelity.annotate import write
    from isogloss.report.sheet import page

    key, html = write(sheet, path), path.with_suffix(".html")
    with option.writing(html) as file:
        file.write(page(sheet, path.stem))
    click.echo(f"{len(sheet.lines)} of {n} texts: send {path} or {html}")
    click.echo(f"the key, for you alone: {key}")


def _read(sheets: list[Path], key: Path | None, json_: Path | None) -> None:
    from isogloss.fidelity import annotation as a

    told = a.read_key(key or _beside(sheets[0]))
    found = a.findings(a.read(sheets, told), told)
    for line in _lines(found):
        click.echo(line)
    if json_:
        with option.writing(json_) as file:
            file.write(json.dumps(a.plain(found), ensure_ascii=False, indent=1) + "\n")


def _beside(sheet: Path) -> Path:
    """Find the key in a sheet's folder."""
    from isogloss.core.errors import IsoglossError

    keys = sorted(sheet.parent.glob("*.key.json"))
    if len(keys) == 1:
        return keys[0]
    fitting = [one for one in keys if sheet.name.startswith(one.name.removesuffix(".key.json"))]
    if len(fitting) == 1:
        return fitting[0]
    what = f"{len(keys)} keys beside {sheet}"
    raise IsoglossError(what, "say with --key which one is the sheet's")


def _lines(found: Findings) -> Iterator[str]:
    """Write what was found."""
    yield f"{found.lang}, {len(found.annotators)} annotator{'s' * (len(found.annotators) > 1)}"
    for name, value in found.agreement.items():
        yield f"  {NAMES[name]:<22} " + (f"{value:.3f}" if value == value else "-")
    for one in found.systems:
        yield f"{one.system}: {one.n} texts settled"
        yield f"  rate by the identifier {_percent(one.apparent)}"
        yield f"  corrected              {_share(one.rate)}"
        yield f"  over all texts         {_share(one.every)}"
        yield f"  identifier passes      {_share(one.sensitivity)} of those in the language"
        yield f"  identifier refuses     {_share(one.specificity)} of the others"
    for pair in found.preferences:
        counts = f"{pair.wins} better, {pair.ties} equal, {pair.losses} worse"
        test = f"sign test p={pair.p:.3g}"
        yield f"{pair.one} against {pair.two}: {_percent(pair.share)} ({counts}; {test})"


def _share(share: Share) -> str:
    return f"{_percent(share.value)} [{_percent(share.low)}, {_percent(share.high)}]"


def _percent(value: float) -> str:
    return f"{value:.1%}" if value == value else "-"
