"""Read a user's own files as examples, and say which splits are there."""

from __future__ import annotations

import logging
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, NamedTuple

from isogloss import plugin
from isogloss.core.content import content_hash
from isogloss.core.errors import IsoglossError, nearest, unknown
from isogloss.core.input import Media, held
from isogloss.core.kind import Kind
from isogloss.core.task import SPLITS
from isogloss.core.types import Example
from isogloss.kind.example import build, check_ids
from isogloss.kind.value import plain
from isogloss.language.registry import canonical
from isogloss.reader import conll, header, squad, table, text

log = logging.getLogger("isogloss")

Columns = tuple[tuple[str, Any], ...]
"""Pairs of a field and the name of its column, as a value that can be hashed."""


class Item(NamedTuple):
    """The values of one example before it is built."""

    where: str
    values: dict[str, Any]
    id: str
    lang: str
    """Empty where the file does not say."""


@dataclass(frozen=True)
class Place:
    """One file, and what it holds."""

    path: Path
    split: str
    lang: str | None
    """None: a column of the file says."""


@dataclass(frozen=True)
class Source:
    """All files of a task, and how their columns are named."""

    kind: str
    columns: Columns
    places: tuple[Place, ...]
    labels: tuple[str, ...] = ()
    name: str = "the task"

    def load(self, lang: str, split: str) -> list[Example]:
        """Read one split of one language; empty where it lacks the split.

        Raises:
            IsoglossError: no file of the language at all, or broken data.
        """
        there = self.available()
        if lang not in there:
            raise unknown(f"language of {self.name}:", lang, there)
        items = self.items(lang, split)
        kind = plugin.kind(self.kind)
        if kind.shared and kind.options not in dict(self.columns):
            items = _share(items, kind.options)
        placed = [
            (
                item.where,
                build(
                    self.kind,
                    item.values,
                    where=item.where,
                    id=item.id or f"{split}-{number}",
                    lang=lang,
                    labels=self.labels,
                ),
            )
            for number, item in enumerate(items, 1)
        ]
        check_ids(placed)
        _all_or_none(placed)
        return [example for _, example in placed]

    def items(self, lang: str, split: str) -> list[Item]:
        """List the values of one split of one language, with the files that they name."""
        return [
            self._named(item, place)
            for place in self.places
            if place.split == split and place.lang in (lang, None)
            for item in self.read(place)
            if place.lang or item.lang == lang
        ]

    def _named(self, item: Item, place: Place) -> Item:
        """Find the files of pictures or sounds that an item names."""
        kind = plugin.kind(self.kind)
        if not kind.inputs:
            return item
        files = held(kind, item.values, place.path.parent, item.where)
        return item._replace(values={**item.values, **files})

    def read(self, place: Place) -> tuple[Item, ...]:
        """Read a file's values; where its path says the language, no column has to."""
        columns = tuple(pair for pair in self.columns if pair[0] != "lang" or not place.lang)
        return read(place.path, self.kind, columns)

    def available(self) -> dict[str, tuple[str, ...]]:
        """List the splits of each language."""
        found: dict[str, set[str]] = {}
        for place in self.places:
            if place.lang:
                langs = {place.lang}
            else:
                langs = {item.lang for item in self.read(place)}
            for lang in langs:
                found.setdefault(lang, set()).add(place.split)
        return {lang: tuple(s for s in SPLITS if s in found[lang]) for lang in sorted(found)}

    def layouts(self) -> dict[Path, conll.Layout]:
        """Tell where words and tags are in each CoNLL-like file."""
        names = dict(self.columns)
        given = names.get("words"), names.get("target")
        return {
            place.path: conll.layout(place.path, *given)
            for place in self.places
            if "conll" in plugin.kind(self.kind).formats and place.path.suffix in conll.SUFFIXES
        }

    def digest(self, lang: str, split: str) -> str:
        """Fingerprint the files with a split of a language, and the files that these name."""
        found = text.digest(
            place.path
            for place in self.places
            if place.split == split and place.lang in (lang, None)
        )
        if not plugin.kind(self.kind).inputs:
            return found
        named: set[Media] = set()
        for item in self.items(lang, split):
            for value in item.values.values():
                listed = value if isinstance(value, list) else [value]
                named.update(each for each in listed if isinstance(each, Media))
        return content_hash((found, named))[:16]


def _share(items: Sequence[Item], field: str) -> list[Item]:
    """Give all right answers of the split to each of its items, as its options."""
    texts = [item.values.get("target") for item in items]
    given = [
        text if text is None or isinstance(text, Media) else plain(text, "target", item.where)
        for text, item in zip(texts, items, strict=True)
    ]
    options = [text for text in dict.fromkeys(given) if text is not None]
    places: dict[Any, int] = {text: place for place, text in enumerate(options)}
    return [
        item._replace(values=item.values | {field: options, "target": places.get(text)})
        for text, item in zip(given, items, strict=True)
    ]


