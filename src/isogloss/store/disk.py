"""Writing that is whole or not at all, and says why it failed."""

from __future__ import annotations

import os
from contextlib import suppress
from pathlib import Path

from isogloss.core.disk import unreached


def replace_file(path: Path, data: bytes) -> None:
    """Write a file whole or not at all.

    Raises:
        IsoglossError: the disk is full, or the path can't be written to.
    """
    part = path.with_name(path.name + ".part")
    try:
        with part.open("wb") as file:
            file.write(data)
            file.flush()
            os.fsync(file.fileno())
        part.replace(path)
    except OSError as error:
        with suppress(OSError):
            part.unlink(missing_ok=True)
        raise unreached(error, path, "write to") from error
