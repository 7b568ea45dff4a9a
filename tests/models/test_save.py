"""Exports: plain transformers and peft open them with the same outputs."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
import torch

import sample
import tiny
from isogloss.core.errors import IsoglossError
from isogloss.core.machine import Machine
from isogloss.core.recipe import parse
from isogloss.core.run import Fit, Generate
from isogloss.models.load import build, load
from isogloss.models.model import Model
from isogloss.models.predict import predict
from isogloss.models.save import CARD, CHANGED, export

FIT = Fit(max_source=64)
KINDS = {"encoder": ["classify", "tag", "span", "choose"]}


def moved(name: str, kind: str, folder: Path, recipe: str = "", **settings: Any) -> Model:
    """Build a model and move its trained weights a bit, as training does."""
    model = build(str(tiny.checkpoint(name, folder)), sample.task(kind, **settings), seed=3)
    ctx: Any = SimpleNamespace(run=SimpleNamespace(seed=1), task=model.task)
    for method in parse(recipe).methods:
        model = method.model(model, ctx)
    generator = torch.Generator().manual_seed(0)
    with torch.no_grad():
        for parameter in model.net.parameters():
            if parameter.requires_grad:
                parameter.add_(0.02 * torch.randn(parameter.shape, generator=generator))
    model.net.eval()
    return model


def answers(model: Model) -> list[Any]:
    """Predict the sample."""
    found = predict(
        model,
        [replace(example, target=None) for example in sample.examples(model.task.kind)],
        fit=FIT, generate=Generate(max_tokens=6), machine=Machine(device="cpu", progress=False),
    )  # fmt: skip
    return [(each.value, {k: round(v, 3) for k, v in each.scores.items()}) for each in found]


def logits(net: Any, model: Model) -> torch.Tensor:
    """Give a network's outputs on the sample."""
    items = model.head.encode(model, sample.examples(model.task.kind), FIT, train=True)
    inputs = dict(model.head.collate(model, items, train=True).inputs)
    inputs = {k: v for k, v in inputs.items() if "labels" not in k and "positions" not in k}
    with torch.no_grad():
        out = net(**inputs)
    found: torch.Tensor = out.start_logits if "start_logits" in out else out.logits
    return found


@pytest.mark.parametrize("name", tiny.NAMES)
def test_plain_transformers_opens_it(name: str, checkpoints: Path, tmp_path: Path) -> None:
    import transformers

    for kind in KINDS.get(tiny.FAMILY[name], ["generate"]):
        model = moved(name, kind, checkpoints)
        folder = export(model, tmp_path / kind)
        auto = getattr(transformers, model.head.auto())
        net = auto.from_pretrained(folder).eval()
        torch.testing.assert_close(logits(net, model), logits(model.net, model), rtol=0, atol=1e-6)
        tokenizer = transformers.AutoTokenizer.from_pretrained(folder)
        assert tokenizer("five days")["input_ids"] == model.tokenizer("five days")["input_ids"]
        if kind in ("classify", "tag"):
            assert list(net.config.id2label.values()) == list(model.task.labels)
        again = load(folder)
        assert answers(again) == answers(model)
        assert (again.name, again.family) == (model.name, model.family)


@pytest.mark.parametrize(("name", "lang"), [("mbart50", "de"), ("m2m100", "fr"), ("mbart", "de")])
def test_plain_generate_answers_in_the_language(
    name: str, lang: str, checkpoints: Path, tmp_path: Path
) -> None:
    from transformers import AutoModelForSeq2SeqLM, AutoTokenizer

    model = moved(name, "generate", checkpoints, prompt="", answers=lang)
    folder = export(model, tmp_path / "out", lang=lang, generate=Generate(max_tokens=6))
    net = AutoModelForSeq2SeqLM.from_pretrained(folder).eval()
    tokenizer = AutoTokenizer.from_pretrained(folder)
    example = replace(sample.examples("generate")[0], lang=lang)
    out = net.generate(**tokenizer(example.inputs["text"], return_tensors="pt"))
    tag = tokenizer.convert_tokens_to_ids(model.tags[lang])
    assert tag in out[0, :2].tolist()
    # A forced tag counts as a new token there, and as none of the answer here.
    assert net.generation_config.max_new_tokens == 6 + (name != "mbart")
    # The model in memory goes on as before, with a tag for each item.
    assert model.net.generation_config.forced_bos_token_id is None
    assert model.net.config.decoder_start_token_id == 2


@pytest.mark.parametrize("name", ["mt5", "mbart", "llama", "xlmr"])
@pytest.mark.parametrize(
    "recipe",
    ["lora(r=2)", "adapter(size=4)", "prompt_tuning(length=3)", "freeze(what=['embeddings'])"],
)
def test_every_recipe_comes_back(name: str, recipe: str, checkpoints: Path, tmp_path: Path) -> None:
    if name == "xlmr" and "prompt" in recipe:
        pytest.skip("soft prompts are for text-to-text")
    model = moved(name, "classify", checkpoints, recipe)
    folder = export(model, tmp_path / "out")
    files = {path.name for path in folder.iterdir()}
    if "lora" in recipe:
        assert "adapter_config.json" in files
        assert CHANGED not in files
    elif "freeze" in recipe:
        assert "config.json" in files
    else:
        assert CHANGED in files
        assert (folder / CHANGED).stat().st_size < 40_000
    again = load(folder)
    assert answers(again) == answers(model)
    assert again.extras == {key: model.extras[key] for key in again.extras}


@pytest.mark.parametrize("name", ["mt5", "llama"])
def test_peft_opens_adapters(name: str, checkpoints: Path, tmp_path: Path) -> None:
    import peft
    import transformers

    model = moved(name, "generate", checkpoints, "lora(r=2)")
    folder = export(model, tmp_path / "out")
    base = getattr(transformers, model.head.auto()).from_pretrained(
        tiny.checkpoint(name, checkpoints)
    )
    net = peft.PeftModel.from_pretrained(base, folder).eval()
    torch.testing.assert_close(logits(net, model), logits(model.net, model))


def test_changed_base_beside_an_adapter_is_kept(checkpoints: Path, tmp_path: Path) -> None:
    model = moved("mbart50", "generate", checkpoints, "tag(lang='eu', new=True) + lora(r=2)")
    with torch.no_grad():
        model.plain.model.encoder.layernorm_embedding.weight.mul_(1.5)
    again = load(export(model, tmp_path / "out"))
    assert answers(again) == answers(model)
    assert again.tags["eu"] == "eus_Latn"
    assert again.note == ["tag eu new"]
    assert torch.equal(
        again.plain.get_input_embeddings().weight, model.plain.get_input_embeddings().weight
    )


def test_other_versions_are_refused(checkpoints: Path, tmp_path: Path) -> None:
    folder = export(moved("xlmr", "tag", checkpoints), tmp_path / "out")
    (folder / CARD).write_text('{"format": 0}')
    with pytest.raises(IsoglossError, match=r"another version"):
        load(folder)
