"""Values that were computed once and are kept in files: plain ones, and tensors."""

from __future__ import annotations

import io
import os
import pickle
from hashlib import sha256
from pathlib import Path
from typing import Any

import torch

from isogloss.core.errors import IsoglossError
from isogloss.models.train import manifest
from isogloss.models.train.state import full_disk, sync_folder, to_cpu, write_bytes


def load(folder: Path, name: str) -> tuple[Any] | None:
    """Read a value that is kept; None where there is none that is whole.

    Args:
        folder: where values are kept.
        name: the value's; its file's name has the digest of the file besides.
    """
    for path in sorted(folder.glob(f"{name}-*.pt")):
        data = path.read_bytes()
        if path.stem == f"{name}-{_digest(data)}":
            return (_read(data),)
        manifest.set_aside(path, f"{path} is not what was written")
    return None


def keep(folder: Path, name: str, value: Any) -> Any:
    """Keep a value, and give it as it will be read.

    Raises:
        IsoglossError: it is neither plain nor tensors.
    """
    buffer = io.BytesIO()
    try:
        torch.save(to_cpu(value), buffer)
        found = _read(buffer.getvalue())
    except (pickle.PicklingError, pickle.UnpicklingError, AttributeError, TypeError) as error:
        raise IsoglossError(
            f"a {type(value).__name__} can't be kept by cache: {str(error).splitlines()[0]}",
            "give tensors, texts, numbers, and lists or tables of them",
        ) from None
    path = folder / f"{name}-{_digest(buffer.getvalue())}.pt"
    part = folder / f".{name}.{os.getpid()}.part"
    with full_disk(folder):
        folder.mkdir(parents=True, exist_ok=True)
        write_bytes(part, buffer.getvalue())
        os.replace(part, path)
        sync_folder(folder)
    return found


def _read(data: bytes) -> Any:
    return torch.load(io.BytesIO(data), map_location="cpu", weights_only=True)


def _digest(data: bytes) -> str:
    return sha256(data).hexdigest()[:16]
