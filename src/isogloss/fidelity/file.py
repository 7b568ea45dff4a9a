"""Judge files of outputs as they stream by: rates in each group, with examples."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import NamedTuple

from isogloss.core.errors import IsoglossError
from isogloss.fidelity import Judge, Rate, Verdict
from isogloss.language.clip import head
from isogloss.language.registry import canonical
from isogloss.reader.stream import Broken, Patience, cell, need, stream
from isogloss.reader.table import Record

BATCH = 2048
"""Lines judged at once."""
SHOWN = 3
"""Examples kept of each verdict in each group."""
CLIP = 300
"""Characters kept of an example."""


@dataclass(frozen=True)
class Columns:
    """In which columns of a table things are."""

    text: str = "text"
    lang: str = "lang"
    """The expected language of each row; not read where one is given for all."""
    input: str = ""
    reference: str = ""
    by: tuple[str, ...] = ()
    """Columns whose values make groups, such as the model."""


class Example(NamedTuple):
    """A text that got a verdict."""

    line: int
    text: str
    verdict: Verdict


@dataclass
class Group:
    """The texts of one expected language and one value of each grouping column."""

    by: tuple[str, ...]
    rate: Rate
    reference: Rate | None = None
    examples: dict[str, list[Example]] = field(default_factory=dict)
    texts: list[str] = field(default_factory=list)
    """All texts, where they are kept."""

    def add(self, line: int, text: str, verdict: Verdict) -> None:
        """Count a text, and keep it while few of its kind are kept."""
        self.rate.add(verdict)
        kept = self.examples.setdefault(verdict.kind, [])
        if len(kept) < SHOWN:
            kept.append(Example(line, head(text, CLIP), verdict))


@dataclass
class Survey:
    """All groups of some files."""

    groups: dict[tuple[tuple[str, ...], str], Group] = field(default_factory=dict)
    files: list[Patience] = field(default_factory=list)

    @property
    def n(self) -> int:
        """Texts looked at."""
        return sum(group.rate.n for group in self.groups.values())

    def ordered(self) -> list[Group]:
        """List the groups by grouping values, then by language."""
        return [self.groups[key] for key in sorted(self.groups)]


class _Row(NamedTuple):
    line: int
    text: str
    lang: str
    by: tuple[str, ...]
    input: str | None
    reference: str | None


Sink = Callable[[Path, int, str, str, Verdict], None]
"""(file, line, expected language, text, verdict)."""


def survey(
    paths: Sequence[Path],
    judge: Judge,
    columns: Columns | None = None,
    lang: str = "",
    sink: Sink | None = None,
    progress: Callable[[int], None] | None = None,
    keep: bool = False,
) -> Survey:
    """Judge all texts of some files, at constant memory unless they are kept.

    Args:
        paths: JSON lines, CSV, TSV or Parquet files.
        judge: gives the verdicts.
        columns: where things are.
        lang: the expected language of all texts, instead of a column.
        sink: is told every verdict, in the order of the lines.
        progress: is told how many lines were done.
        keep: keep all texts in their groups.

    Raises:
        IsoglossError: a file that can't be read as a table, lacks a column, or
            has more broken lines than a few.
    """
    columns = columns or Columns()
    expected = canonical(lang) if lang else ""
    found = Survey()
    for path in paths:
        patience = Patience(path)
        found.files.append(patience)
        for batch in _batches(_rows(path, columns, expected, patience)):
            verdicts, references = _judge(judge, batch)
            for row, verdict, reference in zip(batch, verdicts, references, strict=True):
                group = _count(found, row, verdict, reference, judge.measured)
                if keep:
                    group.texts.append(row.text)
                if sink is not None:
                    sink(path, row.line, row.lang, row.text, verdict)
            if progress is not None:
                progress(len(batch))
        patience.end()
    if not found.n:
        listed = ", ".join(map(str, paths))
        raise IsoglossError(f"{listed}: no line to judge", "put data into it, or remove it")
    return found


def _count(
    found: Survey, row: _Row, verdict: Verdict, reference: Verdict | None, measured: bool
) -> Group:
    key = (row.by, row.lang)
    if key not in found.groups:
        found.groups[key] = Group(row.by, Rate(row.lang, measured))
    group = found.groups[key]
    group.add(row.line, row.text, verdict)
    if reference is not None:
        group.reference = group.reference or Rate(row.lang, measured)
        group.reference.add(reference)
    return group


def _judge(judge: Judge, batch: Sequence[_Row]) -> tuple[list[Verdict], list[Verdict | None]]:
    """Judge a batch and its references, one language at a time."""
    verdicts: dict[int, Verdict] = {}
    references: dict[int, Verdict] = {}
    places: dict[str, list[int]] = {}
    for i, row in enumerate(batch):
        places.setdefault(row.lang, []).append(i)
    for lang, own in places.items():
        inputs = [batch[i].input for i in own]
        found = judge([batch[i].text for i in own], lang, inputs)
        verdicts.update(zip(own, found, strict=True))
        with_reference = [i for i in own if batch[i].reference is not None]
        golds = judge([batch[i].reference or "" for i in with_reference], lang)
        references.update(zip(with_reference, golds, strict=True))
    return [verdicts[i] for i in range(len(batch))], [references.get(i) for i in range(len(batch))]


def _batches(rows: Iterator[_Row]) -> Iterator[list[_Row]]:
    batch: list[_Row] = []
    for row in rows:
        batch.append(row)
        if len(batch) == BATCH:
            yield batch
            batch = []
    if batch:
        yield batch


def _rows(path: Path, columns: Columns, expected: str, patience: Patience) -> Iterator[_Row]:
    wanted = {columns.text: "--text-column"}
    wanted |= {columns.input: "--input-column", columns.reference: "--reference-column"}
    wanted |= dict.fromkeys(columns.by, "--by")
    if not expected:
        wanted[columns.lang] = "--lang-column, or give one language for all with --lang"
    wanted.pop("", None)
    codes: dict[str, str] = {}
    for record in stream(path):
        if isinstance(record, Broken):
            patience.note(record)
            continue
        record = patience.mend(record)
        if not patience.good:
            need(path, record, wanted)
        try:
            row = _row(record, columns, expected, codes)
        except IsoglossError as error:
            patience.note(Broken(record.line, error.what), error.hint)
            continue
        patience.good += 1
        yield row


def _row(record: Record, columns: Columns, expected: str, codes: dict[str, str]) -> _Row:
    lang = expected
    if not lang:
        spelled = cell(record, columns.lang)
        lang = codes[spelled] if spelled in codes else codes.setdefault(spelled, canonical(spelled))
    text = cell(record, columns.text)
    asked = cell(record, columns.input) if columns.input else None
    gold = cell(record, columns.reference) if columns.reference else None
    # an input that equals the right answer makes a copy right
    asked = None if asked == gold else asked
    by = tuple(str(record.values.get(name, "")) for name in columns.by)
    return _Row(record.line, text, lang, by, asked, gold)
