"""Adapters change nothing at first, and come back from an export."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
import torch

import tiny
from isogloss.core.errors import IsoglossError
from isogloss.core.task import Task
from isogloss.models.addition import adapter
from isogloss.models.addition.freeze import adding

CLASSES = Task("1", "classify", ("en",), lambda *_: [], (), ("yes", "no"), name="classes")


@pytest.fixture
def model(checkpoints: Path, request: pytest.FixtureRequest) -> Any:
    from isogloss.models.load import build

    return build(str(tiny.checkpoint(request.param, checkpoints)), CLASSES)


def logits(model: Any) -> torch.Tensor:
    ids = torch.tensor([[5, 6, 7, 8], [8, 9, 9, 4]])
    more = {"decoder_input_ids": ids} if model.family.name == "encoder_decoder" else {}
    model.net.eval()
    with torch.no_grad():
        return model.net(input_ids=ids, **more).logits


@pytest.mark.parametrize("model", tiny.NAMES, indirect=True)
def test_identity_first_then_trained(model: Any) -> None:
    before = logits(model)
    with adding(model, "adapter", {"size": 4}, seed=0):
        adapters = adapter.attach(model.net, size=4)
    assert torch.equal(before, logits(model))
    assert len(adapters) == (4 if model.family.name == "encoder_decoder" else 2)
    copied = model.copy()
    torch.manual_seed(0)
    with torch.no_grad():
        for each in adapters:
            each.up.weight.normal_()
    assert not torch.allclose(before, logits(model))
    assert torch.equal(before, logits(copied))

    trained = {name for name, p in model.net.named_parameters() if p.requires_grad}
    head = {"classifier"} if model.family.name == "encoder" else set()
    assert all(".adapter." in n or n.split(".")[0] in head for n in trained)
    ids = torch.tensor([[5, 6, 7, 8]])
    more = {"decoder_input_ids": ids} if model.family.name == "encoder_decoder" else {}
    model.net(input_ids=ids, **more).logits.pow(2).sum().backward()
    assert all(p.grad is not None and p.grad.any() for a in adapters for p in a.parameters())


@pytest.mark.parametrize("model", ["xlmr", "mbart", "llama"], indirect=True)
def test_comes_back_from_an_export(model: Any, tmp_path: Path) -> None:
    from isogloss.models.save import export, load

    settings = {"size": 4, "activation": "gelu"}
    with adding(model, "adapter", settings, seed=0):
        adapters = adapter.attach(model.net, **settings)
    with torch.no_grad():
        for each in adapters:
            each.up.weight.normal_()
    opened = load(export(model, tmp_path / "out"))
    assert opened.extras["adapter"] == settings
    assert torch.equal(logits(model), logits(opened))


@pytest.mark.parametrize("model", ["mt5"], indirect=True)
def test_refusals(model: Any) -> None:
    with adding(model, "adapter", {}, seed=0):
        adapter.attach(model.net, size=4)
    before = logits(model)
    with pytest.raises(IsoglossError, match="has adapters already"):
        adapter.attach(model.net, size=4)
    assert torch.equal(before, logits(model))
    refused = pytest.raises(IsoglossError, match="lora can't be added to a model that has adapter")
    with refused, adding(model, "lora", {}, seed=0):
        pass
    with pytest.raises(IsoglossError, match="no feed-forward block"):
        adapter.attach(torch.nn.Linear(2, 2))
