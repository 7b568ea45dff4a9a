"""``isogloss fidelity``: is the output in the language that was asked for?"""

from __future__ import annotations

import json
import sys
from collections.abc import Iterator
from contextlib import ExitStack
from pathlib import Path
from typing import TYPE_CHECKING, Any, TextIO

import click

from isogloss.cli import option

if TYPE_CHECKING:
    from isogloss.analysis.published import Published
    from isogloss.fidelity import Judge, Rate, Verdict
    from isogloss.fidelity.file import Group, Sink, Survey

file = click.Path(path_type=Path, dir_okay=False)


@click.command()
@click.argument(
    "files", nargs=-1, required=True, type=click.Path(path_type=Path), metavar="FILE..."
)
@click.option("--lang", default="", help="Expected language of all texts, instead of a column.")
@click.option("--lang-column", default="lang", show_default=True, help="Expected language.")
@click.option("--text-column", default="text", show_default=True, help="What is judged.")
@click.option("--input-column", default="", help="What the text answers; copies are noticed.")
@click.option("--reference-column", default="", help="Right answers, judged beside.")
@click.option("--by", multiple=True, metavar="COLUMN", help="Group by a column, such as model.")
@click.option("--identifier", default="", help="Language identifier; empty: the built-in one.")
@click.option("--json", "json_", type=file, help="Write the numbers and examples here.")
@click.option("--verdicts", type=file, help="Write a JSON line for every text here.")
@click.option("--html", type=file, help="Write a page with the picture of the flow here.")
@click.option(
    "--published",
    "published_",
    is_flag=True,
    help="Give the published measures beside; keeps all texts in memory.",
)
@click.option(
    "--words", type=file, help="English words, one a line, for WPR and LCPR; with --published."
)
@click.option("--examples", default=1, show_default=True, help="Examples shown of each verdict.")
def command(
    files: tuple[Path, ...],
    lang: str,
    lang_column: str,
    text_column: str,
    input_column: str,
    reference_column: str,
    by: tuple[str, ...],
    identifier: str,
    json_: Path | None,
    verdicts: Path | None,
    html: Path | None,
    published_: bool,
    words: Path | None,
    examples: int,
) -> None:
    """Tell how often texts are in the expected language, and how sure that is."""
    from isogloss.fidelity import judge
    from isogloss.fidelity.file import Columns, survey
    from isogloss.report.plain import tame

    columns = Columns(text_column, lang_column, input_column, reference_column, by)
    if words and not published_:
        raise click.UsageError("--words is for the published measures: add --published")
    using = judge(identifier)
    english = _words(words) if words else None
    with ExitStack() as stack:
        sink = stack.enter_context(option.writing(verdicts)) if verdicts else None
        told = _sink(sink, with_file=len(files) > 1) if sink else None
        bar = stack.enter_context(_bar())
        found = survey(files, using, columns, lang, told, bar.update, keep=published_)
    others = _published(found, identifier, english) if published_ else None
    for line in lines(found, using, by, examples):
        click.echo(tame(line))
    if others:
        for line in beside(found.ordered(), others, by, with_words=english is not None):
            click.echo(tame(line))
    if json_:
        text = json.dumps(to_json(found, using, by, others), ensure_ascii=False, indent=1)
        with option.writing(json_) as out:
            out.write(text + "\n")
    if html:
        from isogloss.report.flow import page

        with option.writing(html) as out:
            out.write(page(found, using, by))


def _bar() -> Any:
    from tqdm import tqdm

    return tqdm(unit=" texts", delay=2, leave=False, disable=not sys.stderr.isatty())


def _words(path: Path) -> list[str]:
    from isogloss.core.errors import IsoglossError

    try:
        return path.read_text(encoding="utf-8").split()
    except (OSError, UnicodeDecodeError) as error:
        raise IsoglossError(f"can't read {path}: {error}", "one English word a line") from None


def _published(found: Survey, identifier: str, english: list[str] | None) -> list[Published]:
    from isogloss import plugin
    from isogloss.analysis.published import published

    by = plugin.identifier(identifier)
    return [published(group.texts, group.rate.lang, by, english) for group in found.ordered()]


def _sink(out: TextIO, with_file: bool) -> Sink:
    def write(path: Path, line: int, lang: str, text: str, verdict: Verdict) -> None:
        place = {"file": str(path)} if with_file else {}
        value = place | {"line": line, "lang": lang} | plain(verdict)
        out.write(json.dumps(value, ensure_ascii=False) + "\n")

    return write


