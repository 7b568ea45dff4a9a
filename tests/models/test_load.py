"""Building models: seeds, precision, tokenizers, copies."""

from __future__ import annotations

import json
import shutil
from dataclasses import replace
from pathlib import Path

import pytest
import torch

import sample
import tiny
from isogloss.core.errors import IsoglossError, Uncovered
from isogloss.core.machine import Machine
from isogloss.models import tags
from isogloss.models.load import build, load


def test_new_head_follows_from_the_seed(checkpoints: Path) -> None:
    path, task = str(tiny.checkpoint("xlmr", checkpoints)), sample.task("classify")
    one, same, other = (build(path, task, seed=seed) for seed in (0, 0, 1))
    assert one.fresh == ("classifier.dense", "classifier.out_proj")
    weights = [model.net.classifier.dense.weight for model in (one, same, other)]
    assert torch.equal(weights[0], weights[1])
    assert not torch.equal(weights[0], weights[2])
    assert one.net.config.id2label == {0: "travel", 1: "time", 2: "place"}
    state = torch.random.get_rng_state()
    build(path, task, seed=5)
    assert torch.equal(state, torch.random.get_rng_state())


def test_half_precision_files_become_full(checkpoints: Path, tmp_path: Path) -> None:
    from transformers import AutoModelForSeq2SeqLM

    path = tiny.checkpoint("mbart", checkpoints)
    copied = shutil.copytree(path, tmp_path / "half")
    AutoModelForSeq2SeqLM.from_pretrained(path, dtype=torch.bfloat16).save_pretrained(copied)
    model = build(str(copied), sample.task("generate"))
    assert {p.dtype for p in model.net.parameters()} == {torch.float32}


def test_counts_and_copy(checkpoints: Path) -> None:
    model = build(str(tiny.checkpoint("mt5", checkpoints)), sample.task("generate"))
    assert model.trained == model.size == sum(p.numel() for p in model.net.parameters())
    model.net.shared.weight.requires_grad_(False)
    assert model.trained == model.size - model.net.shared.weight.numel()
    twin = model.copy()
    with torch.no_grad():
        twin.net.shared.weight.zero_()
    twin.note.append("changed")
    assert model.net.shared.weight.abs().sum() > 0
    assert not model.note
    assert twin.net.encoder.embed_tokens.weight is twin.net.shared.weight
    assert (twin.name, twin.family) == (model.name, "encoder-decoder")


def test_checkpoint_with_missing_weights_is_refused(checkpoints: Path, tmp_path: Path) -> None:
    from safetensors.torch import load_file, save_file

    copied = shutil.copytree(tiny.checkpoint("mt5", checkpoints), tmp_path / "mt5")
    tensors = load_file(copied / "model.safetensors")
    del tensors["decoder.final_layer_norm.weight"]
    save_file(tensors, copied / "model.safetensors", metadata={"format": "pt"})
    with pytest.raises(IsoglossError, match=r"lacks weights: decoder.final_layer_norm.weight"):
        build(str(copied), sample.task("generate"))


def test_broken_tokenizer_is_named(checkpoints: Path, tmp_path: Path) -> None:
    copied = shutil.copytree(tiny.checkpoint("llama", checkpoints), tmp_path / "llama")
    (copied / "tokenizer.json").write_text("{")
    with pytest.raises(IsoglossError, match=r"tokenizer of .* can't be opened"):
        build(str(copied), sample.task("generate"))


def test_remote_code_is_not_run_unless_asked(checkpoints: Path, tmp_path: Path) -> None:
    copied = shutil.copytree(tiny.checkpoint("llama", checkpoints), tmp_path / "llama")
    settings = json.loads((copied / "config.json").read_text())
    settings["auto_map"] = {"AutoModelForCausalLM": "evil.Net", "AutoConfig": "evil.Config"}
    (copied / "config.json").write_text(json.dumps(settings))
    (copied / "evil.py").write_text(f"open({str(tmp_path / 'ran')!r}, 'w')")
    model = build(str(copied), sample.task("generate"))
    assert type(model.net).__module__.startswith("transformers.models.llama")
    assert not (tmp_path / "ran").exists()


@pytest.mark.parametrize("precision", ["fp16", "float8"])
def test_precisions_that_lose_the_model_are_refused(precision: str, checkpoints: Path) -> None:
    machine = Machine(precision=precision)
    message = "(?s)overflows in fp16.*bf16" if precision == "fp16" else "use auto, fp32 or bf16"
    with pytest.raises(IsoglossError, match=message):
        build(str(tiny.checkpoint("mt5", checkpoints)), sample.task("generate"), machine=machine)


def test_generation_settings_of_the_checkpoint_are_dropped(
    checkpoints: Path, tmp_path: Path
) -> None:
    copied = shutil.copytree(tiny.checkpoint("mbart50", checkpoints), tmp_path / "mbart")
    path = copied / "generation_config.json"
    path.write_text(json.dumps({**json.loads(path.read_text()), "num_beams": 5, "max_length": 9}))
    config = build(str(copied), sample.task("generate")).net.generation_config
    assert config.num_beams in (None, 1)
    assert config.max_length in (None, 20)
    assert config.decoder_start_token_id == 2


@pytest.mark.parametrize(
    ("name", "expected"),
    [
        ("mbart", {"en": "en_XX"}),
        ("mbart50", {"en": "en_XX", "sw": "sw_KE"}),
        ("m2m100", {"en": "eng_Latn", "sw": "swh_Latn"}),
        ("mt5", {}),
    ],
)
def test_tags_are_the_backbones_own(name: str, expected: dict[str, str], checkpoints: Path) -> None:
    task = sample.task("generate", langs=("en", "sw"))
    model = build(str(tiny.checkpoint(name, checkpoints)), task)
    assert model.tags == expected
    for lang, tag in expected.items():
        assert tags.number(model, lang) == model.tokenizer.convert_tokens_to_ids(tag)


def test_codes_of_another_backbone_are_no_tags(checkpoints: Path) -> None:
    """mBART's tokenizer class brings mBART's codes, also to a model that never saw them."""
    model = build(str(tiny.checkpoint("mbart50", checkpoints)), sample.task("generate"))
    model.backbone = replace(model.backbone, architecture="m2m_100")
    assert tags.find(model, "fr") is None


def test_language_without_tag_is_refused_with_the_way_out(checkpoints: Path) -> None:
    model = build(str(tiny.checkpoint("mbart50", checkpoints)), sample.task("generate"))
    with pytest.raises(Uncovered, match=r"(?s)no tag for 'eu'.*tag\(lang='eu', like='es'\)"):
        tags.check(model, ["en", "eu"])
    tags.check(build(str(tiny.checkpoint("mt5", checkpoints)), sample.task("generate")), ["eu"])


def test_labels_have_one_tag_in_all_languages(checkpoints: Path) -> None:
    model = build(str(tiny.checkpoint("mbart50", checkpoints)), sample.task("classify"))
    assert [tags.answered(model, example) for example in sample.examples("classify")] == ["en"] * 3
    crossed = build(
        str(tiny.checkpoint("mbart50", checkpoints)), sample.task("generate", answers="fr")
    )
    assert tags.answered(crossed, sample.examples("generate")[0]) == "fr"


def test_load_opens_exports_alone(checkpoints: Path) -> None:
    with pytest.raises(IsoglossError, match=r"(?s)no exported model.*isogloss export"):
        load(tiny.checkpoint("mt5", checkpoints))
