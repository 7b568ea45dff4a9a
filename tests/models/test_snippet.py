"""The code of a card answers without this package as the model does with it."""

from __future__ import annotations

import contextlib
from dataclasses import replace
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
import torch

import sample
import tiny
from isogloss.core.machine import Machine
from isogloss.core.recipe import parse
from isogloss.core.run import Fit, Generate
from isogloss.core.types import Example
from isogloss.models.decode.limit import Limit
from isogloss.models.decode.predict import predict
from isogloss.models.load import build
from isogloss.models.model import Asked, Model
from isogloss.models.save import export, written
from isogloss.models.snippet import snippet

ASKED = Asked(Fit(max_source=40, max_target=12), Generate(), Limit(5, {"en": 5, "de": 7, "fr": 4}))
BEAMS = replace(ASKED, generate=Generate(beams=2, no_repeat=2, length_penalty=0.5))
KINDS = ("classify", "tag", "span", "choose", "retrieve")
TEXTS = [name for name in tiny.NAMES if tiny.FAMILY[name] != "encoder"]
CASES = [
    ("bert", "classify", ""),
    ("bert", "retrieve", ""),
    ("xlmr", "tag", "lora(r=2)"),
    ("xlmr", "span", ""),
    ("xlmr", "choose", ""),
    ("mt5", "generate", ""),
    ("mt5", "generate", "prompt_tuning(length=3)"),
    ("mt5", "classify", ""),
    ("mbart", "generate", ""),
    ("mbart50", "generate", ""),
    ("mbart", "retrieve", ""),
    ("m2m100", "generate", "tag(lang='eu', new=True) + lora(r=2)"),
    ("m2m100", "span", ""),
    ("m2m100", "tag", "lora(r=2)"),
    ("llama", "generate", "lora(r=2)"),
    ("llama", "classify", ""),
    ("llama", "span", ""),
    ("gemma", "tag", ""),
    ("gemma", "choose", "prompt_tuning(length=3)"),
]
MORE = [
    *((name, "generate", "") for name in TEXTS),
    *(("bert", kind, "") for kind in KINDS),
    *(("xlmr", kind, recipe) for kind in KINDS for recipe in ("", "lora(r=2)")),
    *((name, kind, "") for name in ("mt5", "mbart", "m2m100", "llama", "gemma") for kind in KINDS),
    *((name, "generate", "lora(r=2)") for name in ("mt5", "m2m100", "llama", "bloom")),
    *((name, kind, "lora(r=2)") for name in ("mbart50", "qwen2") for kind in ("classify", "tag")),
    *((name, "generate", "prompt_tuning(length=3)") for name in ("mbart", "llama", "xglm")),
    ("mt5", "choose", "prompt_tuning(length=3)"),
    ("mbart50", "generate", "tag(lang='eu', new=True) + lora(r=2)"),
    ("m2m100", "generate", "tag(lang='eu', like='es')"),
    ("mt5", "generate", "freeze(what=['embeddings'])"),
]
SETTINGS: dict[str, dict[str, Any]] = {
    "span": {"prompt": "find"},
    "tag": {"prompt": "name"},
    "choose": {"prompt": "pick"},
}


def moved(name: str, kind: str, recipe: str, folder: Path) -> Model:
    """Build a model and move its trained weights, as training does."""
    task = sample.task(kind, **SETTINGS.get(kind, {}))
    model = build(str(tiny.checkpoint(name, folder)), task, seed=3)
    ctx: Any = SimpleNamespace(run=SimpleNamespace(seed=1), task=task)
    for method in parse(recipe).methods:
        model = method.model(model, ctx)
    generator = torch.Generator().manual_seed(0)
    with torch.no_grad():
        for parameter in model.net.parameters():
            if parameter.requires_grad:
                parameter.add_(0.05 * torch.randn(parameter.shape, generator=generator))
    model.net.eval()
    return model


def examples(kind: str) -> list[Example]:
    """Give the sample, and one of each that is too long."""
    found = [replace(each, target=None, langs={}) for each in sample.examples(kind)]
    first = found[0]
    longer = {
        name: value * 12 if name in ("words", "pair", "text") else value
        for name, value in first.inputs.items()
    }
    if kind == "retrieve":
        longer = dict(first.inputs)
    return [*found, replace(first, id="3", inputs=longer)]


def answers(model: Model, asked: Asked) -> list[Any]:
    """Predict the sample as a run does."""
    kept: dict[str, Any] = {"limit": asked.limit} if model.family.name != "encoder" else {}
    found = predict(
        model, examples(model.task.kind), fit=asked.fit, generate=asked.generate,
        machine=Machine(device="cpu", progress=False), **kept,
    )  # fmt: skip
    return [list(each.value) if isinstance(each.value, tuple) else each.value for each in found]


def spoken(code: str, kind: str) -> list[dict[str, Any]]:
    """Give the arguments of ``answer`` for the sample."""
    more = "lang):" in code.rpartition("def answer(")[2]
    return [{**each.inputs, **({"lang": each.lang} if more else {})} for each in examples(kind)]


def alike(case: tuple[str, str, str], checkpoints: Path, folder: Path) -> None:
    """Assert that the code of an export answers as the model does."""
    name, kind, recipe = case
    asked = BEAMS if kind == "generate" and name in ("mbart50", "mt5") else ASKED
    model = moved(name, kind, recipe, checkpoints)
    export(model, folder, fit=asked.fit, generate=asked.generate, limit=asked.limit)
    code = snippet(model, written(folder), asked, sample.LANGS)
    assert "isogloss" not in code
    space: dict[str, Any] = {}
    with contextlib.chdir(folder):
        exec(code, space)
        found = [space["answer"](**each) for each in spoken(code, kind)]
    assert found == answers(model, asked), code


@pytest.mark.parametrize("case", CASES, ids=" ".join)
def test_answers_alike(case: tuple[str, str, str], checkpoints: Path, tmp_path: Path) -> None:
    alike(case, checkpoints, tmp_path)


@pytest.mark.filterwarnings("ignore:Position ids are not supported:UserWarning")  # peft's
@pytest.mark.slow
@pytest.mark.parametrize("case", MORE, ids=" ".join)
def test_answers_alike_everywhere(
    case: tuple[str, str, str], checkpoints: Path, tmp_path: Path
) -> None:
    alike(case, checkpoints, tmp_path)
