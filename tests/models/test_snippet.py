"""The code of a card answers without this package as the model does with it."""

from __future__ import annotations

import json
import subprocess
import sys
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
from isogloss.models.limit import Limit
from isogloss.models.load import build
from isogloss.models.model import Asked, Model
from isogloss.models.predict import predict
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
OUTSIDE = """
import json, os, sys, warnings

class Gone:
    def find_spec(self, name, path=None, target=None):
        if name.partition(".")[0] == "isogloss":
            raise ImportError("isogloss is not here")

sys.meta_path.insert(0, Gone())
warnings.simplefilter("ignore")
found = {}
for folder in sys.argv[1:]:
    os.chdir(folder)
    space = {}
    exec(open("use.py").read(), space)
    asked = json.load(open("asked.json"))
    found[folder] = [space["answer"](**each) for each in asked]
print(json.dumps(found))
"""


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
    kept: dict[str, Any] = {"limit": asked.limit} if model.family != "encoder" else {}
    found = predict(
        model, examples(model.task.kind), fit=asked.fit, generate=asked.generate,
        machine=Machine(device="cpu", progress=False), **kept,
    )  # fmt: skip
    return [list(each.value) if isinstance(each.value, tuple) else each.value for each in found]


def spoken(code: str, kind: str) -> list[dict[str, Any]]:
    """Give the arguments of ``answer`` for the sample."""
    more = "lang):" in code.rpartition("def answer(")[2]
    return [{**each.inputs, **({"lang": each.lang} if more else {})} for each in examples(kind)]


def outside(cases: list[Any], checkpoints: Path, parent: Path) -> dict[Any, Any]:
    """Export every case and answer with its code alone, in one process for all."""
    folders: dict[Path, Any] = {}
    for number, (name, kind, recipe) in enumerate(cases):
        asked = BEAMS if kind == "generate" and name in ("mbart50", "mt5") else ASKED
        model = moved(name, kind, recipe, checkpoints)
        folder = parent / str(number)
        export(model, folder, fit=asked.fit, generate=asked.generate, limit=asked.limit)
        code = snippet(model, written(folder), asked, sample.LANGS)
        (folder / "use.py").write_text(code)
        (folder / "asked.json").write_text(json.dumps(spoken(code, kind)))
        folders[folder] = ((name, kind, recipe), answers(model, asked), code)
    done = subprocess.run(
        [sys.executable, "-c", OUTSIDE, *map(str, folders)],
        capture_output=True, text=True, timeout=900,
    )  # fmt: skip
    assert done.returncode == 0, done.stderr[-4000:]
    found = json.loads(done.stdout.splitlines()[-1])
    return {case: (found[str(f)], right, code) for f, (case, right, code) in folders.items()}


@pytest.fixture(scope="module")
def alone(checkpoints: Path, tmp_path_factory: pytest.TempPathFactory) -> dict[Any, Any]:
    """Give what the code of each case answers, what it should, and the code."""
    return outside(CASES, checkpoints, tmp_path_factory.mktemp("export"))


@pytest.mark.parametrize("case", CASES, ids=" ".join)
def test_answers_alike(case: tuple[str, str, str], alone: dict[Any, Any]) -> None:
    found, right, code = alone[case]
    assert found == right, code


@pytest.mark.slow
@pytest.mark.timeout(1000)
def test_answers_alike_everywhere(checkpoints: Path, tmp_path: Path) -> None:
    for case, (found, right, code) in outside(MORE, checkpoints, tmp_path).items():
        assert found == right, (case, code)
