"""What a stage that trains leaves of a model, so that it need not run again.

What comes out of it is what came in, with the last snapshots of its trainings put in
one after another. What its hooks have changed besides is written beside them. Where
they have changed the network itself, the stage has to run again, and its trainings are
opened one by one.

The file ``complete`` says so. It is written last: its presence means that all of the
stage's trainings are done.
"""

from __future__ import annotations

import json
import os
import zlib
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from isogloss.core.disk import digest, read_object
from isogloss.core.errors import IsoglossError
from isogloss.models.train import manifest

if TYPE_CHECKING:
    from isogloss.models.model import Model

MARK = "complete"
BESIDE = "beside.safetensors"
"""Tensors that the stage has changed and no training holds."""
Sum = tuple[tuple[int, ...], int]
"""Shape and CRC-32 of a tensor."""


@dataclass(frozen=True)
class Outline:
    """A model as it came into a stage."""

    sums: Mapping[str, Sum]
    trained: frozenset[str]
    """Names of the parameters that training moves."""
    rest: tuple[Any, ...]
    """What snapshots can't hold."""


def outline(model: Model) -> Outline:
    """Take down what a model is, to tell later what a stage has changed of it."""
    from isogloss.models.train.state import trained

    sums = {name: _sum(tensor) for name, tensor in _tensors(model.net).items()}
    return Outline(sums, frozenset(trained(model.net)), _rest(model))


def keep(model: Model, before: Outline, folder: Path) -> None:
    """Write down how the model that a stage gave is opened again; the folder is complete then.

    Args:
        model: what came out of the stage.
        before: what came in.
        folder: of the stage's trainings.
    """
    from isogloss.models.train.state import full_disk, sync_folder, write_bytes

    trainings = [path.name for path in manifest.trainings(folder) if manifest.whole(path)]
    with full_disk(folder):
        folder.mkdir(parents=True, exist_ok=True)
        opens = _opens(model, before, folder, trainings) if _same(model, before) else None
        said = {"trainings": trainings, "opens": opens}
        part = folder / f"{MARK}.part"
        write_bytes(part, json.dumps({**said, "sum": _crc(said)}, indent=1).encode())
        os.replace(part, folder / MARK)
        sync_folder(folder)


def read(folder: Path) -> dict[str, Any] | None:
    """Read what a complete stage left; None where it is not complete, or no longer whole."""
    path = folder / MARK
    if not path.is_file():
        return None
    try:
        found = read_object(path, "run again")
    except IsoglossError as error:
        manifest.set_aside(path, error.what)
        return None
    if found.pop("sum", None) != _crc(found):
        manifest.set_aside(path, f"{path} is not what was written")
        return None
    if not all(manifest.whole(folder / name) for name in found["trainings"]):
        return None
    beside = found["opens"] and found["opens"]["beside"]
    if beside and not _is(folder / BESIDE, *beside):
        manifest.set_aside(path, f"{folder / BESIDE} is not what was written")
        return None
    return found


def reopen(model: Model, folder: Path, opens: Mapping[str, Any]) -> Any:
    """Make what came into a stage what came out of it, in place.

    Args:
        model: as it came in.
        folder: of the stage's trainings.
        opens: what ``read`` says of it.
    """
    from safetensors.torch import load_file

    from isogloss.models.train.state import load_snapshot

    for name in opens["used"]:
        load_snapshot(model, _final(folder / name))
    tensors = _tensors(model.net)
    for name, tensor in load_file(folder / BESIDE).items() if opens["beside"] else ():
        tensors[name].copy_(tensor)
    parameters = dict(model.net.named_parameters())
    for name, moves in opens["trained"].items():
        parameters[name].requires_grad = moves
    model.note[:] = opens["note"]
    model.net.eval()
    return model


