"""A few entries move, snapshots hold these alone, and languages' are added to the task's."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
import torch
from safetensors.torch import load_file

from isogloss.core.machine import Machine
from isogloss.core.recipe import parse
from isogloss.core.run import Fit
from isogloss.models.train.fit import fit
from isogloss.models.train.mask import clear, masked, moves
from isogloss.models.train.sparse import add, largest, train_sparsely
from isogloss.models.train.state import load_snapshot, snapshots, trained
from isogloss.run import pipeline
from isogloss.testing import toy
from isogloss.testing.trace import results, run_of, setting, shared

SETTINGS: dict[str, Any] = {
    "fit": Fit(steps=4, batch=4, lr=1e-2, snapshots=2, weight_decay=0.1),
    "seed": 0,
    "machine": Machine(device="cpu", progress=False),
}


def _tensors(net: Any) -> dict[str, torch.Tensor]:
    return {name: p.detach().clone() for name, p in net.named_parameters()}


def _changed(before: dict[str, torch.Tensor], net: Any) -> dict[str, int]:
    now = dict(net.named_parameters())
    return {name: int((now[name] != old).sum()) for name, old in before.items()}


def test_a_mask_holds_the_rest_and_snapshots_are_small(build: Any, tmp_path: Path) -> None:
    model, gold = build(), toy.load("generate", "en", "train")
    parameters, before = trained(model.net), _tensors(model.net)
    places = {name: torch.arange(0, p.numel(), 50) for name, p in parameters.items()}
    with masked(parameters, places):
        fit(model, gold, folder=tmp_path / "few", **SETTINGS)
    changed = _changed(before, model.net)
    assert 0 < sum(changed.values()) <= sum(map(len, places.values()))
    assert all(changed[name] <= len(at) for name, at in places.items())
    assert not any(moves(p) for p in model.net.parameters())
    again = build()
    load_snapshot(again, snapshots(tmp_path / "few")[-1])
    assert all(map(torch.equal, _tensors(again.net).values(), _tensors(model.net).values()))
    fit(build(), gold, folder=tmp_path / "all", **SETTINGS)
    few, every = (_stored(tmp_path / name) for name in ("few", "all"))
    assert few == 3 * sum(map(len, places.values()))
    assert every == sum(p.numel() for p in parameters.values())


def test_an_interrupted_training_goes_on_with_its_mask(build: Any, tmp_path: Path) -> None:
    gold = toy.load("generate", "en", "train")
    settings = {**SETTINGS, "machine": Machine(device="cpu", progress=False, save_every=0)}

    def stop(path: Path, step: int) -> None:
        if step == 3:
            raise KeyboardInterrupt

    def trained_to(end: str, watch: Any = None) -> dict[str, torch.Tensor]:
        model = build()
        parameters = trained(model.net)
        places = {name: torch.arange(0, p.numel(), 50) for name, p in parameters.items()}
        with masked(parameters, places):
            fit(model, gold, folder=tmp_path / end, on_snapshot=watch, **settings)
        return _tensors(model.net)

    with pytest.raises(KeyboardInterrupt):
        trained_to("stopped", stop)
    assert (tmp_path / "stopped" / "resume").is_dir()
    whole, resumed = trained_to("whole"), trained_to("stopped")
    assert all(map(torch.equal, whole.values(), resumed.values()))
    assert _stored(tmp_path / "whole") == _stored(tmp_path / "stopped")


def _stored(folder: Path) -> int:
    """Count the entries of the last snapshot."""
    kept = load_file(snapshots(folder)[-1] / "model.safetensors")
    return sum(tensor.numel() for tensor in kept.values())


def test_the_gradient_of_other_entries_is_cleared() -> None:
    parameter = torch.nn.Parameter(torch.zeros(2, 3))
    parameter.grad = torch.ones(2, 3)
    with masked({"w": parameter}, {"w": torch.tensor([1, 5])}):
        clear([parameter])
    assert parameter.grad.tolist() == [[0, 1, 0], [0, 0, 1]]


def test_the_entries_that_moved_farthest_are_found() -> None:
    before = {"a": torch.zeros(3), "b": torch.zeros(2, 2)}
    after = {
        "a": torch.nn.Parameter(torch.tensor([0.1, -3.0, 0.0])),
        "b": torch.nn.Parameter(torch.tensor([[0.0, 2.0], [0.3, 0.2]])),
    }
    found = largest(after, before, 2 / 7)
    assert {name: at.tolist() for name, at in found.items()} == {"a": [1], "b": [1]}
    assert sum(map(len, largest(after, before, 1e-9).values())) == 1


def test_both_trainings_start_from_the_same_weights_and_differences_add_up(build: Any) -> None:
    model, starts = build(), []

    def train(model: Any) -> None:
        starts.append(_tensors(model.net))
        fit(model, toy.load("generate", "en", "train"), **SETTINGS)

    change = train_sparsely(model, trained(model.net), 0.02, train)
    assert all(map(torch.equal, starts[0].values(), starts[1].values()))
    fresh = build()
    add(trained(fresh.net), change)
    add(trained(fresh.net), change, -1.0)
    for name, old in starts[0].items():
        torch.testing.assert_close(dict(fresh.net.named_parameters())[name].detach(), old)
    add(trained(fresh.net), change)
    for name, p in model.net.named_parameters():
        torch.testing.assert_close(dict(fresh.net.named_parameters())[name].detach(), p.detach())


@pytest.mark.parametrize(
    "recipe", ["sparse(share=0.02)", "sparse(share=0.02, langs=['sw'], steps=2)"]
)
def test_a_finished_run_opens_from_its_small_snapshots(recipe: str) -> None:
    (method,) = parse(recipe).methods
    run = run_of("classify", "xlm-roberta", method)
    with results() as store, shared():
        models = []
        for _ in range(2):
            settings = setting(run, store)
            ctx = pipeline.access(run, settings)
            model = pipeline.trained(run, ctx, settings)
            models.append(_tensors(model.net))
        assert all(map(torch.equal, models[0].values(), models[1].values()))
        weights = store.weights(run.train_key)
        assert not (weights / "beside.safetensors").is_file()
        first, second = (_stored(weights / f"phase-{number}") for number in (1, 2))
    assert second < first / 4


def test_a_target_without_text_keeps_the_sources() -> None:
    (method,) = parse("sparse(langs=['sw'])").methods
    model = object()
    ctx: Any = type("Ctx", (), {"sources": ("en",)})
    assert method.adapt(model, "de", ctx) is model
    assert method.adapt(model, "en", ctx) is model
    assert method.needed() == ("target_text",)
    assert parse("sparse()").methods[0].needed() == ()
