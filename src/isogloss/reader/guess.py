"""Guess what a file of labelled data holds: the kind of task, and its columns."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from isogloss import plugin
from isogloss.core.errors import IsoglossError
from isogloss.core.kind import Kind
from isogloss.kind.column import ID
from isogloss.language import word
from isogloss.language.registry import canonical
from isogloss.reader import conll, header, table
from isogloss.reader.source import read


@dataclass(frozen=True)
class Guess:
    """What a file seems to hold."""

    kind: str
    why: str
    """What tells, in words."""
    items: int
    words: float
    """Mean number of words of an input."""
    columns: Mapping[str, Any] = field(default_factory=dict)
    """Field -> column, for the fields that this kind has."""
    header: tuple[str, ...] = ()
    """All columns of the file."""

    @property
    def unused(self) -> tuple[str, ...]:
        """Columns that no field is read from."""
        used = [column for column in self.columns.values() if isinstance(column, str)]
        used += [
            name for column in self.columns.values() if isinstance(column, tuple) for name in column
        ]
        return tuple(name for name in self.header if name and name not in used)


def guess(path: Path) -> Guess:
    """Look at a file of labelled data.

    Raises:
        IsoglossError: the file is broken, or nothing in it looks like a target.
    """
    if path.suffix in conll.SUFFIXES:
        return _conll(path)
    if path.suffix == ".json":
        return _measured(path, _kinds_of("squad")[0].name, "it has the form of SQuAD", {})
    found = table.read(path)
    header.check(found)
    columns = {name: [r.values.get(name) for r in found.records] for name in found.columns}
    extra = _extra(columns)
    rest = {name: values for name, values in columns.items() if name not in extra.values()}
    for kind in sorted(plugin.kinds().values(), key=lambda kind: kind.rank):
        if (guessed := kind.guess(rest)) is not None:
            columns_of = {**guessed.fields, **extra}
            return _measured(path, kind.name, guessed.why, columns_of, found.columns)
    raise IsoglossError(
        f"{path}: can't tell the input from the target; columns: {', '.join(found.columns)}",
        'name them "text" and "target", or write the study by hand: see docs/data.md',
    )


def _kinds_of(layout: str) -> list[Kind]:
    """List the kinds of tasks whose files have a layout, those that ask for more of it first."""
    ranked = sorted(plugin.kinds().values(), key=lambda kind: kind.rank)
    return [kind for kind in ranked if layout in kind.formats]


def _conll(path: Path) -> Guess:
    """Ask the kinds in turn whether the comments say what they take beside words and tags."""
    columns, kinds = _layout(path), _kinds_of("conll")
    sentences = conll.read(path, conll.layout(path))
    there = set.intersection(*(set(sentence.comments) for sentence in sentences))
    given: dict[str, Any] = {name: [s.comments[name] for s in sentences] for name in there}
    given |= {"words": [[*s.words] for s in sentences], "target": [[*s.tags] for s in sentences]}
    why = "words and tags stand in columns"
    for kind in kinds:
        guessed = kind.guess(given) if kind.beside else None
        if guessed is not None:
            beside = {name: guessed.fields[name] for name in kind.beside if name in guessed.fields}
            why = f"{why}, and {', '.join(beside)} in comments"
            return _measured(path, kind.name, why, columns | beside)
    return _measured(path, kinds[-1].name, why, columns)


def _layout(path: Path) -> dict[str, Any]:
    """Find the columns of words and tags in a CoNLL-like file."""
    found = conll.layout(path)
    if found.tag is None:
        what = f"{path}: words without tags"
        raise IsoglossError(what, "give one word a line, and its tag behind a tab or a space")
    conll.check(path, found)
    return {"words": found.word, "target": found.tag}


def labels(path: Path, seen: Guess) -> set[str]:
    """Collect the labels of a file with the columns of another; empty where it has none."""
    kind = plugin.kind(seen.kind)
    if kind.labels is None:
        return set()
    items = read(path, seen.kind, tuple(sorted(seen.columns.items())))
    targets = [kind.build(item.values, item.where)[1] for item in items]
    return {label for target in targets if target is not None for label in kind.labels(target)}


def langs(path: Path) -> tuple[str, ...]:
    """List the languages that a column of a file tells; none where none does."""
    found = guess(path)
    if "lang" not in found.columns:
        return ()
    items = read(path, found.kind, tuple(sorted(found.columns.items())))
    return tuple(sorted({item.lang for item in items}))


def _measured(
    path: Path, kind: str, why: str, columns: dict[str, Any], header: tuple[str, ...] = ()
) -> Guess:
    items = read(path, kind, tuple(sorted(columns.items())))
    words = 0
    for item in items:
        for name, value in item.values.items():
            if name != "target" and name not in plugin.kind(kind).beside:
                listed = isinstance(value, list | tuple)
                words += len(value if listed else word.words(str(value)))
    return Guess(kind, why, len(items), words / len(items), columns, header)


def _extra(columns: Mapping[str, Sequence[Any]]) -> dict[str, str]:
    """Find the columns with ids and languages."""
    found: dict[str, str] = {}
    for name, values in columns.items():
        distinct = {str(value) for value in values}
        if ID.fullmatch(name) and len(distinct) == len(values):
            found.setdefault("id", name)
        texts = all(isinstance(value, str) for value in values)
        if (
            name.lower() in ("lang", "language", "locale")
            and texts
            and all(map(_is_code, distinct))
        ):
            found.setdefault("lang", name)
    return found


def _is_code(value: str) -> bool:
    try:
        return bool(canonical(value))
    except IsoglossError:
        return False
