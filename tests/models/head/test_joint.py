"""Heads for an intent and slots: what is learned, written, read and saved."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
import torch
from torch.nn import functional
from transformers import AutoModelForTokenClassification

import sample
import tiny
from isogloss.core.run import Fit
from isogloss.core.types import Example
from isogloss.kind.joint import Frame
from isogloss.models.head.seq import IGNORED
from isogloss.models.load import build
from isogloss.models.model import Model
from isogloss.models.save import export

FIT = Fit(max_source=64)
LABELS = ("O", "travel", "B-LOC", "I-LOC", "time")  # in any order
FRAME = Frame("time", ("O", "B-LOC"))
ONE = Example("1", "en", {"words": ("five", "days")}, FRAME)


@pytest.fixture
def make(tmp_path: Path) -> Any:
    def made(name: str, **settings: Any) -> Model:
        task = sample.task("joint", labels=LABELS, **settings)
        model = build(str(tiny.checkpoint(name, tmp_path)), task)
        model.net.eval()
        return model

    return made


def test_intents_and_tags_compete_among_themselves(make: Any) -> None:
    model = make("xlmr")
    other = Example("2", "en", {"words": ("city",)}, Frame("travel", ("O",)))
    items = model.head.encode(model, [ONE, other], FIT, train=True)
    batch = model.head.collate(model, items, train=True)
    assert batch.weight == 5  # two intents, three words
    inputs = dict(batch.inputs)
    intent, labels = inputs.pop("intent"), inputs.pop("labels")
    assert labels[labels != IGNORED].tolist() == [0, 2, 0]
    with torch.no_grad():
        logits = model.net(**inputs).logits
        loss = model.head.loss(model.net, batch)["task"]
    assert intent.tolist() == [4, 1]
    intents = functional.cross_entropy(logits[:, 0][:, [1, 4]], torch.tensor([1, 0]))
    tags = logits[labels != IGNORED][:, [0, 2, 3]]
    slots = functional.cross_entropy(tags, torch.tensor([0, 1, 0]), reduction="sum")
    assert float(loss) == pytest.approx(float((2 * intents + slots) / 5), rel=1e-5)


def test_plain_transformers_reads_an_export(make: Any, tmp_path: Path) -> None:
    model = make("xlmr")
    [given] = model.answer([ONE.inputs], "en")
    net = AutoModelForTokenClassification.from_pretrained(export(model, tmp_path / "x"))
    assert net.config.id2label == dict(enumerate(LABELS))
    [item] = model.head.encode(model, [ONE], FIT, train=False)
    with torch.no_grad():
        logits = net(torch.tensor([item.features["input_ids"]])).logits[0]
    intent = ("travel", "time")[int(logits[0, [1, 4]].argmax())]
    tags = [("O", "B-LOC", "I-LOC")[int(logits[p, [0, 2, 3]].argmax())] for p in (1, 2)]
    assert given.value == (intent, tuple(tags))


@pytest.mark.parametrize(
    ("answer", "value", "flags"),
    [
        ("time O B-LOC", FRAME, ()),
        ("time B-LOC", ("time", ("B-LOC", "O")), ("malformed",)),
        ("time O B-LOC O", FRAME, ("malformed",)),
        ("tim O B-LOC", (None, ("O", "B-LOC")), ("malformed",)),
        ("time O travel", ("time", ("O", "O")), ("malformed",)),
        ("timeO B-LOC", (None, ("B-LOC", "O")), ("malformed",)),
        ("", (None, ("O", "O")), ("malformed",)),
    ],
)
def test_what_is_not_an_intent_and_its_tags_is_malformed(
    make: Any, answer: str, value: Any, flags: tuple[str, ...]
) -> None:
    model = make("mt5")
    items = model.head.encode(model, [ONE], FIT, train=False)
    [found] = model.head.read(model.task, [ONE], items, [(answer, False)])
    assert (found.value, found.flags) == (value, flags)


@pytest.mark.parametrize("name", ["mt5", "llama"])
def test_what_is_learned_reads_back(make: Any, name: str) -> None:
    model = make(name)
    [item] = model.head.encode(model, [ONE], FIT, train=True)
    ids = [number for number in item.features["labels"] if number != IGNORED]
    assert model.tokenizer.decode(ids, skip_special_tokens=True).strip() == "time O B-LOC"


@pytest.mark.parametrize("name", ["xlmr", "mt5"])
def test_windows_have_one_intent(make: Any, name: str) -> None:
    model, fit = make(name), Fit(max_source=12, stride=2, long="chunks")
    long = Example("1", "en", {"words": ("five", "days") * 8}, Frame("time", ("O", "B-LOC") * 8))
    items = model.head.encode(model, [long], fit, train=True)
    assert len(items) > 1
    if name == "mt5":
        written = [("tim O", False), *[("time O", False)] * (len(items) - 1)]
        [found] = model.head.read(model.task, [long], items, written)
        assert "malformed" in found.flags
    else:
        raws = [([0.0, -1.0], {}), *[([-9.0, -0.1], {})] * (len(items) - 1)]
        [found] = model.head.merge(model, [long], items, raws)
    assert found.value.intent == "time"
    assert len(found.value.tags) == 16