def plain(verdict: Verdict) -> dict[str, Any]:
    """Give a verdict as plain values."""
    value: dict[str, Any] = {"verdict": verdict.kind}
    if verdict.lang:
        value["found"] = verdict.lang
    if verdict.share:
        value["share"] = round(verdict.share, 3)
    if verdict.spans:
        value["foreign"] = [
            {"start": s.start, "end": s.end, "text": s.text, "lang": s.lang} for s in verdict.spans
        ]
    if verdict.reason:
        value["reason"] = verdict.reason
    return value


def to_json(
    found: Survey, using: Judge, by: tuple[str, ...], others: list[Published] | None = None
) -> dict[str, Any]:
    """Give all numbers, with examples and what they rest on."""
    groups = []
    for i, group in enumerate(found.ordered()):
        value = dict(zip(by, group.by, strict=True)) | group.rate.to_json()
        value["signature"] = using.signature(group.rate.lang)
        if group.reference is not None:
            value["reference"] = group.reference.to_json()
        if others:
            value["published"] = others[i].to_json()
        value["examples"] = [
            {"line": one.line, "text": one.text} | plain(one.verdict)
            for kept in group.examples.values()
            for one in kept
        ]
        groups.append(value)
    broken = {
        str(patience.path): {
            "count": patience.count,
            "first": [{"line": one.line, "why": one.why} for one in patience.broken],
        }
        for patience in found.files
        if patience.count
    }
    mended = {
        str(one.path): {"count": one.halves, "first": one.mended}
        for one in found.files
        if one.halves
    }
    return {"n": found.n, "groups": groups, "broken": broken, "mended": mended}


def lines(found: Survey, using: Judge, by: tuple[str, ...], examples: int) -> Iterator[str]:
    """Write the report: a table, what was not judged, examples, and what it rests on."""
    groups = found.ordered()
    header = [*by, "lang", "n", "judged", "rate", "sibling", "95 %", "worst-best", "falls into"]
    if any(group.reference for group in groups):
        header.insert(-1, "reference")
    rows = [_cells(group, "reference" in header) for group in groups]
    if len(groups) > 1:
        rows += [_mean(name, members, header, len(by)) for name, members in _parts(groups, by)]
    yield from _aligned(header, rows)
    yield ""
    yield from _kinds(groups, by)
    yield from _shown(groups, examples)
    yield from _notes(found, using)


def _cells(group: Group, with_reference: bool) -> list[str]:
    rate = group.rate
    low, high = rate.interval
    cells = [
        *group.by,
        rate.lang,
        str(rate.n),
        _share(rate.coverage),
        _share(rate.rate),
        _share(rate.sibling),
        f"{_share(low)}-{_share(high)}" if rate.judged else "-",
        f"{_share(rate.worst)}-{_share(rate.best)}",
    ]
    if with_reference:
        cells.append(_share(group.reference.rate) if group.reference else "-")
    return [*cells, into(rate)]


def into(rate: Rate, most: int = 3) -> str:
    """Name the languages that wrong texts are in, the most frequent first."""
    parts = [f"{lang} {_share(n / rate.n)}" for lang, n in rate.into.most_common(most)]
    rest = len(rate.into) - most
    return ", ".join(parts) + (f", {rest} more" if rest > 0 else "")


def _parts(
    groups: list[Group], by: tuple[str, ...]
) -> Iterator[tuple[tuple[str, ...], list[Group]]]:
    for key in dict.fromkeys(group.by for group in groups):
        members = [group for group in groups if group.by == key]
        if len(members) > 1:
            yield key, members


def _mean(name: tuple[str, ...], members: list[Group], header: list[str], before: int) -> list[str]:
    """Average over languages, each counting the same."""

    def mean(values: list[float]) -> str:
        known = [value for value in values if value == value]
        return _share(sum(known) / len(known)) if known else "-"

    rates = [group.rate for group in members]
    cells = [
        *name,
        "mean",
        str(sum(rate.n for rate in rates)),
        mean([rate.coverage for rate in rates]),
        mean([rate.rate for rate in rates]),
        mean([rate.sibling for rate in rates]),
        "",
        f"{mean([rate.worst for rate in rates])}-{mean([rate.best for rate in rates])}",
    ]
    if "reference" in header:
        cells.append(mean([group.reference.rate for group in members if group.reference]))
    return [*cells, f"{len([r for r in rates if r.judged])} languages"]


def _kinds(groups: list[Group], by: tuple[str, ...]) -> Iterator[str]:
    from isogloss.fidelity import KINDS

    present = [kind for kind in KINDS if any(group.rate.kinds[kind] for group in groups)]
    rows = [
        [*group.by, group.rate.lang, *(str(group.rate.kinds[kind] or ".") for kind in present)]
        for group in groups
    ]
    yield from _aligned([*by, "lang", *present], rows)
    yield ""


