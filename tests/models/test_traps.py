"""What transformers 5 and PEFT get wrong silently, each guarded here."""

from __future__ import annotations

import shutil
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
import torch

import sample
import tiny
from isogloss.core.errors import Uncovered
from isogloss.core.recipe import parse
from isogloss.core.run import Fit
from isogloss.models.family import language_code
from isogloss.models.head.pretrained import untied
from isogloss.models.load import build
from isogloss.models.model import Model

FIT = Fit(max_source=64)


def loss(model: Model) -> torch.Tensor:
    """Give the loss on the sample."""
    model.net.eval()
    kind = model.task.kind
    items = model.head.encode(model, sample.examples(kind), FIT, train=True)
    batch = model.head.collate(model, items, train=True)
    return model.head.loss(model.net, batch)["task"]


def with_recipe(model: Model, recipe: str) -> Model:
    """Apply the model stage of a recipe."""
    ctx: Any = SimpleNamespace(run=SimpleNamespace(seed=0), task=model.task)
    [method] = parse(recipe).methods
    changed: Model = method.model(model, ctx)
    return changed


@pytest.fixture
def mt5(checkpoints: Path) -> Model:
    """Build an mT5 that has an output layer of its own, as the released ones have."""
    return build(str(tiny.checkpoint("mt5", checkpoints)), sample.task("generate"))


def test_plain_transformers_falls_into_the_trap(checkpoints: Path) -> None:
    """If this fails, transformers has mended it and the guard can go."""
    from transformers import AutoModelForSeq2SeqLM

    net = AutoModelForSeq2SeqLM.from_pretrained(tiny.checkpoint("mt5", checkpoints))
    head = net.lm_head.weight.detach().clone()
    net.resize_token_embeddings(len(head) + 4, mean_resizing=False)
    assert not torch.equal(net.lm_head.weight[: len(head)], head)


def test_untied_head_survives_resizing_and_tying(mt5: Model) -> None:
    net: Any = mt5.net
    before, head = float(loss(mt5).detach()), net.lm_head.weight.detach().clone()
    net.tie_weights()
    assert float(loss(mt5).detach()) == pytest.approx(before)
    net.resize_token_embeddings(len(head) + 4, mean_resizing=False)
    assert torch.equal(net.lm_head.weight[: len(head)], head)
    assert net.encoder.embed_tokens.weight is net.shared.weight
    assert net.decoder.embed_tokens.weight is net.shared.weight
    assert net.lm_head.weight is not net.shared.weight


def test_embeddings_are_read_and_not_random(mt5: Model, checkpoints: Path) -> None:
    """from_pretrained(tie_word_embeddings=False) leaves them random."""
    from safetensors.torch import load_file

    stored = load_file(tiny.checkpoint("mt5", checkpoints) / "model.safetensors")
    net: Any = mt5.net
    for table in (net.shared, net.encoder.embed_tokens, net.decoder.embed_tokens):
        assert torch.equal(table.weight, stored["shared.weight"])


def test_only_checkpoints_with_their_own_head_are_untied(checkpoints: Path) -> None:
    assert untied(tiny.checkpoint("mt5", checkpoints), "mt5")
    assert not untied(tiny.checkpoint("t5", checkpoints), "t5")
    assert not untied(tiny.checkpoint("mbart", checkpoints), "mbart")


@pytest.mark.parametrize("name", ["mt5", "mbart", "m2m100", "xlmr", "llama", "qwen2"])
@pytest.mark.parametrize(
    "recipe", ["lora(r=2)", "lora(r=2, targets='all_linear')", "adapter(size=4)"]
)
def test_what_is_trainable_is_trained(name: str, recipe: str, checkpoints: Path) -> None:
    """PEFT's modules_to_save=['shared'] trains nothing; nothing of ours may do so."""
    kind = "classify"
    model = build(str(tiny.checkpoint(name, checkpoints)), sample.task(kind))
    model = with_recipe(model, recipe)
    loss(model).backward()
    trained = [(n, p) for n, p in model.net.named_parameters() if p.requires_grad]
    assert trained
    assert [n for n, p in trained if p.grad is None] == []
    assert model.trained < model.size


def test_untied_head_survives_lora(mt5: Model) -> None:
    before, head = float(loss(mt5).detach()), mt5.plain.lm_head.weight.detach().clone()
    model = with_recipe(mt5, "lora(r=2)")
    assert torch.equal(model.plain.lm_head.weight, head)
    assert float(loss(model).detach()) == pytest.approx(before, abs=1e-5)


def test_unknown_token_is_no_tag(checkpoints: Path, tmp_path: Path) -> None:
    """NllbTokenizer without added codes answers <unk> for every language."""
    from transformers import NllbTokenizer

    made, merges = tiny._bpe()
    bare = NllbTokenizer(vocab=made, merges=merges, extra_special_tokens=[])
    copied = shutil.copytree(tiny.checkpoint("m2m100", checkpoints), tmp_path / "bare")
    bare.save_pretrained(copied)
    model = build(str(copied), sample.task("generate"))
    assert model.tokenizer.convert_tokens_to_ids("deu_Latn") == model.tokenizer.unk_token_id
    assert model.tags == {}
    with pytest.raises(Uncovered, match=r"no tag for 'en'"):
        model.head.encode(model, sample.examples("generate"), FIT, train=True)
    model.tags["de"] = "deu_Latn"
    with pytest.raises(Uncovered, match=r"no tag for 'de'"):
        language_code.number(model, "de")


def test_tags_do_not_depend_on_the_tokenizers_state(checkpoints: Path) -> None:
    for name, code in (("mbart", "fr_XX"), ("mbart50", "fr_XX"), ("m2m100", "fra_Latn")):
        model = build(str(tiny.checkpoint(name, checkpoints)), sample.task("generate"))
        examples = sample.examples("generate")
        before = [i.features for i in model.head.encode(model, examples, FIT, train=True)]
        model.tokenizer.src_lang = model.tokenizer.tgt_lang = code
        after = [i.features for i in model.head.encode(model, examples, FIT, train=True)]
        assert before == after


def test_first_loss_is_near_guessing(checkpoints: Path) -> None:
    for name in tiny.NAMES:
        if tiny.FAMILY[name] != "encoder":
            model = build(str(tiny.checkpoint(name, checkpoints)), sample.task("generate"))
            assert float(loss(model).detach()) < 9, name
