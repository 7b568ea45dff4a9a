"""Keep with a run what its task is, and make the task again from that."""

from __future__ import annotations

import os
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

from isogloss import plugin
from isogloss.core.errors import IsoglossError
from isogloss.core.run import Run
from isogloss.core.task import Supply, Task, about
from isogloss.material.supply import supply
from isogloss.reader import own
from isogloss.store import Store


def define(task: Task, out: Path, data: Path | None = None) -> dict[str, Any]:
    """Give a task's definition as plain values, for ``run.json``.

    Args:
        task: what is kept; of a task that the package brings, its supply alone.
        out: results folder; paths are kept as they are and relative to it.
        data: folder of real data.
    """
    found: dict[str, Any] = {}
    if not plugin.built_in(task.name):
        found = about(task) | _placed(task.definition, out)
    if plugin.files():
        found["plugins"] = [str(path) for path in plugin.files()]
    if task.supply.definition:
        found["supply"] = _placed(task.supply.definition, out)
    if data is not None:
        found["data"] = _places(data, out)
    return found


def restore(run: Run, kept: Mapping[str, Any], out: Path) -> Task:
    """Make a run's task again; what its files hold now changes neither labels nor version.

    Raises:
        IsoglossError: the task came from a plug-in or a program that is not there.
    """
    if "table" in kept:
        task = _own(run, kept, out)
    elif run.task in plugin.names("task"):
        task = plugin.task(run.task)
    else:
        raise _unknown(run, kept)
    try:
        run.parsed  # noqa: B018
    except IsoglossError as error:
        raise IsoglossError(error.what, _loading(kept) or error.hint) from None
    if "supply" not in kept:
        return task
    return replace(task, supply=_supplied(task.supply, kept["supply"], run, out))


def _own(run: Run, kept: Mapping[str, Any], out: Path) -> Task:
    try:
        return own.again(run.task, kept, _bases(kept["base"], out))
    except (LookupError, TypeError, ValueError) as error:
        raise IsoglossError(
            f"what a run in {out / 'runs'} keeps of its task '{run.task}' can't be read",
            "delete the run's folder and run its study again; its weights stay",
        ) from error


def folder_of_data(kept: Mapping[str, Any], out: Path) -> Path | None:
    """Give the folder of real data that a run used; None where it used none."""
    there = _bases(kept["data"], out) if "data" in kept else []
    return next((path for path in there if path.is_dir()), None)


def agree(tasks: Iterable[Task], store: Store) -> None:
    """Refuse tasks that the runs of a results folder know by the same name as others.

    So are tasks whose metrics are others by the same name.

    Raises:
        IsoglossError: says what differs.
    """
    tasks = tuple(tasks)
    for each in tasks:
        _scored(each, store)
    asked = {task.name: task for task in tasks if not plugin.built_in(task.name)}
    for key, run in store.runs().items() if asked and store.out.is_dir() else ():
        task = asked.get(run.task)
        if task is None or run.task_version in ("", task.version):
            continue
        was = store.task(key)
        raise IsoglossError(
            f"{store.out} holds runs of another task '{task.name}', run {key} the first: "
            f"{_differing(was, define(task, store.out))}",
            "give these results a folder of their own with --out, or the task another name",
        )


def _scored(task: Task, store: Store) -> None:
    """Refuse scores of a plug-in's metric that was another when they were made."""
    now = {name: digest for name in task.metrics if (digest := plugin.digest("metric", name))}
    for row in store.rows() if now and store.out.is_dir() else ():
        stale = row.task == task.name and row.metric in now
        if stale and f"from:{now[row.metric]}" not in row.signature.split("|"):
            raise IsoglossError(
                f"{store.out} holds scores of another '{row.metric}', run {row.run} the first: "
                f"{row.signature or 'by an older isogloss'} there, from:{now[row.metric]} here",
                "bring the metric's file back; or give these results a folder of their own with "
                f"--out; or delete {store.out / 'runs' / row.run} and run its study again: its "
                "weights stay",
            )


def _differing(was: Mapping[str, Any], now: Mapping[str, Any]) -> str:
    one = {**was, **was.get("table", {})}
    other = {**now, **now.get("table", {})}
    left = {"table", "version", "base"}
    names = [k for k in {**one, **other} if k not in left and _plain(one, k) != _plain(other, k)]
    if not names:
        return "another version of it"
    first = names[0]
    more = f"; {', '.join(names[1:])} too" if names[1:] else ""
    return f"its {first} is {_plain(one, first)!r} there and {_plain(other, first)!r} here{more}"


def _plain(values: Mapping[str, Any], name: str) -> Any:
    found = values.get(name)
    return list(found) if isinstance(found, tuple) else found


def _placed(definition: Mapping[str, Any], out: Path) -> dict[str, Any]:
    """Keep a table, and the folder that its paths are relative to."""
    if not definition:
        return {}
    return {"table": definition["table"], "base": _places(Path(definition["base"]), out)}


def _places(path: Path, out: Path) -> list[str]:
    """Spell a folder's place for this machine, and for wherever the results move with it."""
    return [str(path.resolve()), os.path.relpath(path.resolve(), out.resolve())]


def _bases(places: Sequence[str], out: Path) -> list[Path]:
    """List where a folder may be: where the results have moved with it, or where it was."""
    return [out / places[1], Path(places[0])]


def _supplied(known: Supply, kept: Mapping[str, Any], run: Run, out: Path) -> Supply:
    """Build a supply again; where its files are gone, only a recipe that needs some minds."""
    for base in (bases := _bases(kept["base"], out)):
        try:
            return supply(kept["table"], base)
        except IsoglossError:
            if run.parsed.needs and base == bases[-1]:
                raise
    return known


def _unknown(run: Run, kept: Mapping[str, Any]) -> IsoglossError:
    if "version" not in kept:
        return IsoglossError(
            f"task '{run.task}' is not known here, and an older isogloss kept nothing of it",
            "delete the run's folder and run its study again; its weights stay",
        )
    return IsoglossError(
        f"task '{run.task}' of this run was made by a plug-in or a program that is not loaded",
        _loading(kept) or "call isogloss.plugin.offer(task) before, with the same task",
    )


def _loading(kept: Mapping[str, Any]) -> str:
    """Say how the plug-ins of a run are loaded; they are never loaded unasked."""
    files = " ".join(f"--plugin {path}" for path in kept.get("plugins", ()))
    return f"load what the run was made with: isogloss {files} ..." if files else ""
