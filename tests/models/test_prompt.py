"""Soft prompts compute what PEFT's do, and work with every way of generating."""

from __future__ import annotations

import warnings
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
import torch

import tiny
from isogloss.core.errors import IsoglossError
from isogloss.core.run import Fit, Generate
from isogloss.core.types import Example
from isogloss.models import prompt
from isogloss.models.added import adding
from isogloss.models.predict import predict

TEXTS = [n for n in tiny.NAMES if tiny.FAMILY[n] != "encoder"]


def prompted(model: Any, length: int = 5) -> Any:
    with adding(model, "prompt", {"length": length}, seed=0):
        prompt.attach(model, length)
    return model


@pytest.mark.parametrize("name", TEXTS)
def test_is_the_same_as_pefts(
    name: str, fresh: Callable[..., Any], tmp_path: Path, examples: list[Example]
) -> None:
    from peft import PeftModel

    model, bare = prompted(fresh(name)), fresh(name)
    with torch.no_grad():
        prompt.input_table(model).prompt.mul_(5)
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


@pytest.mark.parametrize("name", ["mt5", "mbart", "xglm", "llama"])
def test_batches_and_beams(name: str, fresh: Callable[..., Any], examples: list[Example]) -> None:
    model = prompted(fresh(name))
    with torch.no_grad():
        prompt.input_table(model).prompt.mul_(3)
    alone = [answer(model, [each]) for each in examples[:6]]
    assert answer(model, examples[:6]) == [one for (one,) in alone]
    assert len(answer(model, examples[:6], Generate(beams=2, max_tokens=5))) == 6


def answer(
    model: Any, examples: list[Example], settings: Generate = Generate(max_tokens=5)
) -> list[str]:
    from isogloss.core.machine import Machine

    machine = Machine(device="cpu", progress=False)
    found = predict(model, examples, fit=Fit(), generate=settings, machine=machine, limit=None)
    return [each.value for each in found]


def test_comes_back_from_an_export(
    fresh: Callable[..., Any], tmp_path: Path, examples: list[Example]
) -> None:
    from isogloss.models.load import load
    from isogloss.models.save import export

    model = prompted(fresh("mt5"))
    with torch.no_grad():
        prompt.input_table(model).prompt.normal_()
    opened = load(export(model, tmp_path / "out"))
    assert answer(opened, examples[:3]) == answer(model, examples[:3])


def test_refuses_a_prompt_longer_than_the_input(fresh: Callable[..., Any]) -> None:
    with pytest.raises(IsoglossError, match="leaves little of the 160 positions"):
        prompt.attach(fresh("mbart"), 100)


def test_trains_the_prompt_alone(fresh: Callable[..., Any]) -> None:
    model = prompted(fresh("mt5"), 7)
    assert model.trained == 7 * tiny.WIDTH
    assert torch.equal(prompt.input_table(model).prompt, prompt.input_table(model.copy()).prompt)
