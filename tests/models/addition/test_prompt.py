"""Soft prompts compute what PEFT's do, and work with every way of generating."""

from __future__ import annotations

import warnings
from collections.abc import Callable
from contextlib import nullcontext
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
import torch

import tiny
from isogloss.core.errors import IsoglossError
from isogloss.core.run import Fit, Generate
from isogloss.core.types import Example
from isogloss.models import modes
from isogloss.models.addition import prompt
from isogloss.models.addition.freeze import adding
from isogloss.models.decode.predict import predict
from isogloss.models.family.module import input_table

TEXTS = [n for n in tiny.NAMES if tiny.FAMILY[n] != "encoder"]


def prompted(model: Any, length: int = 5, **more: Any) -> Any:
    shape = {"length": length} | {key: more[key] for key in more if key != "mlp"}
    with adding(model, "prompt", shape, seed=0):
        count = length + len(more.get("langs", ())) * more.get("part", 0)
        prompt.attach(model, length, **more, start=prompt.start(model, count, "vocabulary", 0))
    return model


def table(model: Any) -> Any:
    return input_table(model)


def loss(model: Any, examples: list[Example]) -> float:
    model.net.eval()
    items = model.head.encode(model, examples, Fit(), train=True)
    with torch.no_grad():
        return float(
            model.head.loss(model.net, model.head.collate(model, items, train=True))["task"]
        )


@pytest.mark.parametrize("name", TEXTS)
def test_is_the_same_as_pefts(
    name: str, fresh: Callable[..., Any], tmp_path: Path, examples: list[Example]
) -> None:
    from peft import PeftModel

    model, bare = prompted(fresh(name)), fresh(name)
    with torch.no_grad():
        input_table(model).prompt.mul_(5)
    prompt.save(model, tmp_path)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        other = PeftModel.from_pretrained(bare.net, str(tmp_path)).eval()
    first = examples[:1]
    with torch.no_grad():
        for head in (model, bare):
            head.net.eval()
        ours = model.head.encode(model, first, Fit(), train=True)
        theirs = bare.head.encode(bare, first, Fit(), train=True)
        one = model.head.loss(model.net, model.head.collate(model, ours, train=True))["task"]
        two = bare.head.loss(other, bare.head.collate(bare, theirs, train=True))["task"]
        plain = bare.head.loss(bare.net, bare.head.collate(bare, theirs, train=True))["task"]
    assert one == pytest.approx(float(two), rel=1e-4)
    assert abs(float(one - plain)) > 1e-6


@pytest.mark.parametrize(
    ("name", "more"),
    [
        *((name, {}) for name in ("mt5", "mbart", "m2m100", "xglm", "llama")),
        *((name, {"deep": True}) for name in ("mbart", "xglm", "llama")),
        *((name, {"langs": ("en", "de"), "part": 2}) for name in ("mt5", "llama")),
    ],
)
def test_batches_and_beams(
    name: str, more: Any, fresh: Callable[..., Any], examples: list[Example]
) -> None:
    model = prompted(fresh(name), **more)
    generator = torch.Generator().manual_seed(0)
    with torch.no_grad():
        for p in model.net.parameters():
            if p.requires_grad:
                p.add_(torch.randn(p.shape, generator=generator), alpha=float(p.std()) + 0.1)
    mixed = [replace(each, lang="de" if i % 2 else "en") for i, each in enumerate(examples[:6])]
    alone = [answer(model, [each]) for each in mixed]
    assert answer(model, mixed) == [one for (one,) in alone]
    assert len(answer(model, mixed, Generate(beams=2, max_tokens=5))) == 6


@pytest.mark.parametrize("name", TEXTS)
def test_a_deep_prompt_is_added_before_each_layer(
    name: str, fresh: Callable[..., Any], examples: list[Example]
) -> None:
    model, flat = prompted(fresh(name), deep=True), prompted(fresh(name))
    assert loss(model, examples[:4]) == pytest.approx(loss(flat, examples[:4]))
    copied = model.copy()
    items = copied.head.encode(copied, examples[:4], Fit(), train=True)
    batch = copied.head.collate(copied, items, train=True)
    copied.head.loss(copied.net, batch)["task"].backward()
    assert len(table(copied).deep) >= 1
    assert table(copied).deep.grad.abs().sum((1, 2)).min() > 0  # at each layer
    assert table(model).deep.grad is None


