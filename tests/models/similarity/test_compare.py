"""Similarity by every family of backbones, against plain transformers."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch

import tiny
from isogloss.core.errors import IsoglossError
from isogloss.core.machine import Machine
from isogloss.mini import world
from isogloss.models.similarity import likeness, measure
from isogloss.relation.from_model import MEASURES, POOLS, Likeness

SMALL = Machine(device="cpu", micro_tokens=32)
TEXTS = {
    "eng": ["in five days the ship sails", "after two weeks", "the city", "5 days , 3 weeks ?"],
    "de": ["in fünf Tagen fährt das Schiff", "nach zwei Wochen", "die Stadt", "5 days , 3 ?"],
    "ru": ["через пять дней", "корабль идёт в город", "две недели", "3 weeks . 4"],
}
TAGS = {
    "mbart": {"eng": "en_XX", "de": "de_DE", "ru": "ru_RU"},
    "mbart50": {"eng": "en_XX", "de": "de_DE", "ru": "ru_RU"},
    "m2m100": {"eng": "eng_Latn", "de": "deu_Latn", "ru": "rus_Cyrl"},
}


def states(folder: Path, name: str, pool: str) -> list[list[Any]]:
    """Pool one text after the other with transformers alone: [language][text] -> layers x width."""
    import transformers as t

    decoder = tiny.FAMILY[name] == "decoder"
    pair = tiny.FAMILY[name] == "encoder_decoder"
    tokenizer: Any = t.AutoTokenizer.from_pretrained(folder)
    auto: Any = t.AutoModelForSeq2SeqLM if pair else t.AutoModel
    net = auto.from_pretrained(folder).eval()
    assert decoder or pair or not hasattr(net, "lm_head")
    found = []
    for lang, texts in TEXTS.items():
        if name in TAGS:
            tokenizer.src_lang = TAGS[name][lang]
        rows = []
        for text in texts:
            ids = tokenizer(text, return_tensors="pt")["input_ids"]
            run = net.get_encoder() if pair else net
            with torch.no_grad():
                hidden = torch.stack(run(ids, output_hidden_states=True).hidden_states)[:, 0]
            places = torch.arange(1.0, ids.shape[1] + 1)
            weights = {
                "mean": torch.ones_like(places),
                "weighted_early": places.flip(0),
                "weighted_late": places,
                "last": (places == ids.shape[1]).float(),
            }[pool]
            rows.append((hidden * weights[:, None]).sum(1).numpy() / weights.sum().item())
        found.append(rows)
    return found


@pytest.mark.parametrize(
    ("name", "pool"),
    [
        *((name, "mean") for name in ("bert", "xlmr", "mt5", "mbart", "mbart50", "m2m100")),
        *(("llama", pool) for pool in POOLS),
        ("bloom", "weighted_late"), ("qwen3", "mean"), ("xglm", "weighted_early"),
        ("xlmr", "weighted_early"), ("mt5", "last"),
    ],
)  # fmt: skip
def test_plain_transformers(checkpoints: Path, name: str, pool: str) -> None:
    folder = tiny.checkpoint(name, checkpoints)
    found = likeness(str(folder), TEXTS, pool=pool, machine=SMALL)
    stacked = np.array(states(folder, name, pool)).transpose(2, 0, 1, 3)
    assert (found.langs, found.layers) == (("en", "de", "ru"), (0, 1, 2))
    assert (found.depth, found.n, found.cut) == (2, 4, 0)
    for layer in found.layers:
        expected = measure.cosine(stacked[layer])
        assert np.allclose(found.matrix(layer), expected, atol=2e-5), layer


@pytest.mark.parametrize("name", MEASURES)
def test_batch_size_moves_nothing(name: str) -> None:
    drawn = world.parallel("en", "de", 200)
    texts = {lang: [pair[place] for pair in drawn] for place, lang in enumerate(("en", "de"))}
    small = Machine(device="cpu", micro_tokens=128)
    found = likeness("mini/xlmr", texts, measure=name, layer=4, machine=small)
    again = likeness("mini/xlmr", texts, measure=name, layer=4)
    assert np.allclose(found.values, again.values, atol=1e-4)


@pytest.mark.parametrize("model", ["mini/xlmr", "mini/mt5"])
@pytest.mark.parametrize("name", MEASURES)
def test_identical_texts(model: str, name: str) -> None:
    texts = list(dict.fromkeys(world.corpus("en", 160)))
    found = likeness(model, {"en": texts, "fr": texts}, measure=name, layer=2)
    assert np.shape(found.values) == (1, 2, 2)
    assert np.allclose(found.values, 1, atol=2e-3)


def test_translations_are_nearer_than_other_texts() -> None:
    pairs = list(dict.fromkeys(world.parallel("es", "pt", 60, seed=3)))
    texts = {lang: [pair[place] for pair in pairs] for place, lang in enumerate(("es", "pt"))}
    moved = {**texts, "pt": texts["pt"][1:] + texts["pt"][:1]}
    for model in ("mini/xlmr", "mini/mt5"):
        for name in ("cosine", "cka", "retrieval"):
            right, wrong = (likeness(model, t, measure=name).pairs() for t in (texts, moved))
            assert right["es", "pt"] > wrong["es", "pt"] + 0.1, (model, name)


def test_saved(tmp_path: Path, tiny_xlmr: str) -> None:
    found = likeness(tiny_xlmr, TEXTS, layer=1)
    found.save(tmp_path / "likeness.json")
    assert Likeness.load(tmp_path / "likeness.json") == found
    assert found.revision
    assert found.layers == (1,)


def test_long_texts_are_counted(tiny_xlmr: str) -> None:
    found = likeness(tiny_xlmr, {"en": ["the ship " * 200, "two"], "de": ["das Schiff", "zwei"]})
    assert found.cut == 1


@pytest.mark.parametrize(
    ("texts", "said"),
    [
        ({"en": ["a", "b"], "de": ["a"]}, "2 in 'en', 1 in 'de'"),
        ({"en": ["a"], "de": ["a"]}, "more than 1 sentences"),
        ({"en": ["a", "b"]}, "at least two languages"),
        ({}, "at least two languages"),
        ({"en": ["a", " "], "de": ["a", "b"]}, "text 2 in 'en' is empty"),
        ({"sw": ["a", "b"], "swa": ["a", "b"]}, "'swa' is 'sw', which is given twice"),
        ({"en": "ab", "de": "ab"}, "one string"),
        ({"en": ["a", "b"], "klingon": ["a", "b"]}, "unknown language 'klingon'"),
    ],
)
def test_bad_texts(texts: Any, said: str) -> None:
    with pytest.raises(IsoglossError, match=said):
        likeness("mini/xlmr", texts)


def test_bad_names() -> None:
    texts = {"en": ["a", "b"], "de": ["a", "b"]}
    with pytest.raises(IsoglossError, match="did you mean 'cosine'"):
        likeness("mini/xlmr", texts, measure="cosin")
    with pytest.raises(IsoglossError, match="unknown pool 'max'"):
        likeness("mini/xlmr", texts, pool="max")
    with pytest.raises(IsoglossError, match=r"no layer 5\n  take one of 0 \(the embed.* to 4"):
        likeness("mini/xlmr", texts, layer=5)
    with pytest.raises(IsoglossError, match="did you mean 'mini/xlmr'"):
        likeness("mini/xlm", texts)


def test_no_tag() -> None:
    texts = {lang: ["a", "b"] for lang in ("en", "yo", "wo")}
    with pytest.raises(IsoglossError, match="no tag for yo, wo") as error:
        likeness("mini/mbart", texts)
    assert "leave the language out" in error.value.hint
