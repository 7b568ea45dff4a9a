"""Additions are stacked by name, and come back from an export in their order."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
import torch

from isogloss import plugin
from isogloss.core.addition import Added
from isogloss.core.errors import IsoglossError
from isogloss.models.addition import stack
from isogloss.models.addition.freeze import adding
from isogloss.models.save import CARD, export, load, written
from isogloss.testing import tiny, toy

Build = Callable[..., Any]
GAIN = '''"""A gain behind the network's blocks."""
import torch
from isogloss.core.addition import Addition
from isogloss.models.addition import stack
from isogloss.models.addition.adapter import blocks

class Gain(torch.nn.Module):
    on = True
    def __init__(self, width):
        super().__init__()
        self.factor = torch.nn.Parameter(torch.ones(width))

def attach(model, name, settings):
    for block in blocks(model.plain):
        block.add_module(name, Gain(model.plain.config.hidden_size))
        block.register_forward_hook(
            lambda m, _, out: out * getattr(m, name).factor if getattr(m, name).on else out)

ADDITION = Addition(attach=attach, parameters=stack.under, switch=stack.turn)
'''


@pytest.fixture
def build() -> Build:
    from isogloss.models.load import build as made

    return lambda name="xlm-roberta": made(str(tiny.backbone(name)), toy.task("classify"))


def stacked(model: Any, *, frozen: bool = True) -> Any:
    """Put two adapters on a model, the first moved away from the identity."""
    for seed, (name, size) in enumerate((("below", 4), ("above", 2))):
        stack.add(model, Added(name, "adapter", {"size": size}), seed)
        move(model, name)
        if frozen:
            stack.freeze(model, name)
    return model


def move(model: Any, name: str) -> None:
    with torch.no_grad():
        for parameter in stack.parameters(model, name).values():
            parameter.add_(torch.randn(parameter.shape, generator=torch.Generator().manual_seed(1)))


def logits(model: Any) -> torch.Tensor:
    ids = torch.tensor([[5, 6, 7, 8]])
    more = {"decoder_input_ids": ids} if model.family.name == "encoder_decoder" else {}
    model.net.eval()
    with torch.no_grad():
        return model.net(input_ids=ids, **more).logits


def test_what_is_put_on_later_acts_later(build: Build) -> None:
    one, other = stacked(build()), build()
    for name, size in (("above", 2), ("below", 4)):
        stack.add(other, Added(name, "adapter", {"size": size}), 0)
        stack.freeze(other, name)
        stack.swap(other, name, stack.tensors(one, name))
    assert [each.name for each in other.additions] == ["above", "below"]
    assert not torch.allclose(logits(one), logits(other))


def test_switched_off_it_is_as_if_it_were_not_there(build: Build) -> None:
    plain, model = build(), stacked(build())
    whole = logits(model)
    for name in ("below", "above"):
        stack.switch(model, name, on=False)
    assert torch.equal(logits(model), logits(plain))
    assert not any(each.on for each in model.additions)
    for name in ("above", "below"):
        stack.switch(model, name, on=True)
    assert torch.equal(logits(model), whole)


def test_only_what_is_trained_carries_another(build: Build) -> None:
    model = stacked(build())
    with pytest.raises(IsoglossError, match="the model has 'below' already"):
        stack.add(model, Added("below", "adapter", {"size": 4}), 0)
    with pytest.raises(IsoglossError, match="a module called 'encoder' already"):
        stack.add(model, Added("encoder", "adapter", {"size": 4}), 0)
    with pytest.raises(IsoglossError, match="unknown addition 'adaptor'"):
        stack.add(model, Added("mine", "adaptor"), 0)
    with pytest.raises(IsoglossError, match="no 'mine' added to it") as caught:
        stack.switch(model, "mine", on=False)
    assert "below, above" in caught.value.hint
    stack.train(model, ["above"])
    with pytest.raises(IsoglossError, match="lora can't be added to a model that has above"):
        stack.check(model, "lora", "lora")
    assert {n for n, p in model.net.named_parameters() if p.requires_grad} == {
        n for n, _ in model.net.named_parameters() if ".above." in n
    }


@pytest.mark.parametrize("architecture", ["xlm-roberta", "mt5", "llama"])
@pytest.mark.parametrize("top", ["", "lora", "off"])
def test_a_stack_comes_back(architecture: str, top: str, build: Build, tmp_path: Path) -> None:
    from isogloss.core.recipe import parse
    from isogloss.models.addition import lora

    model = stacked(build(architecture))
    if top == "lora":
        (method,) = parse("lora(r=2, targets='all_linear')").methods
        with adding(model, "lora", method.settings(), seed=0):
            lora.attach(model, method.settings())
        move(model, "lora")
    elif top == "off":
        stack.switch(model, "above", on=False)
    folder = export(model, tmp_path / "out")
    assert written(folder).form == "own"
    again = load(folder)
    assert again.additions == model.additions
    assert torch.equal(logits(again), logits(model))


def test_a_plugins_addition_comes_back_through_it(
    build: Build, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = tmp_path / "gain.py"
    path.write_text(GAIN)
    assert plugin.add(path) == ["addition"]
    model = build()
    stack.add(model, Added("mine", "gain"), 0)
    move(model, "mine")
    folder = export(model, tmp_path / "out")
    assert torch.equal(logits(load(folder)), logits(model))
    monkeypatch.setitem(plugin._added, "addition", {})
    with pytest.raises(IsoglossError, match="has gain, which nothing here reads") as caught:
        load(folder)
    assert "plug-in" in caught.value.hint


def test_exports_of_the_format_before_are_read(build: Build, tmp_path: Path) -> None:
    model = build()
    with adding(model, "adapter", {"size": 2, "activation": "relu"}, seed=0):
        plugin.addition("adapter").attach(model, "adapter", {"size": 2, "activation": "relu"})
    move(model, "adapter")
    folder = export(model, tmp_path / "out")
    card = json.loads((folder / CARD).read_text())
    (added,) = card.pop("additions")
    old = {**card, "format": 2, "extras": {"adapter": added["settings"]}}
    (folder / CARD).write_text(json.dumps(old))
    assert torch.equal(logits(load(folder)), logits(model))
    (folder / CARD).write_text(json.dumps({**card, "format": 4}))
    with pytest.raises(IsoglossError, match="another version of isogloss"):
        load(folder)
