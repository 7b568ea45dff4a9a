"""Make a task of a study's ``[task.NAME]`` table: own data without Python."""

from __future__ import annotations

import hashlib
import json
from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from functools import partial
from itertools import chain, islice
from pathlib import Path
from typing import Any, TypeVar

from isogloss import plugin
from isogloss.core.errors import Errors, IsoglossError, unknown
from isogloss.core.kind import Kind
from isogloss.core.task import SPLITS, Task
from isogloss.core.template import Template, check
from isogloss.core.types import Example
from isogloss.kind import entity
from isogloss.kind.label import spell
from isogloss.language.registry import canonical
from isogloss.reader import folder, table, training, unlabelled
from isogloss.reader.source import Columns, Place, Source, canonical_at
from isogloss.reader.template import read as read_template

T = TypeVar("T")
KEYS = (
    "kind", "files", "columns", "header", "labels", "langs", "metrics", "prompt", "template",
    "source", "licence", "cite",
)  # fmt: skip
WANTED = "data/{lang}/{split}.jsonl"


def task(name: str, table: Mapping[str, Any], base: Path) -> Task:
    """Build a task from a study's table; paths are relative to the study's folder.

    Args:
        name: The task's name.
        table: ``kind``, ``files``, and what else docs/data.md lists.
        base: Folder of the study.

    Raises:
        IsoglossError: everything that is wrong with the table and its files.
    """
    return _Reader(name, table, base).read()


def again(name: str, kept: Mapping[str, Any], bases: Sequence[Path]) -> Task:
    """Make a task of what a run kept of it: its table, labels, metrics and version.

    Args:
        name: the task's name.
        kept: ``table``, ``labels``, ``metrics`` and ``version``.
        bases: folders that the table's paths may be relative to; the first that has the
            files is taken. Without files it still reads new inputs; loading a split fails.
    """
    given = {"labels": list(kept["labels"])} if kept["labels"] else {}
    table = {**kept["table"], **given, "metrics": list(kept["metrics"])}
    readers = [_Reader(name, table, base) for base in bases]
    base, reader = next(
        (pair for pair in zip(bases, readers, strict=True) if pair[1].there()),
        (bases[-1], readers[-1]),
    )
    try:
        found = reader.read()
    except IsoglossError as error:
        found = reader.without_files(error)
    definition = {"table": kept["table"], "base": str(base.resolve())}
    return replace(found, version=kept["version"], definition=definition)


