"""Bare texts in, states and vectors out: batched, aligned with words, of every family."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
import torch

from isogloss.core.errors import IsoglossError
from isogloss.core.machine import Machine
from isogloss.models import states
from isogloss.models.load import build
from isogloss.testing import tiny, toy

CPU = Machine(device="cpu", progress=False)
TEXTS = ["moja mbili tatu nne", "tano", "sita saba"]
ALL = [
    ("classify", "xlm-roberta"), ("tag", "xlm-roberta"), ("choose", "xlm-roberta"),
    ("span", "xlm-roberta"), ("retrieve", "mt5"), ("generate", "mt5"), ("classify", "mbart"),
    ("generate", "llama"), ("retrieve", "llama"),
]  # fmt: skip


def opened(kind: str, architecture: str) -> Any:
    return build(str(tiny.backbone(architecture)), toy.task(kind), machine=CPU)


@pytest.mark.parametrize(("kind", "architecture"), ALL)
def test_of_every_head(kind: str, architecture: str) -> None:
    model = opened(kind, architecture)
    model.net.train()
    found = states.states(model, TEXTS, lang="sw", machine=CPU)
    assert found.values.shape == (*found.mask.shape, states.widths(model)[-1])
    assert model.net.training
    for layer in range(len(states.widths(model))):
        whole = states.embed(model, TEXTS, layer=layer, lang="sw", machine=CPU)
        assert whole.shape == (3, tiny.WIDTH)
        one = Machine(device="cpu", progress=False, micro_tokens=1)
        alone = states.embed(model, TEXTS, layer=layer, lang="sw", machine=one)
        torch.testing.assert_close(whole, alone, rtol=1e-4, atol=1e-5)
    mean = states.pooled(found.values, found.mask)
    torch.testing.assert_close(mean, states.embed(model, TEXTS, lang="sw", machine=CPU))
    assert not found.values[~found.mask].any()


@pytest.mark.parametrize("architecture", ["xlm-roberta", "mt5", "mbart", "llama"])
def test_pieces_of_words(architecture: str) -> None:
    model = opened("retrieve", architecture)
    words = [text.split() for text in TEXTS]
    items = states.encode(model, words, "sw")
    found = states.states(model, words, lang="sw", machine=CPU)
    for item, each, places in zip(items, words, found.words, strict=True):
        ids = item.features["input_ids"]
        read = [model.tokenizer.decode(ids[first:last]).strip() for first, last in places]
        assert read == each
        assert len(ids) == item.source


def test_with_gradient() -> None:
    model = opened("choose", "xlm-roberta")
    head = states.plain(model)
    batch = head.collate(model, states.encode(model, TEXTS, "sw"), train=True)
    states.read(model, batch.inputs).sum().backward()
    assert model.plain.base_model.encoder.layer[0].output.dense.weight.grad.any()


def test_a_soft_prompt_stands_before_bare_texts_too() -> None:
    from isogloss.models.addition.prompt import attach

    model = opened("generate", "mt5")
    words = [text.split() for text in TEXTS]
    before = states.states(model, words, machine=CPU)
    attach(model, 3)
    after = states.states(model, words, machine=CPU)
    assert after.mask.sum() == before.mask.sum() + 9
    assert after.words[1] == tuple((first + 3, last + 3) for first, last in before.words[1])


@pytest.mark.parametrize(
    ("call", "says"),
    [
        (lambda m: states.embed(m, TEXTS, layer=9, machine=CPU), "no layer 9"),
        (lambda m: states.embed(m, TEXTS, pool="max", machine=CPU), "max"),
        (lambda m: states.embed(m, TEXTS, lang=["sw"], machine=CPU), "3 texts and 1 languages"),
    ],
)
def test_wrong_values(call: Callable[[Any], Any], says: str) -> None:
    with pytest.raises(IsoglossError, match=says):
        call(opened("retrieve", "xlm-roberta"))


def test_nothing_to_embed() -> None:
    assert states.embed(opened("retrieve", "mt5"), [], machine=CPU).shape == (0, tiny.WIDTH)
