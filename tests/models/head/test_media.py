"""Heads of pictures and sounds: padding and splitting move nothing, and the loss is the paper's."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import numpy as np
import pytest
import torch
from torch.nn import functional

import media
from isogloss import plugin
from isogloss.core.errors import IsoglossError
from isogloss.core.input import Media
from isogloss.core.machine import Machine
from isogloss.core.run import Fit, Generate
from isogloss.core.types import Example
from isogloss.models.decode.predict import predict
from isogloss.models.family.module import parts, select
from isogloss.models.load import build
from isogloss.models.train.fit import fit as train
from isogloss.testing import tiny, toy

CPU = Machine(device="cpu", progress=False)
FIT = Fit(steps=2, batch=4, lr=1e-2)
TONES = [
    Example(str(n), "en", {"sound": Media(media.tone(n % 2 == 1, 0.04 + 0.03 * n))}, "odd")
    for n in range(5)
]
PICTURES = tuple(Media(media.picture("red", shape), shape) for shape in media.SHAPES)
CAPTIONS = ("a red disc", "a bar", "a rather large red cross")
needs_pillow = pytest.mark.skipif(not plugin.input("image").usable, reason="no Pillow")


def pictures(*targets: int) -> list[Example]:
    """Give examples whose right answers are these pictures."""
    return [
        Example(str(n), "en", {"text": CAPTIONS[n], "options": PICTURES}, target)
        for n, target in enumerate(targets)
    ]


def dual() -> Any:
    """Build a model of texts and pictures."""
    return build(str(tiny.backbone("clip")), toy.task("image_text"))


def speech(norm: str, tmp_path: Any) -> Any:
    """Build a model of sounds that normalises its features over channels, or over time."""
    if norm == "layer":
        return build(str(tiny.backbone("wav2vec2")), toy.task("sound"))
    from transformers import AutoFeatureExtractor, Wav2Vec2Config, Wav2Vec2Model

    folder = tiny.backbone("wav2vec2")
    config = Wav2Vec2Config.from_pretrained(folder)
    config.feat_extract_norm, config.do_stable_layer_norm = "group", False
    torch.manual_seed(0)
    Wav2Vec2Model(config).save_pretrained(tmp_path)
    AutoFeatureExtractor.from_pretrained(folder).save_pretrained(tmp_path)
    return build(str(tmp_path), toy.task("sound"))


def asked(model: Any, examples: list[Example], **settings: Any) -> list[Any]:
    """Predict, in batches of some size."""
    machine = replace(CPU, **settings)
    return predict(model, examples, fit=FIT, generate=Generate(), machine=machine)


def loss(model: Any, examples: list[Example], weight: float = 0.0) -> Any:
    """Give the loss of one batch."""
    items = model.head.encode(model, examples, FIT, train=True)
    batch = model.head.collate(model, items, train=True)
    batch.weight = weight or batch.weight
    return model.head.loss(model.net, batch)["task"]


@pytest.mark.parametrize("norm", ["layer", "group"])
def test_sounds_are_heard_the_same_beside_longer_ones(norm: str, tmp_path: Any) -> None:
    model = speech(norm, tmp_path)
    model.net.eval()
    apart = sum(loss(model, [each], len(TONES)) for each in TONES)
    torch.testing.assert_close(loss(model, TONES), apart, rtol=1e-5, atol=1e-6)
    alone, together = asked(model, TONES, micro_tokens=1), asked(model, TONES)
    for one, other in zip(alone, together, strict=True):
        assert one.scores == pytest.approx(other.scores, abs=1e-5)


def test_long_sounds_are_cut_and_say_so() -> None:
    model = speech("layer", None)
    items = model.head.encode(model, TONES, replace(FIT, max_source=4), train=False)
    assert [item.source for item in items] == [2, 4, 4, 4, 4]
    assert [item.flags for item in items] == [(), (), ("cut",), ("cut",), ("cut",)]
    batch = model.head.collate(model, items, train=False)
    assert batch.inputs["input_values"].shape[1] == 4 * media.RATE // 50


@needs_pillow
def test_the_loss_of_distinct_pairs_is_transformers_own() -> None:
    model = dual()
    model.net.eval()
    items = model.head.encode(model, pictures(0, 1, 2), FIT, train=True)
    inputs = dict(model.head.collate(model, items, train=True).inputs)
    inputs.pop("labels")
    whole = model.net(**inputs, return_loss=True).loss
    torch.testing.assert_close(loss(model, pictures(0, 1, 2)), whole)
    assert not model.head.splittable


@needs_pillow
def test_two_texts_of_one_picture_are_no_negatives_of_each_other() -> None:
    model = dual()
    model.net.eval()
    items = model.head.encode(model, pictures(0, 0, 2), FIT, train=True)
    batch = model.head.collate(model, items, train=True)
    assert batch.inputs["pixel_values"].shape[0] == 2
    logits = model.net(**{k: v for k, v in batch.inputs.items() if k != "labels"}).logits_per_text
    there = functional.cross_entropy(logits, torch.tensor([0, 0, 1]))
    shares = logits.T.softmax(-1)
    back = -(shares[0, :2].sum().log() + shares[1, 2].log()) / 2
    torch.testing.assert_close(loss(model, pictures(0, 0, 2)), (there + back) / 2)


@needs_pillow
def test_texts_are_embedded_the_same_beside_longer_ones_and_pictures() -> None:
    model = dual()
    examples = pictures(0, 1, 2)
    for one, other in zip(
        asked(model, examples, micro_tokens=1), asked(model, examples), strict=True
    ):
        assert one.scores == pytest.approx(other.scores, abs=1e-6)


@needs_pillow
def test_a_long_text_is_cut_at_the_towers_positions() -> None:
    model = dual()
    long = [replace(pictures(0)[0], inputs={"text": "a red disc " * 20, "options": PICTURES})]
    (item, *_) = model.head.encode(model, long, FIT, train=False)
    assert (len(item.features["text"]), item.flags) == (77, ("cut",))
    assert item.features["text"][-1] == model.tokenizer.eos_token_id
    asked(model, long)


@needs_pillow
def test_a_broken_picture_is_refused_before_training() -> None:
    options = (*PICTURES[:2], Media(b"no picture", "broken.png"))
    broken = [
        replace(each, inputs={**each.inputs, "options": options}) for each in pictures(0, 1, 2)
    ]
    with pytest.raises(IsoglossError, match=r"broken\.png can't be read"):
        train(dual(), broken, fit=FIT, seed=0, machine=CPU)


@needs_pillow
def test_towers_are_parts_of_a_dual_encoder() -> None:
    model = dual()
    found = parts(model.net, model.family)
    text, image = set(found["text_tower"]), set(found["image_tower"])
    rest = {name for name, _ in model.net.named_parameters()} - text - image
    assert rest == {"logit_scale"}
    assert not text & image
    assert text & set(found["embeddings"])
    assert image & set(found["embeddings"])
    queries = select(model.net, model.family, ["image_tower.queries_keys"])
    assert queries
    assert all(name.startswith("vision_model.encoder") for name in queries)


def test_embeddings_of_speech_are_what_hears_samples() -> None:
    model = speech("layer", None)
    found = parts(model.net, model.family)
    assert {name.split(".")[1] for name in found["embeddings"]} == {
        "feature_extractor", "feature_projection",
    }  # fmt: skip
    assert {name.split(".")[0] for name in found["head"]} == {"projector", "classifier"}
    assert np.isin(found["encoder"], found["embeddings"]).sum() == 0