@dataclass
class _Reader:
    """Reads one table and collects every error on the way."""

    name: str
    table: Mapping[str, Any]
    base: Path
    errors: list[IsoglossError] = field(default_factory=list)
    langs: tuple[str, ...] = ()
    texts: Mapping[str, str] = field(default_factory=dict)

    def read(self) -> Task:
        for key in self.table:
            if key not in KEYS:
                self.errors.append(unknown(f"key of [task.{self.name}]:", key, KEYS))
        self.texts = {key: self.text(key) for key in ("prompt", "source", "licence", "cite")}
        found = [self.attempt(canonical, code) for code in self.strings("langs")]
        self.langs = tuple(lang for lang in found if lang)
        labels = entity.iob2_labels(self.labels())
        kind = self.kind()
        columns = self.columns(kind)
        places = self.places(columns)
        self.stop()
        source = Source(kind, columns, places, labels, self.name)
        there = self.attempt(source.available) or {}
        self.check_langs(there)
        self.stop()
        counts = self.attempt(training.counted, source, there) or Counter()
        self.stop()
        if plugin.kind(kind).labels:
            labels = labels or self.attempt(training.labels, source, counts) or ()
        metrics = self.metrics(kind, labels)
        asks = plugin.kind(kind)
        template = self.template((*asks.fields, *asks.extra), labels)
        self.stop()
        source = replace(source, labels=labels)
        made = self.task(source, there, metrics, tuple(training.notes(source, counts)))
        return replace(made, template=template)

    def task(
        self,
        source: Source,
        there: Mapping[str, Any],
        metrics: tuple[str, ...],
        notes: tuple[str, ...],
    ) -> Task:
        identity = [dict(self.table), source.labels, *training.read_from(source)]
        version = hashlib.sha256(json.dumps(identity, sort_keys=True).encode()).hexdigest()[:8]
        langs = self.langs or tuple(there)
        asks = plugin.kind(source.kind)
        given = dict(source.columns)
        fields = asks.fields + tuple(field for field in asks.extra if field in given)
        return Task(
            version=version,
            kind=source.kind,
            langs=langs,
            load=partial(_load, source),
            metrics=metrics,
            labels=source.labels,
            fields=fields,
            available=partial(_available, {lang: there[lang] for lang in langs}),
            digest=partial(_digest, source),
            prompt=self.texts["prompt"],
            source=self.texts["source"],
            licence=self.texts["licence"],
            cite=self.texts["cite"],
            name=self.name,
            notes=notes,
            inputs=partial(
                unlabelled.inputs,
                kind=source.kind,
                fields=fields,
                columns=source.columns,
                pool=source.load,
            ),
            definition={"table": dict(self.table), "base": str(self.base.resolve())},
        )

    def template(self, fields: Sequence[str], labels: Sequence[str]) -> Template:
        """Read the template."""
        values, found = self.table.get("template", {}), None
        if not isinstance(values, Mapping):
            self.wrong(
                f"template must be a table, got {values!r}",
                f'write [task.{self.name}.template] and below it instruction = "..."',
            )
        else:
            found = self.attempt(read_template, "template", values)
        if found is None:
            return Template()
        if found.instruction and self.texts["prompt"]:
            self.wrong("has a prompt and an instruction in its template", "leave out the prompt")
        self.attempt(check, found, fields, labels)
        return found

    def there(self) -> bool:
        """Tell whether any of its files is there."""
        found = bool(self.places(self.columns(self.kind())))
        self.errors.clear()
        return found

    def without_files(self, error: IsoglossError) -> Task:
        """Build the task of a table that was read before, whose files are gone."""
        kind = self.kind()
        labels = entity.iob2_labels(self.labels())
        source = Source(kind, self.columns(kind), (), labels, self.name)
        task = self.task(source, {}, self.strings("metrics"), ())
        template = self.template(task.fields, labels)
        return replace(task, load=partial(_gone, error), template=template)

    def attempt(self, call: Callable[..., T], *args: Any) -> T | None:
        """Call, and keep the error for later."""
        try:
            return call(*args)
        except IsoglossError as error:
            self.errors.append(error)
        return None

    def stop(self) -> None:
        """Raise what was found so far."""
        if self.errors:
            raise Errors(self.errors, f"[task.{self.name}]")

    def wrong(self, what: str, hint: str) -> None:
        """Keep an error of this table."""
        self.errors.append(IsoglossError(f"[task.{self.name}] {what}", hint))

    def text(self, key: str) -> str:
        """Read a string."""
        value = self.table.get(key, "")
        if not isinstance(value, str):
            self.wrong(f"{key} must be text, got {value!r}", f'write {key} = "..."')
        return str(value)

    def strings(self, key: str) -> tuple[str, ...]:
        """Read a list of strings."""
        value = self.table.get(key, [])
        if not isinstance(value, list | tuple) or not all(isinstance(v, str) for v in value):
            self.wrong(f"{key} must be a list of text", f'write {key} = ["...", "..."]')
            return ()
        return tuple(value)

    def labels(self) -> tuple[str, ...]:
        """Read the label set, each label as it is compared."""
        found = tuple(map(spell, self.strings("labels")))
        for one in dict.fromkeys(found):
            if not one or found.count(one) > 1:
                what = f"labels has '{one}' twice" if one else "labels has an empty label"
                self.wrong(what, "write each label once; spaces around labels don't count")
        return found

    def kind(self) -> str:
        value = self.text("kind")
        known = plugin.names("kind")
        if value in known:
            return value
        if value:
            self.errors.append(unknown(f"kind of [task.{self.name}]:", value, known))
        else:
            self.wrong("says no kind", f"kinds: {', '.join(known)}")
        return ""

    def columns(self, kind: str) -> Columns:
        """Read the names of columns; lists become tuples, so that they can be hashed."""
        given = self.table.get("columns", {})
        if not isinstance(given, Mapping):
            self.wrong("columns must be a table", 'write columns = { text = "body" }')
            return ()
        asks = plugin.kind(kind) if kind else None
        known = [*asks.fields, *asks.extra, *asks.beside, "target", "id", "lang"] if asks else []
        header = self.header(asks, given)
        found: list[tuple[str, Any]] = []
        for key, value in given.items():
            if kind and key not in known:
                self.errors.append(unknown(f"field of {kind} in columns:", key, known))
            elif isinstance(value, list) and asks and key == asks.options:
                found.append((key, tuple(map(str, value))))
            elif header is False and isinstance(value, int):
                found.append((key, str(value)))
            elif isinstance(value, str) or (isinstance(value, int) and asks and asks.formats):
                found.append((key, value))
            else:
                self.wrong(f"columns.{key} must name a column, got {value!r}", 'write "name"')
        if header is not None:
            found.append(("header", header))
        return tuple(sorted(found))

    def header(self, kind: Kind | None, columns: Mapping[str, Any]) -> bool | None:
        """Read whether the first line of CSV and TSV names the columns; None: as it looks."""
        value = self.table.get("header")
        if value is not None and not isinstance(value, bool):
            self.wrong(f"header must be true or false, got {value!r}", "write header = false")
            return None
        if value is not None and kind and "conll" in kind.formats:
            self.wrong("says header, which words and tags in columns don't have", "leave it out")
            return None
        if value is False and not any(isinstance(number, int) for number in columns.values()):
            shared = kind.options if kind and kind.shared else ""
            fields = [name for name in (kind.fields if kind else ()) if name != shared]
            asked = ", ".join(f"{name} = {n}" for n, name in enumerate([*fields, "target"], 1))
            self.wrong("has no header and says no columns", f"write columns = {{ {asked} }}")
        return value

    def places(self, columns: Columns) -> tuple[Place, ...]:
        """Find all files."""
        files = self.table.get("files")
        spoken = "lang" in dict(columns)
        found: list[Place] = []
        if isinstance(files, str):
            if "split" not in folder.placeholders(files):
                self.wrong(
                    f"files = '{files}' does not say which split is where",
                    f"write files = '{WANTED}', or files = {{ train = '...', test = '...' }}",
                )
            else:
                found = self.pattern(files, None, spoken)
        elif isinstance(files, Mapping):
            for key, value in files.items():
                if key not in SPLITS:
                    self.errors.append(unknown(f"split in files of {self.name}:", key, SPLITS))
                else:
                    found += self.split(key, value, spoken)
        else:
            self.wrong("names no files", f"write files = '{WANTED}'")
        self.twice(found)
        return tuple(found)

    def split(self, split: str, value: Any, spoken: bool) -> list[Place]:
        """Find the files of one split: a pattern, or a table of language and path."""
        if isinstance(value, str):
            return self.pattern(value, split, spoken)
        if not isinstance(value, Mapping):
            self.wrong(f"files.{split} must be a path or a table", "write { en = '...' }")
            return []
        found = []
        for code, path in value.items():
            lang = self.attempt(canonical, code)
            if not (self.base / str(path)).is_file():
                self.missing(str(path))
            elif lang:
                found.append(Place(self.base / str(path), split, lang))
        return found

    def pattern(self, pattern: str, split: str | None, spoken: bool) -> list[Place]:
        """Find the files that fit a pattern."""
        for name in folder.placeholders(pattern):
            if name not in ("lang", "split"):
                self.errors.append(unknown("name in braces:", name, ["lang", "split"]))
        found = []
        for path, names in folder.matches(pattern, self.base):
            held = split or folder.split_of(names.get("split", ""))
            if held is None:
                continue
            lang: str | None = None
            if "lang" in names:
                if self.langs and not folder.is_code(names["lang"], names["lang"]):
                    continue  # a language that nobody knows, and nobody asks for
                lang = self.attempt(canonical_at, names["lang"], str(path))
                if lang is None:
                    continue
            elif not spoken and len(self.langs) == 1:
                lang = self.langs[0]
            elif not spoken:
                self.wrong(
                    f"does not say which language '{path}' is in",
                    f"put {{lang}} into files, or write files = {{ {held} = "
                    f'{{ en = "{pattern}" }} }}, or name a column: columns = {{ lang = "..." }}',
                )
                continue
            found.append(Place(path, held, lang))
        if not found and not self.errors:
            self.missing(pattern)
        return found

    def missing(self, pattern: str) -> None:
        """Keep the error for a file that is not there, with what is there instead."""
        base = self.base.resolve()
        # A study may lie in a large folder: a look at what comes first is enough for a hint.
        below = islice(chain(base.glob("*.*"), base.glob("*/*.*"), base.glob("*/*/*.*")), 500)
        near = sorted(path for path in below if path.suffix in KNOWN)[:4]
        shown = ", ".join(path.relative_to(base).as_posix() for path in near)
        self.wrong(
            f"no file fits '{pattern}'",
            f"paths are relative to the study, in {base}; there is {shown or 'no data file'}",
        )

    def twice(self, places: Sequence[Place]) -> None:
        seen: dict[tuple[str, str | None], Path] = {}
        for place in places:
            key = (place.split, place.lang)
            if key in seen and place.lang:
                self.wrong(
                    f"has two {place.split} files in '{place.lang}': {seen[key]}, {place.path}",
                    "keep one, or name it in files",
                )
            seen[key] = place.path

    def check_langs(self, there: Mapping[str, Any]) -> None:
        for lang in self.langs:
            if lang not in there:
                self.wrong(
                    f"has no data in '{lang}'",
                    f"there are files in {', '.join(there)}; take it out of langs or add a file",
                )

    def metrics(self, kind: str, labels: Sequence[str]) -> tuple[str, ...]:
        given, asks = self.strings("metrics"), plugin.kind(kind)
        for name in given:
            metric = self.attempt(plugin.metric, name)
            if metric is not None and kind not in metric.kinds:
                fit = ", ".join(asks.metrics)
                self.wrong(f"metric '{name}' is not for {kind} tasks", f"for example: {fit}")
            elif name == "entity_f1" and not entity.tells_entities(labels):
                self.wrong(
                    f"metric 'entity_f1' can't read the labels {', '.join(labels[:8])}",
                    "entities need O, B-TYPE and I-TYPE; for other tags tag_accuracy",
                )
        if given:
            return given
        return (*asks.label_metrics(labels), *asks.metrics)


KNOWN = (*table.READERS, ".json", ".conllu", ".conll", ".iob2", ".txt")


def _load(source: Source, lang: str, split: str, data: Path | None) -> list[Example]:
    return source.load(lang, split)


def _gone(error: IsoglossError, lang: str, split: str, data: Path | None) -> list[Example]:
    raise error


def _available(there: Mapping[str, Any], data: Path | None) -> Mapping[str, Any]:
    return there


def _digest(source: Source, lang: str, split: str, data: Path | None) -> str:
    return source.digest(lang, split)
