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
import vocabulary
from isogloss.core.errors import IsoglossError, Uncovered
from isogloss.core.machine import Machine
from isogloss.core.run import Fit, Generate
from isogloss.models.decode.predict import predict
from isogloss.models.family import language_code
from isogloss.models.head import text
from isogloss.models.load import build
from isogloss.models.save import load


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
    assert (twin.name, twin.family.name) == (model.name, "encoder_decoder")


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
        assert language_code.number(model, lang) == model.tokenizer.convert_tokens_to_ids(tag)


def test_codes_of_another_backbone_are_no_tags(checkpoints: Path) -> None:
    """mBART's tokenizer class brings mBART's codes, also to a model that never saw them."""
    model = build(str(tiny.checkpoint("mbart50", checkpoints)), sample.task("generate"))
    model.backbone = replace(model.backbone, architecture="m2m_100")
    assert language_code.find(model, "fr") is None


def test_language_without_tag_is_refused_with_the_way_out(checkpoints: Path) -> None:
    model = build(str(tiny.checkpoint("mbart50", checkpoints)), sample.task("generate"))
    with pytest.raises(Uncovered, match=r"(?s)no tag for 'eu'.*tag\(lang='eu', like='es'\)"):
        language_code.check(model, ["en", "eu"])
    language_code.check(
        build(str(tiny.checkpoint("mt5", checkpoints)), sample.task("generate")), ["eu"]
    )


def test_mbart_25_starts_from_the_tag_and_needs_no_start_token(
    checkpoints: Path, tmp_path: Path
) -> None:
    copied = shutil.copytree(tiny.checkpoint("mbart", checkpoints), tmp_path / "mbart25")
    config = json.loads((copied / "config.json").read_text())
    config["decoder_start_token_id"] = None  # as in facebook/mbart-large-cc25
    (copied / "config.json").write_text(json.dumps(config))
    model = build(str(copied), sample.task("generate"))
    [example, *_] = sample.examples("generate")
    [item] = model.head.encode(model, [example], Fit(), train=True)
    tag = model.tokenizer.convert_tokens_to_ids("en_XX")
    assert item.features["decoder_input_ids"][0] == tag


def test_labels_have_one_tag_in_all_languages(checkpoints: Path) -> None:
    model = build(str(tiny.checkpoint("mbart50", checkpoints)), sample.task("classify"))
    assert [language_code.answered(model, example) for example in sample.examples("classify")] == [
        "en"
    ] * 3
    crossed = build(
        str(tiny.checkpoint("mbart50", checkpoints)), sample.task("generate", answers="fr")
    )
    assert language_code.answered(crossed, sample.examples("generate")[0]) == "fr"


def test_load_opens_exports_alone(checkpoints: Path) -> None:
    with pytest.raises(IsoglossError, match=r"(?s)no exported model.*isogloss export"):
        load(tiny.checkpoint("mt5", checkpoints))


def resaved(
    name: str, checkpoints: Path, folder: Path, without: tuple[str, ...] = (), more: int = 0
) -> str:
    """Copy a checkpoint, and take tokens off its tokenizer or add some."""
    from transformers import AutoTokenizer

    copied = shutil.copytree(tiny.checkpoint(name, checkpoints), folder / name)
    tokenizer = AutoTokenizer.from_pretrained(copied)
    tokenizer.add_tokens([f"new{number}" for number in range(more)])
    tokenizer.save_pretrained(copied)
    path = copied / "tokenizer_config.json"
    settings = json.loads(path.read_text())
    for token in without:
        settings.pop(token, None)
    settings["tokenizer_class"] = (
        "PreTrainedTokenizerFast" if without else settings.get("tokenizer_class")
    )
    path.write_text(json.dumps(settings))
    return str(copied)


