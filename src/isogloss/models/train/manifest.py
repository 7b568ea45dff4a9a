"""What says that a training is complete, and whether it still is.

``manifest.json`` is written last and holds the size and the digest of every file of
the training. Where a file is gone or has changed since, the whole folder is set aside
and trained again.
"""

from __future__ import annotations

import json
import logging
import os
from collections.abc import Iterable, Mapping
from contextlib import suppress
from pathlib import Path
from typing import Any

from isogloss.core.disk import digest, read_object
from isogloss.core.errors import IsoglossError
from isogloss.core.method import STAGES

log = logging.getLogger("isogloss")

NAME = "manifest.json"
KINDS = {"steps": int, "trained": int, "seconds": float, "final": str}
"""What is read of a manifest."""


def files(folder: Path) -> dict[str, tuple[int, str]]:
    """List the files of a folder's snapshots with their sizes and digests."""
    found = (path for path in sorted(folder.glob("step-*/*")) if path.is_file())
    return {
        path.relative_to(folder).as_posix(): (path.stat().st_size, digest(path)) for path in found
    }


def read(folder: Path) -> dict[str, Any] | None:
    """Read a complete training's manifest; None where there is none.

    Raises:
        IsoglossError: it is broken.
    """
    path = folder / NAME
    if not path.exists():
        return None
    return read_object(path, f"delete {folder} to train again", KINDS)


def broken(folder: Path) -> str:
    """Say what of a complete training is gone or changed; empty where all is as it was."""
    try:
        found = read(folder) or {}
        listed = found.get("files", {})
        if listed and not any(name.startswith(f"{found['final']}/") for name in listed):
            return f"{folder / NAME} names no file of its last snapshot"
        for name, (size, sha256) in listed.items():
            path = folder / name
            if not path.is_file():
                return f"{path} is gone"
            if path.stat().st_size != size or digest(path) != sha256:
                return f"{path} is not what was written"
    except IsoglossError as error:
        return error.what
    except (AttributeError, TypeError, ValueError):
        return f"{folder / NAME} lists no files"
    return ""


def kept(folder: Path) -> dict[str, Any] | None:
    """Read the manifest of a training that is still whole; set aside one that isn't."""
    if why := broken(folder):
        set_aside(folder, why)
    return read(folder)


def set_aside(path: Path, why: str) -> None:
    """Move what is broken out of the way, and say so."""
    number = 1
    while (place := path.with_name(f"broken-{number}-{path.name}")).exists():
        number += 1
    with suppress(FileNotFoundError):  # another process of this training was quicker
        os.rename(path, place)
        log.warning("%s: set aside as %s; it is made again", why, place.name)


def phases(folder: Path) -> list[Path]:
    """List the folders of a training's phases, in order: those that hooks train first."""
    return [path for stage in ("train", "phase") for path in _numbered(folder, stage)]


def trainings(folder: Path) -> list[Path]:
    """List the folders of all that was trained for a training or an adaptation."""
    return [path for stage in (*STAGES, "phase") for path in _numbered(folder, stage)]


def _numbered(folder: Path, stage: str) -> list[Path]:
    """List the folders that a stage asked for, in order."""
    found = folder.glob(f"{stage}-*")
    numbered = {path: path.name[len(stage) + 1 :] for path in found}
    return sorted((p for p, n in numbered.items() if n.isdigit()), key=lambda p: int(numbered[p]))


def finished(folder: Path) -> list[dict[str, Any]]:
    """Read the manifests of a training's finished phases, in order; broken ones are left out."""
    return read_all(phases(folder))


def read_all(folders: Iterable[Path]) -> list[dict[str, Any]]:
    """Read the manifests of finished phases; broken ones are left out."""
    found = []
    for phase in folders:
        with suppress(IsoglossError):
            found.append(read(phase))
    return [manifest for manifest in found if manifest is not None]


def whole(folder: Path) -> bool:
    """Tell whether a phase is done and as it was written."""
    return (folder / NAME).is_file() and not broken(folder)


def dumped(manifest: Mapping[str, Any], folder: Path) -> bytes:
    """Spell a manifest with the files of its folder."""
    whole = {**manifest, "files": files(folder)}
    return json.dumps(whole, indent=1, ensure_ascii=False).encode()
