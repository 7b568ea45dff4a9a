"""Run folders that can't be believed: named, left out, and in nobody's way."""

from __future__ import annotations

import functools
import logging
import os
from collections.abc import Callable
from pathlib import Path
from typing import Any, TypeVar, cast

from isogloss.core.errors import IsoglossError

log = logging.getLogger("isogloss")
F = TypeVar("F", bound=Callable[..., Any])
FILES = ("run.json", "rows.jsonl", "predictions.jsonl")
Stamp = tuple[tuple[int, int], ...]
_found: dict[tuple[Path, Stamp], Broken | None] = {}
"""Folders that were looked at, with their faults."""
_told: set[tuple[Path, str]] = set()


class Broken(IsoglossError):
    """What a run left on disk is not what was written."""

    def __init__(self, path: Path, what: str, hint: str = "") -> None:
        self.path = path
        super().__init__(what, hint or f"delete {path} to run it again")


def stamp(path: Path) -> Stamp:
    """Give what changes with the files of a run's folder."""
    found = []
    for name in FILES:
        try:
            state = os.stat(f"{path}/{name}")
            found.append((state.st_size, state.st_mtime_ns))
        except OSError:
            found.append((-1, -1))
    return tuple(found)


def remember(error: Broken) -> Broken:
    """Keep a fault, so that the folder is left out from now on."""
    _found[error.path, stamp(error.path)] = error
    return error


def sound(path: Path) -> None:
    """Keep that a folder was looked at and is whole."""
    _found.setdefault((path, stamp(path)), None)


def known(path: Path, stamp: Stamp) -> Broken | None:
    """Give the fault of a folder that was found before and is still there."""
    return _found.get((path, stamp))


def seen(path: Path, stamp: Stamp) -> bool:
    """Tell whether a folder was looked at as it is now."""
    return (path, stamp) in _found


def leave_out(error: Broken) -> None:
    """Say once that a run is left out, and why."""
    if (error.path, error.what) not in _told:
        _told.add((error.path, error.what))
        log.warning("left out: %s", error)


def sparing(read: F) -> F:
    """Have a function of a store, or of its rows, go on without runs that prove broken."""

    @functools.wraps(read)
    def spared(found: Any, *args: Any, **options: Any) -> Any:
        seen = set()
        while True:
            try:
                return read(found, *args, **options)
            except Broken as error:
                if error.path in seen:
                    raise
                seen.add(error.path)
                leave_out(error)
                found = _without(found, error.path.name)

    return cast(F, spared)


def _without(found: Any, run: str) -> Any:
    """Take a run out of rows; a store leaves it out by itself."""
    return found.without(run) if hasattr(found, "without") else found
