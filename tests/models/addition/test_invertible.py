"""Invertible adapters change nothing at first, and undo themselves where words are written."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
import torch

from isogloss.core.addition import Added
from isogloss.models.addition import stack
from isogloss.models.addition.invertible import Invertible
from isogloss.testing import tiny, toy

Build = Callable[..., Any]


@pytest.fixture
def build() -> Build:
    from isogloss.models.load import build as load

    return lambda name, kind="generate": load(str(tiny.backbone(name)), toy.task(kind))


def moved(module: torch.nn.Module) -> None:
    with torch.no_grad():
        for parameter in module.parameters():
            parameter.normal_(std=0.5)


@pytest.mark.parametrize("width", [8, 7])
def test_the_inverse_undoes_it(width: int) -> None:
    made = Invertible(width, 3, "gelu")
    vectors = torch.randn(2, 5, width)
    assert torch.equal(made(vectors), vectors)
    moved(made)
    assert not torch.allclose(made(vectors), vectors)
    torch.testing.assert_close(made.inverse(made(vectors)), vectors)


def states(model: Any) -> torch.Tensor:
    ids = torch.tensor([[5, 6, 7, 8]])
    more = {"decoder_input_ids": ids} if model.family.name == "encoder_decoder" else {}
    model.net.eval()
    with torch.no_grad():
        return model.net(input_ids=ids, **more).logits


@pytest.mark.parametrize("architecture", ["xlm-roberta", "mt5", "mbart", "llama"])
def test_at_every_table_and_back(architecture: str, build: Build) -> None:
    model = build(architecture, "tag" if architecture == "xlm-roberta" else "generate")
    before = states(model)
    stack.add(model, Added("own", "invertible", {"size": 4}), seed=0)
    assert torch.equal(states(model), before)
    net = model.plain
    table, writer = net.get_input_embeddings(), net.get_output_embeddings()
    tables = [
        m for m in net.modules() if getattr(m, "weight", None) is table.weight and m is not writer
    ]
    assert all(hasattr(each, "own") for each in tables)
    tied = writer is not None and writer.weight is table.weight
    assert hasattr(writer, "own") == tied
    moved(table.own)
    changed = states(model)
    assert not torch.allclose(changed, before)
    stack.switch(model, "own", on=False)
    assert torch.equal(states(model), before)
    stack.switch(model, "own", on=True)
    assert torch.equal(states(model), changed)
    assert torch.equal(states(model.copy()), changed)


def test_a_layer_that_guesses_words_gets_the_inverse_and_stays(build: Build) -> None:
    from isogloss.models.train.text import learning

    model = build("xlm-roberta", "tag")
    stack.add(model, Added("own", "invertible", {}), seed=0)
    stack.train(model, ["own"])
    student = learning(model)
    writer = student.net.get_output_embeddings()
    assert writer.own is model.plain.get_input_embeddings().own
    moving = {name for name, p in student.net.named_parameters() if p.requires_grad}
    assert all(".own." in name for name in moving)
    assert moving
