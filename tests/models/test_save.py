"""Exports: plain transformers and peft open them with the same outputs."""

from __future__ import annotations

import json
import re
import sys
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
from isogloss.models.decode.predict import predict
from isogloss.models.load import build
from isogloss.models.model import Model
from isogloss.models.save import CARD, CHANGED, export, load, written

FIT = Fit(max_source=64)
KINDS = {"encoder": ["classify", "tag", "span", "choose"]}


def moved(name: str, kind: str, folder: Path, recipe: str = "", **settings: Any) -> Model:
    """Build a model and move its trained weights a bit, as training does."""
    model = build(str(tiny.checkpoint(name, folder)), sample.task(kind, **settings), seed=3)
    ctx: Any = SimpleNamespace(
        run=SimpleNamespace(seed=1, sources=("en",)), task=model.task, sources=("en",)
    )
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


@pytest.mark.parametrize("name", ["mbart50", "m2m100"])
def test_lora_with_a_new_tag_is_a_whole_model(name: str, checkpoints: Path, tmp_path: Path) -> None:
    from transformers import AutoModelForSeq2SeqLM, AutoTokenizer

    model = moved(name, "generate", checkpoints, "tag(lang='eu', new=True) + lora(r=2)")
    folder = export(model, tmp_path / "out", lang="eu")
    assert written(folder).form == "whole"
    assert not (folder / "adapter_config.json").exists()
    net = AutoModelForSeq2SeqLM.from_pretrained(folder).eval()
    tokenizer = AutoTokenizer.from_pretrained(folder)
    place = tokenizer.convert_tokens_to_ids("eus_Latn")
    assert place == model.tokenizer.convert_tokens_to_ids("eus_Latn") < len(tokenizer)
    assert net.get_input_embeddings().num_embeddings == place + 1
    assert net.generation_config.forced_bos_token_id == place
    torch.testing.assert_close(logits(net, model), logits(model.net, model), rtol=0, atol=1e-5)
    assert hasattr(model.net, "get_base_model")  # the model in memory keeps its adapter


def test_what_no_adapter_holds_is_refused_by_name(checkpoints: Path, tmp_path: Path) -> None:
    model = moved("m2m100", "generate", checkpoints, "tag(lang='eu', new=True) + lora(r=2)")
    model.extras["lora"]["quantize"] = "4bit"
    with pytest.raises(IsoglossError, match=r"can't write model\.shared\.weight.*few bits"):
        export(model, tmp_path / "out")


