"""The border to the disk: what goes wrong there is an error that names the path."""

from __future__ import annotations

import errno
import hashlib
import json
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from functools import lru_cache
from pathlib import Path
from typing import Any

from isogloss.core.errors import IsoglossError
from isogloss.core.field import fit_type

FULL = (errno.ENOSPC, errno.EDQUOT, errno.EFBIG)
_WAYS = {
    **dict.fromkeys(FULL, "make room and run again: what was whole before is kept"),
    errno.EROFS: "this file system is read-only: give another folder",
    errno.EACCES: "you may not: give another path, or change its rights",
    errno.EPERM: "you may not: give another path, or change its rights",
    errno.ENOENT: "it is not there, or was deleted meanwhile: look at the path and run again",
    errno.ENOTDIR: "part of the path is no folder: give another one",
    errno.EISDIR: "it is a folder: give a file",
    errno.ENAMETOOLONG: "give a shorter name",
    errno.EIO: "the disk fails: copy what you can and look after it",
}


def unreached(
    error: OSError, path: Path | str | None = None, doing: str = "reach"
) -> IsoglossError:
    """Say what an operating system's error keeps from, with the path and a way out."""
    where = path or error.filename or error.filename2 or "a file"
    said = error.strerror or str(error) or type(error).__name__
    hint = _WAYS.get(error.errno or 0, "look at the path and its disk, and run again")
    return IsoglossError(f"can't {doing} {where}: {said}", hint)


@contextmanager
def reaching(path: Path, doing: str = "read") -> Iterator[None]:
    """Turn what the operating system says about a path into an error that names it."""
    try:
        yield
    except OSError as error:
        raise unreached(error, path, doing) from error


def read_object(path: Path, hint: str, kinds: Mapping[str, Any] | None = None) -> dict[str, Any]:
    """Read a file that holds a JSON object.

    Args:
        path: the file.
        hint: the way out where it can't be read.
        kinds: types of some of its values, see ``core.field``; absent is None.

    Raises:
        IsoglossError: it is not there, no JSON, no object, or a value has another type.
    """
    with reaching(path):
        data = path.read_bytes()
    try:
        found = json.loads(data)
    except (ValueError, RecursionError) as error:
        raise IsoglossError(f"{path} is broken: {error}", hint) from None
    if not isinstance(found, dict):
        raise IsoglossError(f"{path} is broken: it holds no JSON object", hint)
    for key, kind in (kinds or {}).items():
        fit_type(found.get(key), kind, f"{path}: {key}", hint)
    return found


def digest(path: Path) -> str:
    """Give a file's SHA-256; one that has not changed is read once."""
    with reaching(path):
        state = path.stat()
        return _digest(path, state.st_size, state.st_mtime_ns)


@lru_cache(maxsize=1024)
def _digest(path: Path, size: int, changed: int) -> str:
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()