def _opens(model: Model, before: Outline, folder: Path, trainings: list[str]) -> dict[str, Any]:
    """Find the trainings that a model's tensors are of, and write down the rest."""
    from safetensors.torch import load_file

    from isogloss.models.train.state import WEIGHTS, trained

    tensors = _tensors(model.net)
    sums = {name: _sum(tensor) for name, tensor in tensors.items()}
    missing = {name for name, value in sums.items() if value != before.sums[name]}
    used: dict[str, dict[str, Sum]] = {}
    for training in reversed(trainings):
        snapshot = load_file(_final(folder / training) / WEIGHTS)
        held = _held(snapshot, tensors, before)
        fits = all(name in sums and sums[name][0] == held[name][0] for name in held)
        hit = {name for name in missing if held.get(name) == sums[name]}
        if fits and hit:
            used = {training: held, **used}
            missing -= hit
    expected = dict(before.sums)
    for held in used.values():
        expected |= held
    rest = {name: tensors[name] for name in sums if sums[name] != expected[name]}
    now = trained(model.net).keys()
    return {
        "used": list(used),
        "beside": _write(folder / BESIDE, rest) if rest else None,
        "trained": {name: name in now for name in sorted(now ^ before.trained)},
        "note": list(model.note),
    }


def _held(snapshot: Any, tensors: Mapping[str, Any], before: Outline) -> dict[str, Sum]:
    """Sum up what a snapshot makes of a model that came in; of masked tensors, where it does."""
    from isogloss.models.train.mask import undone, unpacked

    old = {n: t for n, t in undone(snapshot, tensors).items() if _sum(t) == before.sums[n]}
    return {name: _sum(tensor) for name, tensor in unpacked(snapshot, old).items()}


def _write(path: Path, tensors: Mapping[str, Any]) -> tuple[int, str]:
    """Write tensors, and give the file's size and digest."""
    from safetensors.torch import save

    from isogloss.models.train.state import write_bytes

    part = path.with_name(f"{path.name}.part")
    copies = {name: tensor.cpu().contiguous().clone() for name, tensor in tensors.items()}
    write_bytes(part, save(copies))
    os.replace(part, path)
    return path.stat().st_size, digest(path)


def _crc(said: Mapping[str, Any]) -> int:
    return zlib.crc32(json.dumps(said, sort_keys=True).encode())


def _is(path: Path, size: int, sha256: str) -> bool:
    return path.is_file() and path.stat().st_size == size and digest(path) == sha256


def _final(training: Path) -> Path:
    """Give the snapshot that a training ended with."""
    found = manifest.read(training)
    assert found is not None
    return training / str(found["final"])


def _tensors(net: Any) -> dict[str, Any]:
    """List what a network keeps, by name; tied parameters once."""
    kept = net.state_dict().keys()
    buffers = {n: b for n, b in net.named_buffers(remove_duplicate=False) if n in kept}
    return {name: t.detach() for name, t in (dict(net.named_parameters()) | buffers).items()}


def _sum(tensor: Any) -> Sum:
    import torch

    flat = tensor.detach().cpu().contiguous().reshape(-1).view(torch.uint8)
    return tuple(tensor.shape), zlib.crc32(flat.numpy())


def _rest(model: Model) -> tuple[Any, ...]:
    """List what a stage may not have changed, if its model is to be opened without it."""
    modules = [(name, type(module)) for name, module in model.net.named_modules()]
    things = [model.head, model.tokenizer, model.backbone, model.task, *model.extras.values()]
    return modules, list(model.extras), list(model.additions), dict(model.tags), model.fresh, things


def _same(model: Model, before: Outline) -> bool:
    """Tell whether a model differs from what it was in its tensors and notes alone."""
    *plain, things = _rest(model)
    *known, kept = before.rest
    shapes = {name: tuple(tensor.shape) for name, tensor in _tensors(model.net).items()}
    return (
        plain == known
        and all(one is other for one, other in zip(things, kept, strict=True))
        and shapes == {name: shape for name, (shape, _) in before.sums.items()}
    )
