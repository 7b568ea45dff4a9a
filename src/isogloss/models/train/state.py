"""What a training leaves on disk: snapshots, the state to resume from, the manifest."""

from __future__ import annotations

import os
import random
import shutil
from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
import torch
from torch import Tensor, nn

from isogloss.core.disk import FULL, digest, unreached
from isogloss.core.errors import IsoglossError
from isogloss.models.train import manifest
from isogloss.models.train.mask import packed, unpacked

if TYPE_CHECKING:
    from isogloss.models.model import Model

WEIGHTS = "model.safetensors"
LOSS = "loss.safetensors"


def trained(net: nn.Module) -> dict[str, nn.Parameter]:
    """List the parameters that training moves, by name; tied ones once."""
    return {name: p for name, p in net.named_parameters() if p.requires_grad}


def buffers(net: nn.Module) -> dict[str, Tensor]:
    """List the buffers that are state, by name."""
    return {name: tensor for name, tensor in _buffers(net).items() if tensor is not None}


def _buffers(net: nn.Module) -> dict[str, Tensor | None]:
    """List the buffers that are state, those without a value yet too."""
    return {
        f"{path}.{leaf}" if path else leaf: module._buffers[leaf]
        for path, module, leaf in places(net)
    }


def places(net: nn.Module) -> list[tuple[str, nn.Module, str]]:
    """List where a network keeps buffers that are state: path, module, name in it."""
    return [
        (path, module, leaf)
        for path, module in net.named_modules()
        for leaf in module._buffers
        if leaf not in module._non_persistent_buffers_set
    ]


def moving(net: nn.Module) -> dict[str, Tensor]:
    """List what a training moves in a network: trained parameters and buffers."""
    return {**trained(net), **buffers(net)}


def lasting(terms: nn.Module) -> dict[str, Tensor]:
    """List all that the terms of a loss have: a frozen parameter may follow another."""
    return {**dict(terms.named_parameters()), **buffers(terms)}


def put(net: nn.Module, tensors: Mapping[str, Tensor]) -> None:
    """Write tensors into parameters and buffers; a buffer may have another shape."""
    parameters = dict(net.named_parameters(remove_duplicate=False))
    with torch.no_grad():
        for name, tensor in tensors.items():
            if name in parameters:
                parameters[name].copy_(tensor)
            else:
                _put_buffer(net, name, tensor)


def _put_buffer(net: nn.Module, name: str, tensor: Tensor) -> None:
    path, _, leaf = name.rpartition(".")
    module = net.get_submodule(path)
    old = module._buffers[leaf]
    if old is not None and old.shape == tensor.shape:
        old.copy_(tensor)
    else:
        where = old.device if old is not None else next(iter(net.parameters()), tensor).device
        module._buffers[leaf] = tensor.to(where).clone()


def snapshots(folder: Path) -> list[Path]:
    """List the snapshots of a training, oldest first."""
    return sorted(path for path in folder.glob("step-*") if (path / WEIGHTS).is_file())


def save_snapshot(path: Path, net: nn.Module, loss: nn.Module | None = None) -> Path:
    """Write what training moves, and what the loss has apart, in their own dtype.

    Of a masked parameter the entries that may move are written; see ``mask``.
    """
    from safetensors.torch import save

    files = {WEIGHTS: packed(moving(net))} | ({LOSS: lasting(loss)} if loss is not None else {})

    def write(part: Path) -> None:
        for name, found in files.items():
            tensors = {key: t.detach().cpu().contiguous() for key, t in found.items()}
            write_bytes(part / name, save(tensors, metadata={"format": "pt"}))

    replace_folder(path, write)
    return path


def load_snapshot(model: Model, path: Path, loss: nn.Module | None = None) -> Any:
    """Put a snapshot's tensors into a model, and into its loss, in place.

    Raises:
        IsoglossError: they are those of another model or loss, or broken.
    """
    there = {**dict(model.net.named_parameters(remove_duplicate=False)), **buffers(model.net)}
    tensors = unpacked(_read(path / WEIGHTS), there)
    _check_fit(path, "model", {name for name, t in tensors.items() if _other(there, name, t)})
    if loss is not None:
        ours, kept = dict(loss.named_parameters()), _read(path / LOSS)
        grown = {name: kept.get(name, tensor) for name, tensor in _buffers(loss).items()}
        strange = {name for name, t in kept.items() if _other({**ours, **grown}, name, t)}
        _check_fit(path, "loss", strange | lasting(loss).keys() - kept.keys())
        put(loss, kept)
    put(model.net, tensors)
    return model


def _read(path: Path) -> dict[str, Tensor]:
    from safetensors import SafetensorError
    from safetensors.torch import load_file

    try:
        return load_file(path)
    except (OSError, SafetensorError) as error:
        raise IsoglossError(
            f"{path} is broken: {error}", f"delete {path.parents[1]} to train again"
        ) from error


def _other(there: Mapping[str, Tensor | None], name: str, tensor: Tensor) -> bool:
    found = there.get(name)
    return found is None or found.shape != tensor.shape