def _all_or_none(placed: Sequence[tuple[str, Example]]) -> None:
    without = [where for where, example in placed if example.target is None]
    if without and len(without) < len(placed):
        raise IsoglossError(
            f"{without[0]}: no label, and {len(without)} of {len(placed)} lines have none",
            "label all lines; or take the column out, and the split is predicted and not scored",
        )


@text.kept
def read(path: Path, kind: str, columns: Columns) -> tuple[Item, ...]:
    """Read a file's values: a table, words and tags in columns, or SQuAD's JSON."""
    asks, names = plugin.kind(kind), dict(columns)
    layouts = [FORMATS[name] for name in asks.formats if path.suffix in FORMATS[name].suffixes]
    items = list((layouts[0].read if layouts else _table)(path, asks, names))
    given = [item.values.get("target") for item in items]
    targets = asks.gold(given)
    if targets is given:
        return tuple(items)
    log.info("%s: its tags are read as IOB2", path)
    return tuple(
        item._replace(values={**item.values, "target": target})
        for item, target in zip(items, targets, strict=True)
    )


def _conll(path: Path, kind: Kind, names: Mapping[str, Any]) -> Iterator[Item]:
    """Read words and tags, and what else the kind takes from comments."""
    beside = {field: names.get(field, field) for field in kind.beside}
    layout = conll.layout(path, names.get("words"), names.get("target"))
    if "target" not in names:
        conll.check(path, layout)
    for sentence in conll.read(path, layout):
        tags = sentence.tags if set(sentence.tags) - conll.BLANK else None
        values: dict[str, Any] = {"words": sentence.words, "target": tags}
        values |= {field: sentence.comments.get(name) for field, name in beside.items()}
        yield Item(f"{path}:{sentence.line}", values, sentence.id, "")


def _squad(path: Path, kind: Kind, names: Mapping[str, Any]) -> Iterator[Item]:
    for one in squad.read(path):
        values = {"question": one.question, "context": one.context, "target": one.answers}
        yield Item(one.where, values, one.id, "")


class Format(NamedTuple):
    """A layout of files beside tables."""

    suffixes: tuple[str, ...]
    read: Callable[[Path, Kind, Mapping[str, Any]], Iterator[Item]]


FORMATS = {
    "conll": Format(conll.SUFFIXES, _conll),
    "squad": Format((".json",), _squad),
}


def _table(path: Path, kind: Kind, names: Mapping[str, Any]) -> Iterator[Item]:
    found = table.read(path, names.get("header", True))
    if "header" not in names:
        header.check(found)
    used = _used(found, kind, names)
    id_column = names.get("id", "id")
    found.need([*flat(used.values()), *(names[key] for key in ("id", "lang") if key in names)])
    cells = path.suffix in table.CELLS
    for record in found.records:
        where = f"{path}:{record.line}"
        values = {field: value(record.values, column) for field, column in used.items()}
        if cells and not kind.exact:
            values = {field: _newlines(one) for field, one in values.items()}
        if cells and not str(values.get("target", "")).strip():
            values["target"] = None
        own = record.values.get(id_column)
        lang = ""
        if "lang" in names:
            lang = canonical_at(plain(record.values.get(names["lang"]), "lang", where), where)
        yield Item(where, values, "" if own is None else plain(own, id_column, where), lang)


def _used(found: table.Table, kind: Kind, names: Mapping[str, Any]) -> dict[str, Any]:
    """Give the column of each field that this file has."""
    shared = kind.options if kind.shared else ""
    fields = [field for field in kind.fields if field != shared or field in names]
    fields += [field for field in kind.extra if field in names]
    used = {field: names.get(field, field) for field in fields}
    target = names.get("target", "target")
    if target not in found.columns:
        others = [name for name in found.columns if name not in flat(used.values())]
        if nearest(target, others):
            found.need([target])
        return used
    return (
        used | {field: names[field] for field in kind.beside if field in names} | {"target": target}
    )


def flat(columns: Any) -> list[str]:
    """List the names of columns, of which some stand in lists."""
    return [
        name for column in columns for name in ([column] if isinstance(column, str) else column)
    ]


def value(values: Mapping[str, Any], column: Any) -> Any:
    """Give what stands in a column, or in each of a list of columns."""
    if isinstance(column, str):
        return values.get(column)
    return [values.get(name) for name in column]


def _newlines(cell: Any) -> Any:
    return cell.replace("\r\n", "\n") if isinstance(cell, str) else cell


def canonical_at(code: str, where: str) -> str:
    """Give a language's usual code, with the place in the error for an unknown one."""
    try:
        return canonical(code)
    except IsoglossError as error:
        raise IsoglossError(f"{where}: {error.what}", error.hint) from None
