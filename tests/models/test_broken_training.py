"""What is complete is checked: a training whose files have changed is made again."""

from __future__ import annotations

import json
import shutil
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
import torch

from isogloss.core.errors import IsoglossError
from isogloss.core.machine import Machine
from isogloss.core.run import Fit
from isogloss.models.train import manifest, state
from isogloss.models.train.fit import fit

SETTINGS = Fit(steps=4, batch=8, lr=3e-3, snapshots=2)


def train(fresh: Any, examples: Any, folder: Path) -> dict[str, torch.Tensor]:
    model = fit(
        fresh(), examples, fit=SETTINGS, seed=1, machine=Machine(device="cpu"), folder=folder
    )
    return {name: p.detach().clone() for name, p in state.trained(model.net).items()}


@pytest.fixture(scope="module")
def whole(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Any]:
    """Keep one finished training for all tests here."""
    return {"folder": tmp_path_factory.mktemp("whole") / "phase-1"}


def flip(path: Path) -> None:
    data = bytearray(path.read_bytes())
    data[-3] ^= 1
    path.write_bytes(data)


def halve(path: Path) -> None:
    path.write_bytes(path.read_bytes()[: path.stat().st_size // 2])


BREAKS: dict[str, Callable[[Path], None]] = {
    "cut weights": lambda at: halve(at / "step-000004" / "model.safetensors"),
    "empty weights": lambda at: (at / "step-000004" / "model.safetensors").write_bytes(b""),
    "flipped bit": lambda at: flip(at / "step-000004" / "model.safetensors"),
    "lost weights": lambda at: (at / "step-000004" / "model.safetensors").unlink(),
    "cut snapshot": lambda at: halve(at / "step-000002" / "model.safetensors"),
    "weights are a folder": lambda at: (
        (at / "step-000004" / "model.safetensors").unlink(),
        (at / "step-000004" / "model.safetensors").mkdir(),
    )[0],
    "manifest of a list": lambda at: (at / "manifest.json").write_text("[]"),
    "cut manifest": lambda at: halve(at / "manifest.json"),
    "empty manifest": lambda at: (at / "manifest.json").write_bytes(b""),
    "zeroed manifest": lambda at: (at / "manifest.json").write_bytes(bytes(400)),
    "manifest is a folder": lambda at: (
        (at / "manifest.json").unlink(), (at / "manifest.json").mkdir(),
    )[0],
    "wrong types": lambda at: (at / "manifest.json").write_text(
        json.dumps({"steps": "four", "trained": 1, "seconds": 1.0, "final": "step-000004"})
    ),
    "files of a list": lambda at: edit(at, files=[1, 2]),
    "files of numbers": lambda at: edit(at, files={"step-000004/model.safetensors": 3}),
    "another final": lambda at: edit(at, final="../../elsewhere"),
}  # fmt: skip


def edit(folder: Path, **change: Any) -> None:
    found = json.loads((folder / "manifest.json").read_text())
    (folder / "manifest.json").write_text(json.dumps(found | change))


@pytest.mark.parametrize("how", BREAKS)
def test_a_broken_training_is_set_aside_and_made_again(
    fresh: Any, examples: Any, tmp_path: Path, whole: Any, how: str,
    caplog: pytest.LogCaptureFixture,
) -> None:  # fmt: skip
    if "weights" not in whole:
        whole["weights"] = train(fresh, examples, whole["folder"])
    folder = shutil.copytree(whole["folder"], tmp_path / "phase-1")
    BREAKS[how](folder)
    again = train(fresh, examples, folder)
    assert all(torch.equal(value, whole["weights"][name]) for name, value in again.items())
    told = [record.getMessage() for record in caplog.records if record.levelname == "WARNING"]
    assert len(told) == 1
    assert str(folder) in told[0]
    assert "set aside as broken-1-phase-1" in told[0]
    assert manifest.read(folder)
    assert not manifest.broken(folder)
    caplog.clear()
    train(fresh, examples, folder)
    assert not caplog.records


def test_the_state_of_an_unfinished_training_is_checked(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    state.save_resume(tmp_path, {"step": 1, "net": {"w": torch.zeros(9)}})
    (path,) = (tmp_path / "resume").glob("state-*.pt")
    assert state.load_resume(tmp_path)["step"] == 1
    for spoil in (flip, halve, lambda at: at.write_bytes(b"")):
        data = path.read_bytes()
        spoil(path)
        assert state.load_resume(tmp_path) is None
        assert f"{path} is not what was written" in caplog.text
        path.write_bytes(data)
    assert state.load_resume(tmp_path)["step"] == 1


def test_a_kill_between_two_states_leaves_the_one_before(tmp_path: Path) -> None:
    state.save_resume(tmp_path, {"step": 1})
    (old,) = (tmp_path / "resume").glob("state-*.pt")
    data = old.read_bytes()
    state.save_resume(tmp_path, {"step": 2})
    (new,) = (tmp_path / "resume").glob("state-*.pt")
    old.write_bytes(data)
    halve(new)
    assert state.load_resume(tmp_path) == {"step": 1}


def test_weights_without_digests_are_named_when_they_are_broken(
    fresh: Any, examples: Any, tmp_path: Path
) -> None:
    train(fresh, examples, tmp_path / "phase-1")
    edit(tmp_path / "phase-1", files={})
    halve(tmp_path / "phase-1" / "step-000004" / "model.safetensors")
    with pytest.raises(IsoglossError, match=r"step-000004/model\.safetensors is broken"):
        train(fresh, examples, tmp_path / "phase-1")
