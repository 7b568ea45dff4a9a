"""A training that was stopped ends as an undisturbed one, bit for bit."""

from __future__ import annotations

import errno
import os
import signal
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
import torch
from torch import nn

from isogloss.core.errors import IsoglossError
from isogloss.core.machine import Machine
from isogloss.core.run import Fit
from isogloss.core.stop import listening
from isogloss.core.types import Example
from isogloss.models.train import manifest, state
from isogloss.models.train.fit import Preempted, fit, plain_loss
from isogloss.models.train.loss import Term

CPU = Machine(device="cpu")
SETTINGS = Fit(steps=20, batch=16, lr=3e-3, snapshots=4, dropout=0.1)
DEV = 6


class Loss(Term):
    """A loss with a parameter, a queue and a stream, that does something at given steps."""

    def __init__(self, at: dict[int, Any] | None = None) -> None:
        super().__init__(plain_loss(SETTINGS))
        self.scale = nn.Parameter(torch.tensor(0.5))
        self.queue = nn.Buffer(torch.zeros(0))
        self.register_buffer("last", None)
        self.at = at or {}

    def extra(self, seed: int, step: int) -> list[Example]:
        return [Example("", "en", {"text": "a b"}, "a b"[: step % 3 + 1])]

    def forward(self, model: Any, batch: Any) -> Any:
        self.at.get(batch.step + 1, lambda: None)()
        terms = self.inner(model, batch)
        more = model.head.loss(model.net, batch.extras[self])["task"]
        self.note(terms["task"].detach())
        worth = self.scale * torch.rand(()) + self.queue.mean() if len(self.queue) else self.scale
        return {"task": terms["task"] * (1 + 0.1 * worth), "more": 0.1 * more}

    def stepped(self, noted: list[Any]) -> None:
        self.queue = torch.cat([self.queue, torch.stack(noted)])[-4:]
        self.last = noted[-1]


def normed(model: Any) -> Any:
    """Put a batch norm, which keeps its statistics in buffers, behind the embeddings."""
    table = model.net.get_input_embeddings()
    norm = nn.BatchNorm1d(table.weight.shape[1])
    model.net.add_module("norm", norm)
    table.register_forward_hook(lambda _, args, out: out + norm(out.flatten(0, 1)).view_as(out))
    return model


def run(fresh: Any, examples: Any, folder: Path, loss: Loss, **machine: Any) -> Any:
    machine = {"save_every": 1e9} | machine
    return fit(
        normed(fresh()), examples, fit=SETTINGS, seed=3, machine=replace(CPU, **machine),
        folder=folder, loss=loss, dev=examples[:DEV],
    )  # fmt: skip


@pytest.fixture(scope="module")
def undisturbed() -> dict[str, Any]:
    """Keep the plain run's result for all tests here."""
    return {}


def expected(undisturbed: Any, fresh: Any, examples: Any, folder: Path) -> Any:
    if not undisturbed:
        loss = Loss()
        model = run(fresh, examples, folder / "undisturbed", loss)
        undisturbed.update(weights=weights(model), loss=state.lasting(loss))
        undisturbed["manifest"] = manifest.read(folder / "undisturbed")
    return undisturbed


def weights(model: Any) -> dict[str, torch.Tensor]:
    return {name: tensor.detach().clone() for name, tensor in state.moving(model.net).items()}


def check(model: Any, loss: Loss, folder: Path, plain: Any) -> None:
    assert "norm.running_mean" in plain["weights"]
    assert {"scale", "queue", "last"} == set(plain["loss"])
    assert all(torch.equal(value, plain["weights"][k]) for k, value in weights(model).items())
    assert all(torch.equal(value, plain["loss"][k]) for k, value in state.lasting(loss).items())
    found = manifest.read(folder)
    for name in ("losses", "dev_losses", "terms", "snapshots", "best", "final", "steps"):
        assert found[name] == plain["manifest"][name]


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGUSR1])
def test_signals_save_and_stop(fresh, examples, tmp_path, undisturbed, number):
    plain = expected(undisturbed, fresh, examples, tmp_path)
    handler = signal.getsignal(number)
    for step in (1, 7, 13, 19):  # within an epoch, across one, at a snapshot's border
        with pytest.raises(Preempted) as stopped:
            run(fresh, examples, tmp_path, Loss({step: lambda: os.kill(os.getpid(), number)}))
        assert stopped.value.code == 75
        assert state.load_resume(tmp_path)["step"] == step
        assert signal.getsignal(number) == handler
        assert manifest.read(tmp_path) is None
    loss = Loss()
    check(run(fresh, examples, tmp_path, loss), loss, tmp_path, plain)
    assert not (tmp_path / "resume").exists()


