"""Prompt tuning's options reach the network, and a training of them resumes."""

from __future__ import annotations

from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
import torch

from isogloss.core.errors import IsoglossError
from isogloss.core.recipe import parse
from isogloss.core.run import Fit
from isogloss.models.family.module import input_table
from isogloss.models.load import build
from isogloss.models.train.fit import fit
from isogloss.testing import tiny, toy
from isogloss.testing.trace import MACHINE

FIT = Fit(steps=4, batch=4, lr=0.3, optimizer="adafactor", schedule="constant", snapshots=2)


def apply(recipe: str, architecture: str = "mt5", seed: int = 0) -> Any:
    model = build(str(tiny.backbone(architecture)), toy.task("generate"), machine=MACHINE)
    ctx: Any = SimpleNamespace(run=SimpleNamespace(seed=seed), task=model.task)
    for method in parse(recipe).methods:
        model = method.model(model, ctx)
    return model


def test_the_published_setting_is_the_default() -> None:
    (method,) = parse("prompt_tuning()").methods
    assert method.settings() == {
        "length": 100, "init": "vocabulary", "mlp": 0, "deep": False, "start": None,
    }  # fmt: skip
    assert max(method.lrs) == 0.3


@pytest.mark.parametrize("architecture", ["mt5", "mbart", "llama"])
def test_counts(architecture: str) -> None:
    width = tiny.WIDTH
    counts = {
        "length=6": 6 * width,
        "length=6, deep=True": 2 * 6 * width,  # two layers
        "length=6, mlp=4": 6 * width + 2 * 4 * width + 4 + width + 2 * width,
        "length=6, init='uniform'": 6 * width,
        "length=6, init='labels'": 6 * width,
    }
    for settings, count in counts.items():
        assert apply(f"prompt_tuning({settings})", architecture).trained == count


def test_starts_follow_from_the_seed() -> None:
    for init in ("vocabulary", "uniform"):
        recipe = f"prompt_tuning(length=6, init='{init}')"
        one, two, other = (input_table(apply(recipe, seed=seed).copy()) for seed in (0, 0, 1))
        assert torch.equal(one.prompt, two.prompt)
        assert not torch.equal(one.prompt, other.prompt)
    recipe = "prompt_tuning(length=6, mlp=4, start=7)"
    one, other = (apply(recipe, seed=seed) for seed in (0, 1))
    for a, b in zip(one.net.parameters(), other.net.parameters(), strict=True):
        assert torch.equal(a, b)


def test_a_training_comes_back_from_its_folder(tmp_path: Path) -> None:
    recipe = "prompt_tuning(length=6, mlp=4, deep=True)"
    examples = toy.load("generate", "en", "train")
    models = []
    for _ in range(2):
        model = apply(recipe)
        before = [p.detach().clone() for p in model.net.parameters() if p.requires_grad]
        fit(model, examples, fit=FIT, seed=0, machine=MACHINE, folder=tmp_path / "run")
        after = [p for p in model.net.parameters() if p.requires_grad]
        assert not any(torch.equal(a, b) for a, b in zip(before, after, strict=True))
        models.append(after)
    assert all(torch.equal(a, b) for a, b in zip(*models, strict=True))


def test_a_new_tag_comes_before_the_prompt() -> None:
    tag = "tag(lang='eu', new=True)"
    assert apply(f"{tag} + prompt_tuning(length=4)", "mbart").trained == 4 * tiny.WIDTH
    with pytest.raises(IsoglossError, match="place of the addition 'prompt'") as caught:
        apply(f"prompt_tuning(length=4) + {tag}", "mbart")
    assert "before" in caught.value.hint
    assert apply("prompt_tuning(length=4) + tag(lang='eu', like='es')", "mbart").tags["eu"]


@pytest.mark.parametrize(
    ("recipe", "message"),
    [
        ("prompt_tuning(length=300)", "leaves little of the 514 positions"),
        ("prompt_tuning(length=0)", "length must be"),
        ("prompt_tuning(mlp=-1)", "mlp must be"),
        ("prompt_tuning(init='label')", "did you mean 'labels'"),
        ("prompt_tuning(length=4) + adapter(size=4)", "can't be added"),
    ],
)
def test_refusals(recipe: str, message: str) -> None:
    with pytest.raises(IsoglossError, match=message):
        apply(recipe, "mbart")


def test_trains_the_prompt_alone() -> None:
    model = apply("prompt_tuning(length=6)")
    assert model.trained == 6 * tiny.WIDTH
    trained = {name for name, p in model.net.named_parameters() if p.requires_grad}
    assert trained == {"encoder.embed_tokens.prompt"}
    (method,) = parse("prompt_tuning()").methods
    assert method.misfit("classify", "encoder")
