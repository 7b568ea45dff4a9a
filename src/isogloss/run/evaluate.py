"""Score the outputs of any system, and enter them beside our own."""

from __future__ import annotations

from collections import defaultdict
from pathlib import Path
from typing import Any

from isogloss import plugin
from isogloss.core.errors import IsoglossError, nearest, unknown
from isogloss.core.task import Task
from isogloss.core.types import Example, Prediction, Row
from isogloss.kind import label
from isogloss.language.registry import canonical
from isogloss.reader import table
from isogloss.run import definition
from isogloss.run.score import Cost, score
from isogloss.store import Store

COLUMNS = ("prediction", "value", "output")
COUNTED = "or count what can't be read as wrong: --malformed"

FLAGS = ("cut", "limit", "malformed")
"""What ``isogloss predict`` may say of an answer in a column flags."""

Given = dict[str, tuple[str, Any, tuple[str, ...]]]
"""Item -> its file and line, its answer as the file has it, and its flags."""


def evaluate(
    file: Path | str,
    task: Task | str,
    *,
    lang: str | None = None,
    name: str | None = None,
    split: str = "test",
    out: Path | str = "out",
    data: Path | None = None,
    malformed: bool = False,
) -> list[Row]:
    """Score a file of outputs against a task's items.

    Args:
        file: JSON lines, CSV or TSV with columns id and prediction, and lang
            unless ``lang`` is given. Every item of a language must be answered.
        task: one of the catalogue, or one that the runs of ``out`` were made with.
        lang: language of all lines.
        name: enter the scores into ``out`` under this name.
        split: whose items are answered.
        out: results folder.
        data: folder of real data.
        malformed: count answers that can't be read as wrong, with the flag malformed,
            instead of refusing them.

    Raises:
        IsoglossError: an unknown or missing id, an answer that is none, a broken line.
    """
    file, out = Path(file), Path(out)
    if isinstance(task, str):
        task, data = known(task, out, data)
    run = Store(out).outside(name or file.stem, task.name, version=task.version)
    cost = Cost(trained=0, size=0, seconds=0.0, step=0, machine="", note="outside")
    answers, golds, rows, stats = {}, {}, [], {}
    for code, given in _read(file, lang, task).items():
        golds[code] = task.load(code, split, data)
        _match_ids(file, task, code, golds[code], given)
        answers[code] = [_prediction(*given[e.id], task, e, malformed) for e in golds[code]]
        scored, stats[code] = score(run, task, code, split, golds[code], answers[code], cost)
        rows += scored
    if name:
        Store(out).enter(
            name,
            task.name,
            answers,
            rows,
            split=split,
            examples=golds,
            stats=stats,
            definition=definition.define(task, out, data),
            show=plugin.kind(task.kind).show,
        )
    return rows


def known(name: str, out: Path, data: Path | None = None) -> tuple[Task, Path | None]:
    """Find a task in the catalogue, else among those of a folder's runs.

    Returns:
        The task, and the folder of real data: the one given, or that of the run.

    Raises:
        IsoglossError: no such task, or several of this name.
    """
    if name in plugin.names("task"):
        return plugin.task(name), data
    store = Store(out)
    runs = store.runs() if out.is_dir() else {}
    keys = {run.task_version: key for key, run in runs.items() if run.task == name}
    if not keys:
        raise unknown("task", name, [*plugin.names("task"), *(r.task for r in runs.values())])
    if len(keys) > 1:
        listed = ", ".join(keys.values())
        raise IsoglossError(
            f"the runs of {out} know {len(keys)} tasks '{name}'",
            f"say whose is meant, with --run: {listed}",
        )
    (key,) = keys.values()
    return of_run(store, key, data)


def of_run(store: Store, key: str, data: Path | None = None) -> tuple[Task, Path | None]:
    """Give the task that a run was made with, and the folder of real data."""
    kept = store.task(key)
    task = definition.restore(store.run(key), kept, store.out)
    return task, data or definition.folder_of_data(kept, store.out)


def _read(file: Path, lang: str | None, task: Task) -> dict[str, Given]:
    if not file.is_file():
        raise IsoglossError(f"no file '{file}'", "give the path of a .jsonl, .csv or .tsv file")
    read = table.read(file)
    column = next((c for c in COLUMNS if c in read.columns), COLUMNS[0])
    read.need(["id", column, *([] if lang else ["lang"])])
    values = plugin.kind(task.kind).outputs(
        [record.values.get(column) for record in read.records], task.labels
    )
    found: dict[str, Given] = defaultdict(dict)
    for record, value in zip(read.records, values, strict=True):
        code = canonical(lang or str(record.values.get("lang")))
        key = str(record.values.get("id"))
        if key in found[code]:
            raise IsoglossError(f"{file}:{record.line}: id '{key}' is there twice", "drop one")
        flags = label.listed(record.values.get("flags")) or ()
        known = tuple(flag for flag in FLAGS if flag in flags)
        found[code][key] = (f"{file}:{record.line}", value, known)
    return found


def _match_ids(file: Path, task: Task, lang: str, gold: list[Example], given: Given) -> None:
    """Refuse ids that are no items', and items without an answer."""
    ids = {example.id for example in gold}
    if not ids:
        raise IsoglossError(f"{task.name} has no items in '{lang}'", "leave the language out")
    for key, (where, _, _) in given.items():
        if key not in ids:
            near = nearest(key, ids)
            hint = f"did you mean '{near}'?" if near else "take the ids of the task's items"
            raise IsoglossError(f"{where}: {task.name} has no item '{key}' in {lang}", hint)
    missing = [example.id for example in gold if example.id not in given]
    if missing:
        raise IsoglossError(
            f"{file}: {len(missing)} of {len(gold)} items of {task.name} in {lang} have no "
            f"prediction, '{missing[0]}' the first",
            "answer every item, with an empty prediction where the system gave none",
        )


def _prediction(
    where: str, value: Any, flags: tuple[str, ...], task: Task, example: Example, malformed: bool
) -> Prediction:
    """Read one answer; none at all is malformed, but for texts, which may be empty."""
    marked = tuple(sorted({*flags, "malformed"}))
    kind = plugin.kind(task.kind)
    nothing = Prediction(example.id, kind.nothing, flags=marked)
    if label.missing(value):
        return Prediction(example.id, "", flags=flags) if kind.free else nothing
    try:
        return Prediction(example.id, kind.read(value, task, example), flags=flags)
    except IsoglossError as error:
        if malformed:
            return nothing
        raise IsoglossError(f"{where}: {error.what}", f"{error.hint}; {COUNTED}") from None