@pytest.mark.parametrize("name", ["mt5", "mbart", "llama"])
def test_gradients_do_not_depend_on_checkpointing(
    name: str, fresh: Callable[..., Any], examples: list[Example]
) -> None:
    found = []
    for kept in (True, False):
        model = prompted(fresh(name), deep=True, mlp=4)
        with torch.no_grad():
            table(model).deep.fill_(0.1)
        items = model.head.encode(model, examples[:4], Fit(), train=True)
        model.net.train()
        checkpointing = nullcontext() if kept else modes.checkpointing(model.net)
        with modes.dropout(model.net, 0.0), checkpointing:
            batch = model.head.collate(model, items, train=True)
            model.head.loss(model.net, batch)["task"].backward()
        found.append({n: p.grad for n, p in model.net.named_parameters() if p.requires_grad})
    assert found[0]
    for key, grad in found[0].items():
        assert grad.abs().sum() > 0
        torch.testing.assert_close(grad, found[1][key], rtol=1e-3, atol=1e-4)


def test_a_languages_part_follows_the_example(
    fresh: Callable[..., Any], examples: list[Example]
) -> None:
    model = prompted(fresh("mt5"), langs=("en", "de"), part=2)
    with torch.no_grad():
        table(model).parts.normal_()
    found = {}
    for lang in ("en", "de", "th"):
        found[lang] = loss(model, [replace(e, lang=lang) for e in examples[:4]])
    assert found["th"] == found["en"]
    assert found["de"] != pytest.approx(found["en"], abs=1e-6)
    before = table(model).parts.clone()
    prompt.renew(model, torch.zeros(5, tiny.WIDTH))
    assert not table(model).prompt.any()
    assert torch.equal(table(model).parts, before)
    assert model.trained == 5 * tiny.WIDTH


def test_starts(fresh: Callable[..., Any]) -> None:
    from isogloss.core.task import Task
    from isogloss.models.head import text

    model = fresh("mbart")
    given = {init: prompt.start(model, 9, init, 1) for init in ("vocabulary", "uniform", "labels")}
    assert {tuple(start.shape) for start in given.values()} == {(9, tiny.WIDTH)}
    assert given["uniform"].abs().max() <= 0.5
    rows = table(model).weight * table(model).embed_scale
    assert all((rows == vector).all(1).any() for vector in given["vocabulary"])
    (ids,) = text.tokens(model.tokenizer, ["echo"])
    assert torch.equal(given["labels"][: len(ids)], rows[ids])
    model.task = Task("1", "classify", ("en",), lambda *_: [], (), ("yes", "no"), name="classes")
    labels = prompt.start(model, 9, "labels", 1)
    for vector, ids in zip(labels, text.tokens(model.tokenizer, ["yes", "no"]), strict=False):
        torch.testing.assert_close(vector, rows[ids].mean(0))
    assert prompt.start(model, 1, "labels", 1).shape == (1, tiny.WIDTH)


def answer(
    model: Any, examples: list[Example], settings: Generate = Generate(max_tokens=5)
) -> list[str]:
    from isogloss.core.machine import Machine

    machine = Machine(device="cpu", progress=False)
    found = predict(model, examples, fit=Fit(), generate=settings, machine=machine, limit=None)
    return [each.value for each in found]


@pytest.mark.parametrize(
    "more", [{}, {"deep": True, "mlp": 4}, {"mlp": 4}, {"langs": ("en", "de"), "part": 2}]
)
@pytest.mark.parametrize("name", ["mt5", "mbart", "llama"])
def test_comes_back_from_an_export(
    name: str, more: Any, fresh: Callable[..., Any], tmp_path: Path, examples: list[Example]
) -> None:
    from isogloss.models.save import export, load

    model = prompted(fresh(name), **more)
    with torch.no_grad():
        for p in model.net.parameters():
            if p.requires_grad:
                p.add_(torch.randn_like(p))
    opened = load(export(model, tmp_path / "out", lang="de"))
    assert not hasattr(table(opened), "mlp")
    mixed = [*examples[:3], *(replace(each, lang="de") for each in examples[:3])]
    assert loss(opened, mixed) == pytest.approx(loss(model, mixed))
    assert answer(opened, mixed) == answer(model, mixed)
    assert (tmp_path / "out" / prompt.FILE).exists() == ("deep" not in more)
    if "langs" in more:
        from safetensors.torch import load_file

        kept = load_file(tmp_path / "out" / prompt.FILE)[prompt.KEY]
        assert torch.equal(kept, torch.cat([table(model).prompt, table(model).parts[2:]]))


def test_refuses_a_prompt_longer_than_the_input(fresh: Callable[..., Any]) -> None:
    with pytest.raises(IsoglossError, match="leaves little of the 160 positions"):
        prompt.attach(fresh("mbart"), 100)


def test_refuses_a_second_prompt(fresh: Callable[..., Any]) -> None:
    model = prompted(fresh("mt5"), 3)
    with pytest.raises(IsoglossError, match="has a soft prompt already"):
        prompt.attach(model, 3)


def test_trains_the_prompt_alone(fresh: Callable[..., Any]) -> None:
    model = prompted(fresh("mt5"), 7)
    assert model.trained == 7 * tiny.WIDTH
    assert torch.equal(input_table(model).prompt, input_table(model.copy()).prompt)
