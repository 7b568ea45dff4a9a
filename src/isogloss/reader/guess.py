"""Guess what a file of labelled data holds: the kind of task, and its columns."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from isogloss.core.errors import IsoglossError
from isogloss.kind.label import spell
from isogloss.language import word
from isogloss.language.registry import canonical
from isogloss.reader import conll, header, table
from isogloss.reader.header import CONTEXTS, ID, OPTION, PAIRS, TARGETS, TEXTS
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
        return _measured(path, "tag", "words and tags stand in columns", _layout(path), ())
    if path.suffix == ".json":
        return _measured(path, "span", "it has the form of SQuAD", {}, ())
    found = table.read(path)
    header.check(found)
    columns = {name: [r.values.get(name) for r in found.records] for name in found.columns}
    extra = _extra(columns)
    rest = {name: values for name, values in columns.items() if name not in extra.values()}
    for look in (_span, _tag, _choose, _texts):
        answer = look(rest)
        if answer:
            kind, why, fields = answer
            return _measured(path, kind, why, fields | extra, found.columns)
    raise IsoglossError(
        f"{path}: can't tell the input from the target; columns: {', '.join(found.columns)}",
        'name them "text" and "target", or write the study by hand: see docs/data.md',
    )


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
    found: set[Any] = set()
    for item in read(path, seen.kind, tuple(sorted(seen.columns.items()))):
        target = item.values.get("target")
        found.update(target if isinstance(target, list | tuple) else [target])
    spelled = set(map(spell, found))
    return spelled - {"None"}


def langs(path: Path) -> tuple[str, ...]:
    """List the languages that a column of a file tells; none where none does."""
    found = guess(path)
    if "lang" not in found.columns:
        return ()
    items = read(path, found.kind, tuple(sorted(found.columns.items())))
    return tuple(sorted({item.lang for item in items}))


def _measured(
    path: Path, kind: str, why: str, columns: dict[str, Any], header: tuple[str, ...]
) -> Guess:
    items = read(path, kind, tuple(sorted(columns.items())))
    words = 0
    for item in items:
        for name, value in item.values.items():
            if name not in ("target", "start"):
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


def _named(columns: Mapping[str, Any], names: Sequence[str]) -> str | None:
    lowered = {name.lower(): name for name in columns}
    return next((lowered[name] for name in names if name in lowered), None)


Answer = tuple[str, str, dict[str, Any]]


def _span(columns: Mapping[str, Sequence[Any]]) -> Answer | None:
    context, question = _named(columns, CONTEXTS), _named(columns, ("question",))
    target = _named(columns, ("answers", "answer", "target"))
    if not (context and question and target):
        return None
    fields = {"context": context, "question": question, "target": target}
    start = _named(columns, ("answer_start", "start"))
    return "span", "it has questions and contexts", fields | ({"start": start} if start else {})


def _tag(columns: Mapping[str, Sequence[Any]]) -> Answer | None:
    lists = [name for name, values in columns.items() if all(map(_is_words, values))]
    for words in lists:
        for tags in lists:
            pairs = zip(columns[words], columns[tags], strict=True)
            if words != tags and all(len(one) == len(other) for one, other in pairs):
                if _distinct(columns[words]) < _distinct(columns[tags]):
                    words, tags = tags, words
                why = f"'{words}' and '{tags}' are lists of the same length"
                return "tag", why, {"words": words, "target": tags}
    return None


def _is_words(value: Any) -> bool:
    return isinstance(value, list) and all(isinstance(one, str | int) for one in value)


def _distinct(lists: Sequence[Sequence[Any]]) -> int:
    return len({str(item) for one in lists for item in one})


def _choose(columns: Mapping[str, Sequence[Any]]) -> Answer | None:
    options: Any = _named(columns, ("options", "choices", "endings"))
    if options is None or not all(isinstance(value, list) for value in columns[options]):
        options = tuple(name for name in columns if OPTION.fullmatch(name))
    rest = {name: v for name, v in columns.items() if name not in options}
    target = _named(rest, TARGETS)
    text = _text(rest, target)
    if len(options) < 2 or target is None or text is None:
        return None
    return "choose", "it has options", {"text": text, "options": options, "target": target}


def _texts(columns: Mapping[str, Sequence[Any]]) -> Answer | None:
    target = _named(columns, TARGETS) or _fewest(columns)
    text = _text(columns, target)
    if target is None or text is None:
        return None
    values = [str(value) for value in columns[target]]
    distinct = len(set(values))
    if distinct > max(2, min(100, len(values) // 5)):
        why = f"'{target}' is a text of its own in most lines"
        return "generate", why, {"text": text, "target": target}
    fields = {"text": text, "target": target}
    lowered = {name.lower(): name for name in columns}
    for first, second in PAIRS:
        if first in lowered and second in lowered:
            fields |= {"text": lowered[first], "pair": lowered[second]}
    return "classify", f"'{target}' has {distinct} values", fields


def _text(columns: Mapping[str, Sequence[Any]], target: str | None) -> str | None:
    """Find the input: by its name, else the column with the longest texts."""
    rest = {name: v for name, v in columns.items() if name != target and isinstance(v[0], str)}
    longest = sorted(rest, key=lambda name: -sum(len(str(value)) for value in rest[name]))
    return _named(rest, TEXTS) or next(iter(longest), None)


def _fewest(columns: Mapping[str, Sequence[Any]]) -> str | None:
    counts = {name: len({str(v) for v in values}) for name, values in columns.items()}
    order = sorted((name for name in counts if counts[name] > 1), key=counts.__getitem__)
    return order[0] if len(order) > 1 else None