@pytest.mark.parametrize("name", ["xlmr", "mt5", "llama"])
def test_tokenizer_larger_than_the_network_is_refused(
    name: str, checkpoints: Path, tmp_path: Path
) -> None:
    path = resaved(name, checkpoints, tmp_path, more=2)
    net = build(str(tiny.checkpoint(name, checkpoints)), sample.task("classify")).plain
    rows = net.get_input_embeddings().num_embeddings
    message = rf"(?s)has {rows + 2} tokens, and the network rows for {rows}.*resize_token_embedd"
    with pytest.raises(IsoglossError, match=message):
        build(path, sample.task("classify"))


@pytest.mark.parametrize("name", ["bert", "xlmr", "mt5", "mbart", "llama", "bloom"])
@pytest.mark.parametrize("kind", ["classify", "tag", "retrieve"])
def test_tokenizers_without_end_or_padding_do(
    name: str, kind: str, checkpoints: Path, tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    path = resaved(name, checkpoints, tmp_path, without=("eos_token", "pad_token"))
    model = build(path, sample.task(kind))
    assert model.tokenizer.pad_token_id in text.control(model.tokenizer)
    if tiny.FAMILY[name] != "encoder" and kind != "retrieve":
        assert model.tokenizer.eos_token_id == model.plain.config.eos_token_id
        assert "has no eos_token; </s> ends its answers" in caplog.text
    examples, fit = sample.examples(kind), Fit(max_source=64)
    batch = model.head.collate(
        model, model.head.encode(model, examples, fit, train=True), train=True
    )
    assert float(model.head.loss(model.net, batch)["task"].detach()) > 0
    machine, generate = Machine(device="cpu", progress=False), Generate(max_tokens=4)
    blind = [replace(example, target=None) for example in examples]
    assert len(predict(model, blind, fit=fit, generate=generate, machine=machine)) == 3


@pytest.mark.parametrize("name", ["mt5", "mbart50"])
def test_outputs_without_a_start_are_refused(name: str, checkpoints: Path, tmp_path: Path) -> None:
    copied = shutil.copytree(tiny.checkpoint(name, checkpoints), tmp_path / name)
    settings = json.loads((copied / "config.json").read_text())
    settings["decoder_start_token_id"] = None
    (copied / "config.json").write_text(json.dumps(settings))
    with pytest.raises(IsoglossError, match=r"(?s)what its outputs start from.*config\.json"):
        build(str(copied), sample.task("generate"))
    assert build(str(copied), sample.task("retrieve"))


def test_network_with_one_type_of_text_reads_pairs(checkpoints: Path, tmp_path: Path) -> None:
    from transformers import BertConfig, BertForMaskedLM

    copied = shutil.copytree(tiny.checkpoint("bert", checkpoints), tmp_path / "bert")
    config = BertConfig.from_pretrained(copied, type_vocab_size=1)
    BertForMaskedLM(config).save_pretrained(copied)
    model, examples = build(str(copied), sample.task("classify")), sample.examples("classify")
    items = model.head.encode(model, examples, Fit(max_source=64), train=True)
    batch = model.head.collate(model, items, train=True)
    assert float(model.head.loss(model.net, batch)["task"].detach()) > 0


@pytest.mark.parametrize("kind", ["classify", "generate"])
def test_text_without_any_end_is_refused(kind: str, checkpoints: Path, tmp_path: Path) -> None:
    """The config's end is an ordinary token of this tokenizer, so none is safe to take."""
    from transformers import PreTrainedTokenizerFast

    copied = shutil.copytree(tiny.checkpoint("llama", checkpoints), tmp_path / "llama")
    tokenizer = vocabulary.tokenizer("bloom").backend_tokenizer
    settings = json.loads(tokenizer.to_str())
    settings["added_tokens"] = []
    (copied / "tokenizer.json").write_text(json.dumps(settings))
    (copied / "tokenizer_config.json").write_text(
        json.dumps({"tokenizer_class": PreTrainedTokenizerFast.__name__})
    )
    with pytest.raises(IsoglossError, match=r"(?s)no token that ends a text.*tokenizer.eos_token"):
        build(str(copied), sample.task(kind))
