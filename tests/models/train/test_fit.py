"""The training loop: what it computes, keeps and refuses."""

from __future__ import annotations

import json
import math
import os
import subprocess
import sys
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
import torch
from torch import nn

from isogloss.core.errors import IsoglossError
from isogloss.core.machine import Machine
from isogloss.core.run import Fit
from isogloss.models.train import buckets, optim, state
from isogloss.models.train.fit import fit, load_snapshot, plain_loss, snapshots
from isogloss.models.train.loss import Term

CPU = Machine(device="cpu")
SHORT = Fit(steps=12, batch=8, lr=3e-3, snapshots=2)


def train(model: Any, examples: Any, settings: Fit = SHORT, **options: Any) -> Any:
    options = {"machine": CPU, "seed": 0} | options
    return fit(model, examples, fit=settings, **options)


def weights(model: Any) -> dict[str, torch.Tensor]:
    return {name: p.detach().clone() for name, p in state.trained(model.net).items()}


def same(first: Any, second: Any) -> bool:
    return first.keys() == second.keys() and all(torch.equal(first[k], second[k]) for k in first)


def manifest(folder: Path) -> dict[str, Any]:
    return json.loads((folder / "manifest.json").read_text(encoding="utf-8"))


def test_the_loss_falls_and_the_folder_is_complete(fresh, examples, tmp_path):
    model = train(fresh(), examples, replace(SHORT, steps=40), folder=tmp_path, dev=examples[:10])
    found = manifest(tmp_path)
    assert sum(found["losses"][-5:]) < sum(found["losses"][:5])
    assert found["snapshots"] == ["step-000020", "step-000040"]
    assert found["final"] == "step-000040"
    assert found["steps"] == len(found["losses"]) == 40
    assert found["trained"] == model.trained
    assert found["precision"] == "fp32"
    assert set(found["dev_losses"]) == set(found["snapshots"])
    assert not (tmp_path / "resume").exists()
    assert not model.net.training


@pytest.mark.parametrize("name", ["mt5", "mbart", "m2m100", "llama"])
def test_the_loss_is_transformers_own(fresh, examples, name):
    model = fresh(name)
    model.net.eval()
    items = model.head.encode(model, examples[:9], SHORT, train=True)
    batch = model.head.collate(model, items, train=True)
    batch.weight = sum(item.weight for item in items)
    ours = plain_loss(SHORT)(model, batch)["task"]
    assert ours.item() == pytest.approx(model.net(**batch.inputs).loss.item(), rel=1e-6)


def test_micro_batches_move_nothing(fresh, examples, tmp_path):
    settings = replace(SHORT, dropout=0.0)
    for tokens in (10_000, 60):
        machine = replace(CPU, micro_tokens=tokens)
        train(fresh(), examples, settings, machine=machine, folder=tmp_path / str(tokens))
    whole, split = (manifest(tmp_path / name)["losses"] for name in ("10000", "60"))
    assert split == pytest.approx(whole, abs=2e-5)


def test_a_loss_that_compares_items_keeps_its_batch_whole(fresh, examples):
    seen = []

    class Comparing:
        splittable = False

        def __call__(self, model: Any, batch: Any) -> Any:
            seen.append(len(batch.items))
            return plain_loss(SHORT)(model, batch)

    train(fresh(), examples, machine=replace(CPU, micro_tokens=60), loss=Comparing())
    assert len(seen) == SHORT.steps
    assert max(seen) == SHORT.batch


def test_checkpointing_moves_nothing(fresh, examples):
    plain = train(fresh(), examples)
    saving = train(fresh(), examples, machine=replace(CPU, checkpointing=True))
    assert same(weights(plain), weights(saving))
    assert not any(getattr(m, "gradient_checkpointing", False) for m in saving.net.modules())


def test_watching_moves_nothing(fresh, examples, tmp_path):
    seen = []

    def watch(path: Path, step: int) -> None:
        seen.append(step)
        load_snapshot(watcher, path)
        live.net.eval()
        torch.manual_seed(step)
        torch.rand(3)

    watcher, live = fresh(), fresh()
    train(live, examples, folder=tmp_path / "watched", on_snapshot=watch, watches=4)
    alone = train(fresh(), examples, folder=tmp_path / "alone")
    assert seen == [3, 6, 9, 12]
    assert same(weights(live), weights(alone))
    assert same(weights(watcher), weights(alone))
    assert [p.name for p in snapshots(tmp_path / "watched")] == ["step-000006", "step-000012"]


def test_the_callers_random_state_and_threads_stay(fresh, examples):
    torch.manual_seed(5)
    expected = torch.rand(1)
    torch.manual_seed(5)
    train(fresh(), examples, machine=replace(CPU, threads=2))
    assert torch.equal(torch.rand(1), expected)
    assert torch.get_num_threads() == 1


