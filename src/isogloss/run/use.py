"""Use a trained run: open it again, and answer new inputs with it."""

from __future__ import annotations

import logging
import math
from collections.abc import Mapping
from dataclasses import replace
from functools import partial
from pathlib import Path
from typing import Any

from isogloss import plugin
from isogloss.core.errors import IsoglossError
from isogloss.core.machine import Machine
from isogloss.core.run import Run
from isogloss.core.task import Task
from isogloss.core.types import Example, Prediction
from isogloss.language.registry import canonical
from isogloss.reader import unlabelled
from isogloss.run import definition
from isogloss.run.context import Access
from isogloss.run.material import changed
from isogloss.run.pipeline import Setting, access, predicted, trained
from isogloss.store import find
from isogloss.store.store import OUTSIDE

log = logging.getLogger("isogloss")


def reopen(
    name: str,
    *,
    out: Path | str = "out",
    data: Path | str | None = None,
    machine: Machine | None = None,
) -> tuple[Run, Any, Access]:
    """Give a trained run, its model and its context.

    Args:
        name: the run's id or the start of one, its folder's path, or the recipe's name
            in the study; see ``store.find``.
        out: results folder.
        data: folder of real data; None: the one that the run was made with.
        machine: where it runs.

    Raises:
        IsoglossError: there is no such run, or several, or its task can't be made again.
    """
    return _loaded(*opened(name, out=out, data=data, machine=machine))


def _loaded(run: Run, setting: Setting) -> tuple[Run, Any, Access]:
    if run.revision == OUTSIDE:
        raise IsoglossError(
            f"'{run.model}' is a system from outside: its answers are here, its model is not",
            "name a run that was trained here",
        )
    ctx = access(run, setting)
    if read := changed(run, ctx.digest):
        log.warning("run %s was trained on other %s than are there now", run.id, ", ".join(read))
    return run, trained(run, ctx, setting), ctx


def opened(
    name: str,
    *,
    out: Path | str = "out",
    data: Path | str | None = None,
    machine: Machine | None = None,
) -> tuple[Run, Setting]:
    """Give a run and what it needs besides its identity, its task made again; see ``reopen``."""
    store, key = find(name, Path(out))
    run, kept = store.run(key), store.task(key)
    task = definition.restore(run, kept, store.out)
    run = replace(run, task_version=run.task_version or task.version)
    folder = Path(data) if data else definition.folder_of_data(kept, store.out)
    return run, Setting(store, machine or Machine(), {run.task: task}, folder)


def answer(
    name: str,
    file: Path | str,
    lang: str,
    *,
    out: Path | str = "out",
    data: Path | str | None = None,
    machine: Machine | None = None,
    split: str = "test",
) -> list[Prediction]:
    """Answer a file of inputs in one language with a trained run.

    Args:
        name: of the run, as for ``reopen``.
        file: the inputs, as ``data.unlabelled.inputs`` reads them; labels in it are ignored.
        lang: their language.
        out: results folder.
        data: folder of real data.
        machine: where it runs.
        split: names the items that have no id of their own, as that split does.

    Raises:
        IsoglossError: no such run, or a file that can't be read.
    """
    return [prediction for _, prediction in answers(name, file, lang, out, data, machine, split)[1]]


def answers(
    name: str,
    file: Path | str,
    lang: str,
    out: Path | str = "out",
    data: Path | str | None = None,
    machine: Machine | None = None,
    split: str = "test",
) -> tuple[Task, list[tuple[Example, Prediction]]]:
    """Give the run's task, and each input with its answer; see ``answer``."""
    lang = canonical(lang)
    run, setting = opened(name, out=out, data=data, machine=machine)
    examples = inputs(Path(file), setting.task(run.task), lang, split, setting.data)
    run, model, ctx = _loaded(run, setting)
    found = predicted(run, model, lang, examples, ctx)
    return ctx.task, list(zip(examples, found, strict=True))


def inputs(
    file: Path, task: Task, lang: str, split: str = "test", data: Path | None = None
) -> list[Example]:
    """Read a task's unlabelled examples from a file."""
    read = task.inputs or partial(
        unlabelled.inputs,
        kind=task.kind,
        fields=task.fields,
        pool=lambda lang, split: task.load(lang, split, data),
    )
    return read(file, lang, split)


def plain(task: Task, example: Example, prediction: Prediction) -> dict[str, Any]:
    """Give an answer as plain values: id, lang, prediction, and what the head knows besides."""
    value = prediction.value
    kind = plugin.kind(task.kind)
    found = {"id": example.id, "lang": example.lang, "prediction": value}
    if kind.options:
        found["option"] = str(example.inputs[kind.options][value])
    if prediction.scores and kind.shared:
        found["scores"] = _rounded(prediction.scores)
    elif prediction.scores:
        found["probabilities"] = _rounded(_probabilities(prediction.scores))
    return found | ({"flags": list(prediction.flags)} if prediction.flags else {})


def _probabilities(scores: Mapping[str, float]) -> dict[str, float]:
    """Turn log-probabilities into shares of one."""
    top = max(scores.values())
    weights = {name: math.exp(score - top) for name, score in scores.items()}
    return {name: weight / sum(weights.values()) for name, weight in weights.items()}


def _rounded(values: Mapping[str, float]) -> dict[str, float]:
    return {name: round(value, 6) for name, value in values.items()}
