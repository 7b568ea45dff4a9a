"""Read inputs that are to be answered; labels that stand beside them are left out."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any, NamedTuple

from isogloss import plugin
from isogloss.core.errors import IsoglossError
from isogloss.core.input import held
from isogloss.core.kind import Kind
from isogloss.core.types import Example
from isogloss.kind.example import asked, check_ids
from isogloss.language.registry import canonical
from isogloss.reader import conll, squad, table, text
from isogloss.reader.source import Columns, flat, value

LINES = ".txt"
"""Suffix of plain text: one input a line."""
Pool = Callable[[str, str], list[Example]]
"""(language, split) -> examples, whose options others are to choose from."""


class _Input(NamedTuple):
    where: str
    values: Mapping[str, Any]
    id: str = ""
    number: int = 0
    """Counted from 1 within the split; 0: by order."""


def inputs(
    path: Path,
    lang: str,
    split: str,
    *,
    kind: str,
    fields: Sequence[str],
    columns: Columns = (),
    pool: Pool | None = None,
) -> list[Example]:
    """Read a file's items, with the ids that the split would give them.

    Args:
        path: JSON lines, CSV, TSV; plain text with one input a line, where the kind has
            one text; words in columns for tagging; SQuAD's JSON for spans.
        lang: of the inputs; lines of other languages are left out where a column tells.
        split: which split's ids items get that have none of their own.
        kind: of the task.
        fields: of the task, in order.
        columns: what they are called in the file, where that differs.
        pool: gives the options of a retrieval task whose file has none.

    Raises:
        IsoglossError: the file can't be read, or an item lacks a field.
    """
    if not path.is_file():
        raise IsoglossError(f"no file '{path}'", f"give a .jsonl, .csv, .tsv or {LINES} file")
    names = dict(columns)
    asks = plugin.kind(kind)
    if "conll" in asks.formats and path.suffix in conll.SUFFIXES and not _sentences(path):
        found = list(_conll(path, names))
    elif "squad" in asks.formats and path.suffix == ".json":
        found = [_Input(q.where, q._asdict(), q.id) for q in squad.read(path)]
    elif path.suffix == LINES:
        found = list(_lines(path, fields))
    else:
        found = list(_table(path, fields, names, lang))
    found = [
        one._replace(values={**one.values, **held(asks, one.values, path.parent, one.where)})
        for one in found
    ]
    if asks.shared and asks.options not in names and asks.options not in found[0].values:
        options = _options(path, asks, names, lang, split, pool)
        found = [one._replace(values={**one.values, asks.options: options}) for one in found]
    placed = [
        (
            one.where,
            Example(
                one.id or f"{split}-{one.number or number}",
                lang,
                asked(kind, fields, one.values, one.where),
            ),
        )
        for number, one in enumerate(found, 1)
    ]
    check_ids(placed)
    return [example for _, example in placed]


def _sentences(path: Path) -> bool:
    """Tell a text with a sentence a line from words in columns, which blank lines part."""
    if path.suffix != LINES:
        return False
    content = text.read(path).rstrip("\n")
    rows = [line.split() for line in content.split("\n") if not line.startswith("#")]
    even = len({len(row) for row in rows if row}) == 1
    columns = even and ([] in rows or len(rows[0]) == 2)
    return "\t" not in content and not columns


def _conll(path: Path, names: Mapping[str, Any]) -> Iterator[_Input]:
    layout = conll.layout(path, names.get("words"), None)
    for sentence in conll.read(path, layout):
        yield _Input(f"{path}:{sentence.line}", {"words": sentence.words}, sentence.id)


def _lines(path: Path, fields: Sequence[str]) -> Iterator[_Input]:
    """Take each line that holds text; its number names it."""
    one = [field for field in fields if field != "options"]
    if len(one) != 1:
        raise IsoglossError(
            f"{path}: a line of text is one input, and the task takes {' and '.join(fields)}",
            "give a .jsonl, .csv or .tsv file with these columns",
        )
    for number, line in enumerate(text.read(path).split("\n"), 1):
        if line.strip():
            yield _Input(f"{path}:{number}", {one[0]: line.strip()}, number=number)


def _table(
    path: Path, fields: Sequence[str], names: Mapping[str, Any], lang: str
) -> Iterator[_Input]:
    found = table.read(path, names.get("header", True))
    used = {field: names.get(field, field) for field in fields}
    if "options" not in names and "options" not in found.columns:
        used.pop("options", None)
    found.need(flat(used.values()))
    told = names.get("lang", "")
    for record in found.records:
        values = record.values
        where = f"{path}:{record.line}"
        if told in found.columns and canonical(str(values.get(told))) != lang:
            continue
        own = values.get(names.get("id", "id"))
        yield _Input(
            where,
            {field: value(values, column) for field, column in used.items()},
            "" if own is None else str(own),
        )


def _options(
    path: Path, kind: Kind, names: Mapping[str, Any], lang: str, split: str, pool: Pool | None
) -> list[Any]:
    """Give what a retrieval chooses from: all targets of the file, else those of the split."""
    target = names.get("target", "target")
    if path.suffix in table.READERS:
        records = table.read(path, names.get("header", True)).records
        found = [record.values.get(target) for record in records]
        if None not in found:
            targets = [{"target": str(value)} for value in found]
            return list(
                dict.fromkeys(
                    (t | held(kind, t, path.parent, str(path)))["target"] for t in targets
                )
            )
    known = pool(lang, split) if pool else []
    if not known:
        raise IsoglossError(
            f"{path}: nothing to choose from", f"add a column options, or a column {target}"
        )
    return list(known[0].inputs["options"])