def test_a_complete_training_is_only_loaded(fresh, examples, tmp_path):
    first = train(fresh(), examples, folder=tmp_path)
    again = fit(fresh(), [], fit=SHORT, seed=0, machine=CPU, folder=tmp_path)
    assert same(weights(first), weights(again))


def test_snapshots_hold_trained_tensors_only(fresh, examples, tmp_path):
    model = fresh()
    for name, p in model.net.named_parameters():
        p.requires_grad = "layer_norm" in name
    before = {k: v.clone() for k, v in model.net.state_dict().items()}
    train(model, examples, folder=tmp_path)
    from safetensors.torch import load_file

    kept = load_file(snapshots(tmp_path)[-1] / "model.safetensors")
    assert all("layer_norm" in name for name in kept)
    moved = {k for k, v in model.net.state_dict().items() if not torch.equal(v, before[k])}
    assert moved == set(kept)


def test_frozen_weights_of_another_precision_stay_as_they_are(fresh, examples):
    model = fresh()
    for name, p in model.net.named_parameters():
        p.requires_grad = name.startswith("decoder.block.1.layer.2")
    model.net.encoder.block[0].layer[0].SelfAttention.q.register_buffer(
        "scale", torch.ones(2).half()
    )
    train(model, examples, machine=replace(CPU, precision="bf16"))
    assert model.net.encoder.block[0].layer[0].SelfAttention.q.scale.dtype == torch.float16
    assert model.net.shared.weight.dtype == torch.float32


class Scaled(Term):
    """A loss with a parameter of its own, wrapping another."""

    def __init__(self, inner: Any) -> None:
        super().__init__(inner)
        self.scale = nn.Parameter(torch.tensor(0.5))

    def forward(self, model: Any, batch: Any) -> Any:
        return {**self.inner(model, batch), "scale": (self.scale - 1.0) ** 2}


def test_a_loss_may_own_parameters(fresh, examples, tmp_path):
    loss = Scaled(plain_loss(SHORT))
    train(fresh(), examples, loss=loss, folder=tmp_path)
    assert loss.scale.item() > 0.5
    last = snapshots(tmp_path)[-1]
    assert (last / "loss.safetensors").is_file()
    load_snapshot(fresh(), last)


def test_a_wrapped_loss_is_found(fresh, examples):
    import functools

    inner = Scaled(plain_loss(SHORT))

    @functools.wraps(inner)
    def outer(model: Any, batch: Any) -> Any:
        return inner(model, batch)

    train(fresh(), examples, loss=outer)
    assert inner.scale.item() > 0.5


def test_early_stop_returns_the_best_snapshot(fresh, examples, tmp_path, monkeypatch):
    values = iter([3.0, 2.0, 2.5, 2.6, 1.0])
    monkeypatch.setattr("isogloss.models.train.fit._Training._dev_loss", lambda self: next(values))
    settings = replace(SHORT, steps=20, snapshots=10, patience=2)
    model = train(fresh(), examples, settings, folder=tmp_path, dev=examples[:4])
    found = manifest(tmp_path)
    assert found["steps"] == 8
    assert found["best"] == found["final"] == "step-000004"
    assert same(weights(model), weights(load_snapshot(fresh(), tmp_path / "step-000004")))


def test_the_dev_loss_is_per_token(fresh, examples, tmp_path):
    model = train(fresh(), examples, folder=tmp_path, dev=examples[:10])
    items = model.head.encode(model, examples[:10], SHORT, train=True)
    batch = model.head.collate(model, items, train=True)
    with torch.no_grad():
        expected = model.net(**batch.inputs).loss.item()
    assert manifest(tmp_path)["dev_losses"]["step-000012"] == pytest.approx(expected, rel=1e-5)


def test_dropout_is_set_and_set_back(fresh, examples):
    model = fresh("mbart")
    before = model.net.model.encoder.layers[0].dropout
    seen = []

    def loss(model: Any, batch: Any) -> Any:
        seen.append(model.net.model.encoder.layers[0].dropout)
        return plain_loss(SHORT)(model, batch)

    train(model, examples, replace(SHORT, steps=1, dropout=0.4, snapshots=1), loss=loss)
    assert seen == [0.4]
    assert model.net.model.encoder.layers[0].dropout == before