def _shown(groups: list[Group], most: int) -> Iterator[str]:
    from isogloss.fidelity import KINDS
    from isogloss.language.clip import clip

    for kind in KINDS[1:] if most > 0 else ():
        kept = [
            (group.rate.lang, one)
            for group in groups
            for one in group.examples.get(kind, [])[:most]
        ][: max(most, 2)]
        for lang, one in kept:
            text = clip(" ".join(one.text.split()), 70)
            yield f"{kind:<9} {lang:<4} line {one.line}: {text}{_why(one.verdict)}"
    yield ""


def _why(verdict: Verdict) -> str:
    from isogloss.language.clip import clip

    if verdict.kind == "mixed":
        spans = "; ".join(clip(" ".join(span.text.split()), 40) for span in verdict.spans[:3])
        return f"  [{verdict.lang} {_share(verdict.share)}: {spans}]"
    if verdict.kind in ("wrong", "script"):
        return f"  [{verdict.lang}]"
    return f"  [{verdict.reason}]" if verdict.reason else ""


def beside(
    groups: list[Group], others: list[Published], by: tuple[str, ...], with_words: bool
) -> Iterator[str]:
    """Write the published measures beside the honest rate, and where they part."""
    names = ["LPR", *(("WPR", "LCPR") if with_words else ()), "skipped", "CLR>20", "skipped", "LID"]
    keys = ["lpr", *(("wpr", "lcpr") if with_words else ()), "lpr_skipped"]
    keys += ["correct_language_rate", "correct_language_rate_skipped", "mean_confidence"]
    rows = []
    for group, other in zip(groups, others, strict=True):
        told = other.to_json()
        values = ["–" if told[key] is None else _share(float(told[key] or 0)) for key in keys]
        rate = group.rate
        rows.append([*group.by, rate.lang, _share(rate.coverage), _share(rate.rate), *values])
    yield ""
    yield "Published measures, by their own definitions"
    yield from _aligned([*by, "lang", "judged", "rate", *names], rows)
    yield "LPR passes what it skips: short lines, and scripts without spaces; CLR>20 leaves out"
    yield "texts of up to 20 characters. The rate counts both, or says that it can't judge them."
    if not with_words:
        yield "WPR and LCPR are left out: they need --words FILE, a list of English words"
    yield from dict.fromkeys(other.why for other in others if other.why)


def _notes(found: Survey, using: Judge) -> Iterator[str]:
    from isogloss.fidelity.reliability import doubts

    langs = dict.fromkeys(group.rate.lang for group in found.ordered())
    yield from dict.fromkeys(filter(None, (group.rate.hint for group in found.ordered())))
    if using.measured:
        yield from doubts(langs)
    else:
        yield "this identifier was not measured: it is taken as the worst tenth of the built-in one"
    for patience in found.files:
        if patience.count:
            first = patience.broken[0]
            yield (
                f"{patience.path}: {patience.count} broken of "
                f"{patience.good + patience.count} lines, the first {first.line}: {first.why}"
            )
        if patience.halves:
            yield (
                f"{patience.path}: half a character (a lone surrogate) read as \ufffd in "
                f"{patience.halves} line{'s' * (patience.halves > 1)}, "
                f"the first {patience.mended[0]}"
            )
    yield "rate: right of judged; sibling: of these, in the language or in a relative that can't"
    yield "be told from it, which counts as right; judged: texts that can be told; worst-best: all"
    yield "others and siblings wrong, or all right. mixed, copied, repeated and empty are wrong."
    yield "95 %: Wilson, widened by the identifier's own errors as measured on real text, and down"
    yield "as if every sibling were wrong."
    yield f"signature: {using.signature(next(iter(langs)))}"


def _share(value: float) -> str:
    return "-" if value != value else f"{100 * value:.1f}"


def _aligned(header: list[str], rows: list[list[str]]) -> Iterator[str]:
    widths = [max(len(row[i]) for row in [header, *rows]) for i in range(len(header))]
    for row in [header, *rows]:
        cells = []
        for i, cell in enumerate(row):
            words = header[i] in ("lang", "falls into") or not _number(rows, i)
            cells.append(cell.ljust(widths[i]) if words else cell.rjust(widths[i]))
        yield "  ".join(cells).rstrip()


def _number(rows: list[list[str]], column: int) -> bool:
    return all(row[column][:1] in "0123456789-–." for row in rows if row[column])