def test_few_bits_are_not_opened_without_what_keeps_them(
    checkpoints: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    model = moved("mbart", "generate", checkpoints, "lora(r=2)")
    model.extras["lora"]["quantize"] = "4bit"
    folder = export(model, tmp_path / "out")
    monkeypatch.setitem(sys.modules, "bitsandbytes", None)
    with pytest.raises(IsoglossError, match="need bitsandbytes") as caught:
        load(folder)
    assert "isogloss[quant]" in caught.value.hint


@pytest.mark.parametrize(
    ("recipe", "lang", "form"),
    [
        ("prompt_tuning(length=3)", None, "peft"),
        ("prompt_tuning(length=3, mlp=4)", None, "peft"),
        ("prompt_tuning(length=3, deep=True)", None, "own"),
        ("factorized_prompts(langs=['de'], length=3, part=2)", None, "own"),
        ("factorized_prompts(langs=['de'], length=3, part=2)", "de", "peft"),
        ("tag(lang='eu', new=True) + prompt_tuning(length=3)", None, "own"),
        ("tag(lang='eu', new=True) + adapter(size=4)", None, "own"),
        ("tag(lang='eu', like='es') + lora(r=2)", None, "peft"),
        ("tag(lang='eu', new=True)", None, "whole"),
        ("adapter(size=4)", None, "own"),
    ],
)
def test_forms(recipe: str, lang: str | None, form: str, checkpoints: Path, tmp_path: Path) -> None:
    """What is in peft's format is all that there is."""
    model = moved("m2m100", "generate", checkpoints, recipe)
    folder = export(model, tmp_path / "out", lang=lang)
    assert written(folder).form == form
    assert (folder / "adapter_config.json").is_file() == (form == "peft")
    assert (folder / "config.json").is_file() == (form == "whole")
    assert (folder / "generation_config.json").is_file()
    assert answers(load(folder)) == answers(model)


def test_every_setting_of_generation_is_written(checkpoints: Path, tmp_path: Path) -> None:
    from transformers import GenerationConfig

    settings = Generate(
        beams=3, sample=True, temperature=0.7, top_p=0.9, length_penalty=0.5, no_repeat=2,
        repetition_penalty=1.2, max_tokens=9,
    )  # fmt: skip
    for recipe in ("", "lora(r=2)", "adapter(size=4)"):
        model = moved("mt5", "generate", checkpoints, recipe)
        folder = export(model, tmp_path / f"out{len(recipe)}", generate=settings)
        found = GenerationConfig.from_pretrained(folder)
        assert (found.num_beams, found.do_sample, found.max_new_tokens) == (3, True, 9)
        assert (found.temperature, found.top_p, found.top_k) == (0.7, 0.9, 0)
        assert (found.length_penalty, found.no_repeat_ngram_size) == (0.5, 2)
        assert (found.repetition_penalty, found.decoder_start_token_id) == (1.2, 0)
        assert load(folder).asked.generate == settings


def test_the_base_of_an_adapter_is_named_as_anybody_finds_it(
    checkpoints: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    from isogloss.models import save

    monkeypatch.setattr(save, "_changed", lambda model: {})
    model = moved("mt5", "generate", checkpoints, "lora(r=2)")
    model.backbone = replace(model.backbone, name="some/mt5", path=None, revision="abc123")
    folder = export(model, tmp_path / "out")
    config = json.loads((folder / "adapter_config.json").read_text())
    assert (config["base_model_name_or_path"], config["revision"]) == ("some/mt5", "abc123")


@pytest.mark.parametrize(
    ("name", "source"),
    [("m2m100", "fra_Latn"), ("m2m100-slow", "fr"), ("mbart50", "fr_XX"), ("mbart", "fr_XX")],
)
def test_the_tokenizer_puts_the_languages_tag(
    name: str, source: str, checkpoints: Path, tmp_path: Path
) -> None:
    from transformers import AutoTokenizer

    model = moved(name, "generate", checkpoints, prompt="")
    before = model.tokenizer("la ville")["input_ids"]
    tokenizer = AutoTokenizer.from_pretrained(export(model, tmp_path / "out", lang="fr"))
    assert tokenizer.src_lang == source
    example = replace(sample.examples("generate")[2], lang="fr")
    (item,) = model.head.encode(model, [example], FIT, train=False)
    assert tokenizer(example.inputs["text"])["input_ids"] == item.features["input_ids"]
    assert model.tokenizer("la ville")["input_ids"] == before  # the one in memory stays


@pytest.mark.parametrize("name", ["bert", "mt5", "llama"])
def test_labels_stand_in_the_config(name: str, checkpoints: Path, tmp_path: Path) -> None:
    from transformers import AutoConfig

    model = moved(name, "classify", checkpoints)
    folder = export(model, tmp_path / "out")
    config = AutoConfig.from_pretrained(folder)
    assert config.id2label == {0: "travel", 1: "time", 2: "place"}
    assert config.label2id == {"travel": 0, "time": 1, "place": 2}
    assert answers(load(folder)) == answers(model)


def test_decoders_are_padded_on_the_left(checkpoints: Path, tmp_path: Path) -> None:
    from transformers import AutoTokenizer

    for name, side in (("llama", "left"), ("xlmr", "right")):
        kind = "generate" if name == "llama" else "classify"
        folder = export(moved(name, kind, checkpoints), tmp_path / name, fit=FIT)
        tokenizer = AutoTokenizer.from_pretrained(folder)
        assert (tokenizer.padding_side, tokenizer.model_max_length) == (side, 64)


def test_other_versions_are_refused(checkpoints: Path, tmp_path: Path) -> None:
    folder = export(moved("xlmr", "tag", checkpoints), tmp_path / "out")
    (folder / CARD).write_text('{"format": 0}')
    with pytest.raises(IsoglossError, match=r"another version"):
        load(folder)


def tuned(module: Any) -> None:
    module.register_parameter("gain", torch.nn.Parameter(torch.ones(2)))


def replaced(module: Any) -> None:
    class Halved(type(module)):
        def forward(self, states: Any) -> Any:
            return super().forward(states) / 2

    module.__class__ = Halved


def hooked(module: Any) -> None:
    module.register_forward_hook(lambda _, args, out: out / 2)


def overridden(module: Any) -> None:
    module.forward = lambda states: states


STRANGE = {
    "a tensor": (tuned, r"\.gain"),
    "a buffer": (lambda m: m.register_buffer("seen", torch.ones(1)), r"\.seen"),
    "a module": (lambda m: m.add_module("gate", torch.nn.Tanh()), r"\.gate \(Tanh\)"),
    "another class": (replaced, r" \(Halved\)"),
    "a module less": (lambda m: delattr(m, "dropout"), r"\.dropout, which is gone"),
    "a hook": (hooked, r" \(\S*test_save\)"),
    "a forward": (overridden, r" \(\S*test_save\)"),
}


@pytest.mark.parametrize("recipe", ["", "lora(r=2)", "adapter(size=4)", "prompt_tuning(length=3)"])
def test_what_a_plugin_put_in_is_refused_by_name(
    recipe: str, checkpoints: Path, tmp_path: Path
) -> None:
    model = moved("mt5", "generate", checkpoints, recipe)
    place = "encoder.block.0.layer.1.DenseReluDense"
    for put, named in STRANGE.values():
        changed = model.copy()
        put(changed.plain.get_submodule(place))
        with pytest.raises(IsoglossError, match=rf"can't write .*{re.escape(place)}{named}"):
            export(changed, tmp_path / "out")
        assert not (tmp_path / "out" / CARD).exists()
    assert export(model, tmp_path / "out")


def test_a_head_of_a_plugin_is_refused_by_name(checkpoints: Path, tmp_path: Path) -> None:
    model = moved("xlmr", "tag", checkpoints)
    model.head = type("Mine", (type(model.head),), {})(model.head.kind, model.head.family)
    with pytest.raises(IsoglossError, match="can't write the head Mine"):
        export(model, tmp_path / "out")


def test_adapters_that_nobody_knows_of_are_refused(checkpoints: Path, tmp_path: Path) -> None:
    from isogloss.models.addition import adapter

    model = moved("mt5", "generate", checkpoints)
    adapter.attach(model.net, 4)
    with pytest.raises(IsoglossError, match=r"DenseReluDense\.adapter \(Adapter\)"):
        export(model, tmp_path / "out")


@pytest.mark.parametrize("recipe", ["", "adapter(size=4)", "prompt_tuning(length=3)"])
def test_what_an_opened_folder_lacks_or_has_too_much_is_named(
    recipe: str, checkpoints: Path, tmp_path: Path
) -> None:
    from safetensors.torch import load_file, save_file

    folder = export(moved("mt5", "generate", checkpoints, recipe), tmp_path / "out")
    file = folder / (CHANGED if recipe else "model.safetensors")
    tensors = load_file(file)
    name = next(name for name in tensors if not recipe or "prompt" in name or "adapter" in name)
    save_file({**tensors, "encoder.gate.weight": torch.ones(1)}, file, {"format": "pt"})
    with pytest.raises(IsoglossError, match=r"has encoder\.gate\.weight, which nothing here reads"):
        load(folder)
    save_file({k: t for k, t in tensors.items() if k != name}, file, {"format": "pt"})
    with pytest.raises(IsoglossError, match=r"lacks (weights: )?\w+\."):
        load(folder)
    save_file(tensors, file, {"format": "pt"})
    card = json.loads((folder / CARD).read_text())
    card["extras"]["invertible"] = {"size": 4}
    (folder / CARD).write_text(json.dumps(card))
    with pytest.raises(IsoglossError, match="has invertible, which nothing here reads"):
        load(folder)


def test_an_exported_encoder_gets_no_new_head(checkpoints: Path, tmp_path: Path) -> None:
    from safetensors.torch import load_file, save_file

    folder = export(moved("xlmr", "tag", checkpoints), tmp_path / "out")
    tensors = load_file(folder / "model.safetensors")
    kept = {name: t for name, t in tensors.items() if "classifier" not in name}
    save_file(kept, folder / "model.safetensors", {"format": "pt"})
    with pytest.raises(IsoglossError, match="lacks classifier"):
        load(folder)
