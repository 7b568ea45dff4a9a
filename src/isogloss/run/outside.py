"""Score the outputs of any system, and enter them beside our own."""

from __future__ import annotations

from collections import defaultdict
from pathlib import Path
from typing import Any

from isogloss.core import plugin
from isogloss.core.errors import IsoglossError, nearest
from isogloss.core.task import Task
from isogloss.core.types import Example, Prediction, Row
from isogloss.data import table
from isogloss.data.language import canonical
from isogloss.run.score import Cost, score
from isogloss.store import Store

COLUMNS = ("prediction", "value", "output")


def evaluate(
    file: Path,
    task: str,
    *,
    lang: str | None = None,
    name: str | None = None,
    split: str = "test",
    out: Path = Path("out"),
    data: Path | None = None,
) -> list[Row]:
    """Score a file of outputs against a task's items.

    Args:
        file: JSON lines, CSV or TSV with columns id and prediction, and lang
            unless ``lang`` is given. Every item of a language must be answered.
        name: enter the scores into ``out`` under this name.

    Raises:
        IsoglossError: an unknown or missing id, a wrong label, a broken line.
    """
    found = plugin.task(task)
    run = Store(out).outside(name or file.stem, task)
    cost = Cost(trained=0, size=0, seconds=0.0, step=0, machine="", note="outside")
    answers, golds, rows, stats = {}, {}, [], {}
    for code, given in _read(file, lang).items():
        golds[code] = found.load(code, split, data)
        answers[code] = _matched(file, found, code, golds[code], given)
        scored, stats[code] = score(run, found, code, split, golds[code], answers[code], cost)
        rows += scored
    if name:
        Store(out).enter(name, task, answers, rows, split=split, examples=golds, stats=stats)
    return rows


def _read(file: Path, lang: str | None) -> dict[str, dict[str, tuple[int, Any]]]:
    if not file.is_file():
        raise IsoglossError(f"no file '{file}'", "give the path of a .jsonl, .csv or .tsv file")
    read = table.read(file)
    column = next((c for c in COLUMNS if c in read.columns), COLUMNS[0])
    read.need(["id", column, *([] if lang else ["lang"])])
    found: dict[str, dict[str, tuple[int, Any]]] = defaultdict(dict)
    for record in read.records:
        code = canonical(lang or str(record.values.get("lang")))
        key = str(record.values.get("id"))
        if key in found[code]:
            raise IsoglossError(f"{file}:{record.line}: id '{key}' is there twice", "drop one")
        found[code][key] = (record.line, record.values.get(column))
    return found


def _matched(
    file: Path, task: Task, lang: str, gold: list[Example], given: dict[str, tuple[int, Any]]
) -> list[Prediction]:
    ids = {example.id for example in gold}
    if not ids:
        raise IsoglossError(f"{task.name} has no items in '{lang}'", "leave the language out")
    for key, (line, _) in given.items():
        if key not in ids:
            near = nearest(key, ids)
            hint = f"did you mean '{near}'?" if near else "take the ids of the task's items"
            raise IsoglossError(f"{file}:{line}: {task.name} has no item '{key}' in {lang}", hint)
    missing = [example.id for example in gold if example.id not in given]
    if missing:
        raise IsoglossError(
            f"{file}: {len(missing)} of {len(gold)} items of {task.name} in {lang} have no "
            f"prediction, '{missing[0]}' the first",
            "answer every item, with an empty prediction where the system gave none",
        )
    return [Prediction(e.id, _value(given[e.id], task, e, file)) for e in gold]


def _value(given: tuple[int, Any], task: Task, example: Example, file: Path) -> Any:
    line, value = given
    if task.kind == "tag":
        tags = tuple(value.split() if isinstance(value, str) else value or ())
        if len(tags) != len(example.inputs["words"]):
            raise IsoglossError(
                f"{file}:{line}: {len(tags)} tags for {len(example.inputs['words'])} words",
                "give one tag a word",
            )
        return tags
    if task.kind in ("choose", "retrieve"):
        if not str(value).isdecimal():
            raise IsoglossError(f"{file}:{line}: '{value}' is no option", "give its index from 0")
        return int(value)
    return "" if value is None else str(value)
