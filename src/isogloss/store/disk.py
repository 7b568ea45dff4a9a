"""Writing that is whole or not at all, and says why it failed."""

from __future__ import annotations

import os
from pathlib import Path

from isogloss.core.errors import IsoglossError


def replace_file(path: Path, data: bytes) -> None:
    """Write a file whole or not at all.

    Raises:
        IsoglossError: the disk is full.
    """
    part = path.with_name(path.name + ".part")
    try:
        with part.open("wb") as file:
            file.write(data)
            file.flush()
            os.fsync(file.fileno())
        part.replace(path)
    except OSError as error:
        part.unlink(missing_ok=True)
        raise unwritable(path, error) from error


def unwritable(path: Path, error: OSError) -> IsoglossError:
    """Say that a disk takes no more, with what to do."""
    return IsoglossError(
        f"can't write to {path}: {error.strerror}",
        "nothing half-written was kept; make room and run again: it goes on from here",
    )
