"""Use a trained run: open it again, and answer new inputs with it."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from isogloss.core.errors import IsoglossError, unknown
from isogloss.core.machine import Machine
from isogloss.core.run import Run
from isogloss.core.task import Task
from isogloss.core.types import Example, Prediction
from isogloss.data import table
from isogloss.data.language import canonical
from isogloss.run.context import Access
from isogloss.run.pipeline import Setting, access, predicted, trained
from isogloss.store import Store

WORDS = ("words", "options")
"""Fields that hold a list; a table's cell splits at blanks, or holds a JSON list."""


def reopen(
    name: str, *, out: Path, data: Path | None = None, machine: Machine | None = None
) -> tuple[Run, Any, Access]:
    """Give a trained run, its model and its context, by id or by its folder's path.

    Raises:
        IsoglossError: there is no such run.
    """
    folder = Path(name)
    if (folder / "run.json").is_file():
        out, name = folder.resolve().parents[1], folder.name
    runs = Store(out).runs() if out.exists() else {}
    matching = [key for key in runs if key.startswith(name)]
    if len(matching) != 1:
        raise unknown(f"run below {out}:", name, runs)
    run = runs[matching[0]]
    setting = Setting(Store(out), machine or Machine(), {}, data)
    ctx = access(run, setting)
    return run, trained(run, ctx, setting), ctx


def answer(
    name: str,
    file: Path,
    lang: str,
    *,
    out: Path,
    data: Path | None = None,
    machine: Machine | None = None,
) -> list[Prediction]:
    """Answer a file of inputs in one language with a trained run.

    Args:
        file: JSON lines, CSV or TSV with the task's fields as columns; an
            optional column id.

    Raises:
        IsoglossError: no such run, or a file that can't be read.
    """
    run, model, ctx = reopen(name, out=out, data=data, machine=machine)
    lang = canonical(lang)
    return predicted(run, model, lang, inputs(file, ctx.task, lang), ctx)


def inputs(file: Path, task: Task, lang: str) -> list[Example]:
    """Read unlabelled examples of a task from a table."""
    if not file.is_file():
        raise IsoglossError(f"no file '{file}'", "give the path of a .jsonl, .csv or .tsv file")
    found = table.read(file)
    found.need(task.fields)
    return [
        Example(
            id=str(record.values.get("id", number)),
            lang=lang,
            inputs={f: _cell(record.values.get(f), f, file, record.line) for f in task.fields},
        )
        for number, record in enumerate(found.records)
    ]


def _cell(value: Any, field: str, file: Path, line: int) -> Any:
    if value is None:
        raise IsoglossError(f"{file}:{line}: nothing in column '{field}'", "fill it in")
    if field in WORDS:
        return tuple(value.split() if isinstance(value, str) else value)
    return value