@pytest.mark.parametrize("optimizer", ["adamw", "adafactor"])
@pytest.mark.parametrize("name", ["linear", "cosine", "constant", "inverse_sqrt"])
def test_schedules_rise_and_fall(fresh, examples, tmp_path, optimizer, name):
    settings = replace(SHORT, steps=100, lr=1.0, schedule=name)
    rates = [optim.rate(step, settings) for step in range(100)]
    assert rates[0] == pytest.approx(0.1)
    assert max(rates) == pytest.approx(1.0)
    assert rates == sorted(rates[:10]) + sorted(rates[10:], reverse=True)
    assert (rates[-1] < 0.02) == (name in ("linear", "cosine"))
    if name == "linear":
        settings = replace(SHORT, optimizer=optimizer, weight_decay=0.1)
        train(fresh(), examples, settings, folder=tmp_path)
        assert manifest(tmp_path)["losses"][-1] < manifest(tmp_path)["losses"][0]


def test_the_gradient_is_clipped():
    p = nn.Parameter(torch.zeros(4))
    p.grad = torch.full((4,), 3.0)
    assert optim.clip([p], 1.0).item() == pytest.approx(6.0)
    assert p.grad.norm().item() == pytest.approx(1.0, rel=1e-4)
    p.grad = torch.full((4,), 3.0)
    optim.clip([p], 0.0)
    assert p.grad.norm().item() == pytest.approx(6.0)


def test_a_loss_that_is_no_number_names_rate_and_step(fresh, examples):
    def loss(model: Any, batch: Any) -> Any:
        return {k: v * math.nan for k, v in plain_loss(SHORT)(model, batch).items()}

    with pytest.raises(IsoglossError, match=r"nan at step 1 .*peak 0\.003.*\n.*lower lr"):
        train(fresh(), examples, loss=loss)


def test_out_of_memory_halves_the_micro_batch(fresh, examples, tmp_path):
    def loss(model: Any, batch: Any) -> Any:
        if len(batch.items) > 4:
            raise torch.OutOfMemoryError
        return plain_loss(SHORT)(model, batch)

    settings = replace(SHORT, dropout=0.0)
    plain = train(fresh(), examples, settings)
    model = train(fresh(), examples, settings, loss=loss, folder=tmp_path)
    assert manifest(tmp_path)["fallbacks"]
    for name, value in weights(plain).items():
        assert torch.allclose(value, weights(model)[name], atol=1e-3)


def test_nothing_to_train_is_refused(fresh, examples):
    model = fresh()
    model.net.requires_grad_(False)
    with pytest.raises(IsoglossError, match="nothing to train"):
        train(model, examples)
    with pytest.raises(IsoglossError, match="no training examples"):
        train(fresh(), [])
    with pytest.raises(IsoglossError, match="patience needs dev"):
        train(fresh(), examples, replace(SHORT, patience=1))


@pytest.mark.parametrize("field", [{"device": "tpu9"}, {"precision": "fp16"}])
def test_unknown_machines_are_refused(fresh, examples, field):
    with pytest.raises(IsoglossError, match="unknown"):
        train(fresh(), examples, machine=replace(CPU, **field))


def test_a_snapshot_of_another_model_is_refused(fresh, examples, tmp_path):
    train(fresh(), examples, folder=tmp_path)
    with pytest.raises(IsoglossError, match="does not fit"):
        load_snapshot(fresh("mbart"), snapshots(tmp_path)[0])


@pytest.mark.slow
def test_two_processes_train_as_one_does(checkpoints, fresh, examples, tmp_path):
    from models.two_processes import Beside

    settings = replace(SHORT, dropout=0.0)
    loss = Beside(plain_loss(settings))
    train(fresh(), examples, settings, folder=tmp_path / "one", loss=loss)
    script = Path(__file__).with_name("two_processes.py")
    command = [
        sys.executable, "-m", "torch.distributed.run", "--nproc_per_node=2",
        "--master_port=29611", str(script), str(checkpoints / "mt5"), str(tmp_path / "two"),
    ]  # fmt: skip
    environment = os.environ | {"ACCELERATE_USE_CPU": "true"}
    subprocess.run(command, check=True, capture_output=True, timeout=110, env=environment)
    one, two = manifest(tmp_path / "one"), manifest(tmp_path / "two")
    assert two["processes"] == 2
    assert two["losses"] == pytest.approx(one["losses"], abs=1e-4)
    for name, sizes in one["terms"].items():
        assert two["terms"][name] == pytest.approx(sizes, abs=1e-4)


def test_updates_are_a_function_of_seed_and_step(fresh, examples):
    model = fresh()
    items = model.head.encode(model, examples, SHORT, train=True)

    def first(seed: int, start: int, n: int = 40) -> Any:
        found = buckets.updates(items, batch=8, tokens=400, seed=seed, start=start)
        return [next(found) for _ in range(n)]

    assert first(0, 7) == first(0, 0, 47)[7:]
    assert first(0, 0) != first(1, 0)