def test_a_signal_at_the_end_is_not_lost(fresh, examples, tmp_path, undisturbed):
    plain = expected(undisturbed, fresh, examples, tmp_path)
    stop = {20: lambda: os.kill(os.getpid(), signal.SIGTERM)}
    with pytest.raises(Preempted):
        run(fresh, examples, tmp_path, Loss(stop))
    assert manifest.read(tmp_path)["losses"] == plain["manifest"]["losses"]


def test_crashes_go_back_to_the_last_save(fresh, examples, tmp_path, undisturbed):
    plain = expected(undisturbed, fresh, examples, tmp_path)

    def crash() -> None:
        raise KeyboardInterrupt

    for step in (4, 11):
        with pytest.raises(KeyboardInterrupt):
            run(fresh, examples, tmp_path, Loss({step: crash}), save_every=0.0)
    loss = Loss()
    check(run(fresh, examples, tmp_path, loss), loss, tmp_path, plain)


@pytest.mark.filterwarnings("ignore::pytest.PytestUnraisableExceptionWarning")
def test_an_interrupt_that_a_library_swallows_stops_it(fresh, examples, tmp_path, undisturbed):
    plain = expected(undisturbed, fresh, examples, tmp_path)

    class Swallower:
        def __del__(self) -> None:
            os.kill(os.getpid(), signal.SIGINT)
            for _ in range(1000):
                pass

    loss = Loss({7: Swallower})
    with pytest.raises(KeyboardInterrupt), listening({signal.SIGINT: KeyboardInterrupt}):
        run(fresh, examples, tmp_path, loss, save_every=0.0)
    assert state.load_resume(tmp_path)["step"] in (6, 7)
    loss = Loss()
    check(run(fresh, examples, tmp_path, loss), loss, tmp_path, plain)


def test_a_finished_training_gives_its_loss_back(fresh, examples, tmp_path, undisturbed):
    plain = expected(undisturbed, fresh, examples, tmp_path)
    run(fresh, examples, tmp_path, Loss())
    loss = Loss()
    check(run(fresh, [], tmp_path, loss), loss, tmp_path, plain)
    other = Loss()
    other.more = nn.Parameter(torch.zeros(1))
    with pytest.raises(IsoglossError, match=r"does not fit the loss: .*more"):
        run(fresh, [], tmp_path, other)


def test_a_full_disk_keeps_the_old_state(fresh, examples, tmp_path, undisturbed, monkeypatch):
    plain = expected(undisturbed, fresh, examples, tmp_path)
    calls = []

    def full(handle: int) -> None:
        calls.append(handle)
        if len(calls) > 20:
            raise OSError(errno.ENOSPC, "No space left on device")

    with monkeypatch.context() as patch:
        patch.setattr("isogloss.models.train.state.os.fsync", full)
        with pytest.raises(IsoglossError, match="no space left"):
            run(fresh, examples, tmp_path, Loss(), save_every=0.0)
    assert [p.suffix for p in (tmp_path / "resume").iterdir()] == [".pt"]
    assert not list(tmp_path.glob(".*.part"))
    loss = Loss()
    check(run(fresh, examples, tmp_path, loss), loss, tmp_path, plain)


def test_a_file_that_cannot_grow_is_a_full_disk(tmp_path):
    import resource

    before = resource.getrlimit(resource.RLIMIT_FSIZE)
    state.save_resume(tmp_path, {"step": 1})
    resource.setrlimit(resource.RLIMIT_FSIZE, (20_000, before[1]))
    try:
        with pytest.raises(IsoglossError, match="no space left"):
            state.save_resume(tmp_path, {"step": 2, "net": torch.zeros(100_000)})
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, before)
    assert state.load_resume(tmp_path) == {"step": 1}


def test_another_trainings_state_is_refused(fresh, examples, tmp_path):
    with pytest.raises(Preempted):
        run(fresh, examples, tmp_path, Loss({2: lambda: os.kill(os.getpid(), signal.SIGTERM)}))
    with pytest.raises(IsoglossError, match="other data or settings"):
        run(fresh, examples[1:], tmp_path, Loss())


def test_without_a_folder_signals_are_left_alone(fresh, examples):
    seen = []

    def loss(model: Any, batch: Any) -> Any:
        seen.append(signal.getsignal(signal.SIGTERM))
        return plain_loss(SETTINGS)(model, batch)

    before = signal.getsignal(signal.SIGTERM)
    fit(fresh(), examples, fit=replace(SETTINGS, steps=1), seed=0, machine=CPU, loss=loss)
    assert seen == [before]
