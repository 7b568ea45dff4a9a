"""Find a run by what people call it: its id, the start of it, its folder, or its name."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any

from isogloss.core.errors import IsoglossError, nearest
from isogloss.core.run import Run
from isogloss.store.store import OUTSIDE, Store

MOST = 12
"""Choices listed where a name stands for several runs."""
TELLING = ("task", "model", "sources", "lr", "seed", "optimizer")
"""What tells the runs of one recipe apart, in the order in which names say it."""


def find(name: str, out: Path) -> tuple[Store, str]:
    """Find one run.

    Args:
        name: a run's id or the start of one, the path of its folder, or its recipe's
            name in the study, with what else tells it apart: ``full seed=1``.
        out: results folder, where the name is no path.

    Returns:
        The results folder that it is in, and its id.

    Raises:
        IsoglossError: there is none of this name, or several.
    """
    folder = Path(name)
    if (folder / "run.json").is_file():
        return Store(folder.resolve().parents[1]), folder.resolve().name
    store = Store(out)
    if (out / "runs" / name / "run.json").is_file():
        return store, name
    found = matches(name, store)
    if len(found) == 1:
        return store, found[0]
    runs, names = store.runs(), _names(store)
    if found:
        told = _told({key: runs[key] for key in found}, names)
        raise IsoglossError(
            f"'{name}' stands for {len(found)} runs below {out}", f"say which: {_listed(told)}"
        )
    near = nearest(name, [*filter(None, names.values()), *runs])
    known = _listed(dict.fromkeys(filter(None, names.values())) or runs)
    hint = f"did you mean '{near}'? " if near else ""
    hint += f"known: {known}" if known else "there are no runs: name the folder with --out"
    raise IsoglossError(f"unknown run below {out}: '{name}'", hint)


def matches(name: str, store: Store) -> list[str]:
    """List the ids of the runs of a name: of their recipe, or the start of their id."""
    runs = store.runs()
    by_id = [key for key in runs if name and key.startswith(name)]
    return _named(name, runs, _names(store)) or by_id


def _names(store: Store) -> dict[str, str]:
    """Give each run's name in its study; an outside system's own."""
    return {
        key: run.model if run.revision == OUTSIDE else store.name(key)
        for key, run in store.runs().items()
    }


def _named(name: str, runs: Mapping[str, Run], names: Mapping[str, str]) -> list[str]:
    """List the runs of a name, with conditions such as ``seed=1`` behind it."""
    whole = [key for key in runs if names[key] == name]
    words = name.split()
    found = []
    for key, run in runs.items() if not whole else ():
        told = {f"{what}={_said(run, what)}" for what in TELLING}
        rest = [word for word in words if word not in told]
        if " ".join(rest) == names[key] and names[key]:
            found.append(key)
    return whole or found


def _told(runs: Mapping[str, Run], names: Mapping[str, str]) -> list[str]:
    """Spell names that tell these runs apart; an id where nothing does."""
    apart = [what for what in TELLING if len({_said(run, what) for run in runs.values()}) > 1]
    spelled = {
        key: " ".join([names[key], *(f"{what}={_said(run, what)}" for what in apart)]).strip()
        for key, run in runs.items()
    }
    counts = [*spelled.values()]
    return sorted(
        f"'{text}' ({key})" if names[key] and counts.count(text) == 1 else key
        for key, text in spelled.items()
    )


def _said(run: Run, what: str) -> str:
    value: Any = getattr(run.fit if what in ("lr", "optimizer") else run, what)
    if what == "lr":
        return f"{value:g}"
    return "+".join(value) if isinstance(value, tuple) else str(value)


def _listed(names: Iterable[str]) -> str:
    names = list(names)
    return ", ".join(names[:MOST]) + (", …" if len(names) > MOST else "")