def _check_fit(path: Path, what: str, strange: Iterable[str]) -> None:
    for name in sorted(strange):
        raise IsoglossError(
            f"snapshot '{path}' does not fit the {what}: {name} is not in both, or not in one "
            "shape",
            "build the model with the recipe that the snapshot was trained with",
        )


def write_manifest(folder: Path, found: Mapping[str, Any]) -> None:
    """Write the manifest, whose presence means that the training is complete."""
    with full_disk(folder):
        part = folder / f"{manifest.NAME}.part"
        write_bytes(part, manifest.dumped(found, folder))
        os.replace(part, folder / manifest.NAME)
        sync_folder(folder)


def save_resume(folder: Path, state: Mapping[str, Any]) -> None:
    """Write the state a killed training resumes from; the old one stays until it is done.

    The file's name holds its digest, by which a broken one is known.
    """
    resume = folder / "resume"
    with full_disk(folder):
        resume.mkdir(parents=True, exist_ok=True)
        part = resume / "state.part"
        try:
            with part.open("wb") as file:
                torch.save(dict(state), file)
                file.flush()
                os.fsync(file.fileno())
            place = resume / f"state-{digest(part)[:16]}.pt"
            os.replace(part, place)
            sync_folder(resume)
        finally:
            part.unlink(missing_ok=True)
        for old in set(_states(folder)) - {place}:
            old.unlink(missing_ok=True)


def load_resume(folder: Path) -> dict[str, Any] | None:
    """Read the state to resume from; None where there is none that is whole."""
    for path in _states(folder):
        if path.stem != f"state-{digest(path)[:16]}":
            manifest.set_aside(path, f"{path} is not what was written")
            continue
        found: dict[str, Any] = torch.load(path, map_location="cpu", weights_only=True)
        return found
    return None


def _states(folder: Path) -> list[Path]:
    """List the states of a training, the newest first: a kill may leave the one before it."""
    found = (folder / "resume").glob("state-*.pt")
    return sorted(found, key=lambda path: path.stat().st_mtime_ns, reverse=True)


def write_bytes(path: Path, data: bytes) -> None:
    """Write and sync a file."""
    with path.open("wb") as file:
        file.write(data)
        file.flush()
        os.fsync(file.fileno())


def sync_folder(path: Path) -> None:
    """Make renames in a folder durable."""
    handle = os.open(path, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)


def replace_folder(path: Path, write: Callable[[Path], None]) -> None:
    """Fill a folder beside the final one and move it into place."""
    part = path.with_name(f".{path.name}.part")
    with full_disk(path.parent):
        shutil.rmtree(part, ignore_errors=True)
        part.mkdir(parents=True)
        try:
            write(part)
            sync_folder(part)
            shutil.rmtree(path, ignore_errors=True)
            os.rename(part, path)
            sync_folder(path.parent)
        finally:
            shutil.rmtree(part, ignore_errors=True)


@contextmanager
def full_disk(folder: Path) -> Iterator[None]:
    """Turn a full disk, or another that takes nothing, into an error that says what to do."""
    try:
        yield
    except (OSError, RuntimeError) as error:
        # torch.save reports a failed write of its file as a RuntimeError.
        cause: BaseException | None = error
        while cause is not None and getattr(cause, "errno", None) not in FULL:
            cause = cause.__cause__ or cause.__context__
        if cause is None and isinstance(error, OSError):
            raise unreached(error, folder, "write to") from error
        if cause is None:
            raise
        raise IsoglossError(
            f"no space left to write '{folder}'",
            "free some space and start again: the training goes on from its last save",
        ) from error


def seed_all(seed: int, *salt: int) -> None:
    """Seed Python, numpy and torch with a number that depends on all arguments."""
    number = random.Random(repr((seed, *salt))).getrandbits(32)
    random.seed(number)
    np.random.seed(number)
    torch.manual_seed(number)


def random_state() -> dict[str, Any]:
    """Take the random state of Python, numpy and torch."""
    return {
        "python": random.getstate(),
        "numpy": np.random.get_state(),
        "torch": torch.get_rng_state(),
        "cuda": torch.cuda.get_rng_state_all() if torch.cuda.is_available() else [],
    }


@contextmanager
def own_random_state() -> Iterator[None]:
    """Leave the random state as it was found."""
    state = random_state()
    try:
        yield
    finally:
        random.setstate(state["python"])
        np.random.set_state(state["numpy"])
        torch.set_rng_state(state["torch"])
        if state["cuda"]:
            torch.cuda.set_rng_state_all(state["cuda"])


def to_cpu(value: Any) -> Any:
    """Copy nested tensors to the CPU."""
    if isinstance(value, Tensor):
        return value.detach().cpu()
    if isinstance(value, Mapping):
        return {key: to_cpu(item) for key, item in value.items()}
    if isinstance(value, list | tuple):
        return type(value)(to_cpu(item) for item in value)
    return value
