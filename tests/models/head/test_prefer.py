"""Two answers to a prompt are scored as they would be written."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
import torch
from torch.nn import functional

import tiny as released
from isogloss.core.errors import IsoglossError
from isogloss.core.machine import Machine
from isogloss.core.run import Fit, Generate
from isogloss.core.task import Task
from isogloss.core.types import Example
from isogloss.models.decode.predict import predict
from isogloss.models.head.prefer import of_pairs
from isogloss.models.head.seq import IGNORED
from isogloss.models.load import build
from isogloss.models.model import Asked
from isogloss.models.save import Written
from isogloss.models.snippet import snippet
from isogloss.testing import tiny, toy

CPU = Machine(device="cpu", progress=False)
FIT = Fit(max_source=64)
NAMES = ("mt5", "mbart", "llama")
TEMPLATE = (
    "{{ bos_token }}{% for m in messages %}[{{ m['role'] }}]{{ m['content'] | trim }}<|end|>"
    "{% endfor %}{% if add_generation_prompt %}[assistant]{% endif %}"
)
Make = Callable[..., Any]


@pytest.fixture
def make() -> Make:
    """Build a tiny model: (architecture, kind) -> model."""

    def built(name: str, kind: str = "prefer") -> Any:
        model = build(str(tiny.backbone(name)), toy.task(kind), machine=CPU)
        model.net.eval()
        return model

    return built


def pair(prompt: Any, chosen: str, rejected: str, id: str = "0") -> Example:
    inputs = {"prompt": prompt, "chosen": chosen, "rejected": rejected}
    return Example(id, "en", inputs, "chosen")


PAIRS = [pair("1 2", "one two", "two"), pair("3", "t", "three three three", "1")]


@pytest.mark.parametrize("name", NAMES)
@torch.no_grad()
def test_scores_are_those_of_each_answer_alone(name: str, make: Make) -> None:
    """In training and in prediction, whatever stands beside them in a batch."""
    model = make(name)
    items = model.head.encode(model, PAIRS, FIT, train=True)
    sums, counts = of_pairs(model, items)
    for place, item in enumerate(items):
        for row, each in enumerate((item, item.meta["rejected"])):
            inputs = dict(model.head.collate(model, [each], train=True).inputs)
            labels = inputs.pop("labels")
            logits = model.net(**inputs).logits
            if name == "llama":
                logits, labels = logits[:, :-1], labels[:, 1:]
            alone = -functional.cross_entropy(logits[0], labels[0], reduction="sum")
            assert float(sums[row, place]) == pytest.approx(float(alone), abs=1e-3)
            assert counts[row, place] == (labels != IGNORED).sum()
    for penalty in (0.0, 1.0):
        asked = Generate(length_penalty=penalty)
        blind = [replace(each, target=None) for each in PAIRS]
        found = predict(model, blind, fit=FIT, generate=asked, machine=CPU)
        for place, prediction in enumerate(found):
            wanted = (sums / counts**penalty)[:, place].tolist()
            assert list(prediction.scores.values()) == pytest.approx(wanted, abs=1e-3)
            better = "chosen" if wanted[0] > wanted[1] else "rejected"
            assert prediction.value == better


@torch.no_grad()
def test_padding_on_either_side(make: Make) -> None:
    model = make("llama")
    items = model.head.encode(model, PAIRS, FIT, train=True)
    batch = model.head.collate(model, items, train=True)
    right = model.head.log_likelihoods(model.net, batch)
    empty = (batch.inputs["attention_mask"] == 0).sum(-1).tolist()
    assert max(empty) > 0
    for name, rows in batch.inputs.items():
        moved = [row.roll(count) for row, count in zip(rows, empty, strict=True)]
        batch.inputs[name] = torch.stack(moved)
    left = model.head.log_likelihoods(model.net, batch)
    assert left.tolist() == pytest.approx(right.tolist(), abs=1e-4)


@pytest.mark.parametrize("name", NAMES)
@torch.no_grad()
def test_training_is_on_the_chosen_answer(name: str, make: Make) -> None:
    """Just as training on it in a task of texts is."""
    model, plain = make(name), make(name, "generate")
    texts = [Example(e.id, "en", {"text": e.inputs["prompt"]}, e.inputs["chosen"]) for e in PAIRS]
    losses = []
    for each, examples in ((model, PAIRS), (plain, texts)):
        items = each.head.encode(each, examples, FIT, train=True)
        losses.append(each.head.loss(each.net, each.head.collate(each, items, train=True))["task"])
    assert float(losses[0]) == float(losses[1])


def test_a_prompt_has_the_same_tokens_before_both(checkpoints: Path) -> None:
    """Whatever its end would become together with an answer, and cut or not."""
    task = Task("1", "prefer", ("en",), lambda *_: [], ("accuracy",), fields=PREFER, name="pairs")
    model = build(str(released.checkpoint("qwen3", checkpoints)), task)
    tokens = model.tokenizer
    end = next(
        w for w in ("shi", "cit", "th", "da", "ti", "wee")
        if tokens(f"{w}p")["input_ids"][: len(tokens(w)["input_ids"])] != tokens(w)["input_ids"]
    )  # fmt: skip
    example = pair(f"the {end}", "ps sail", "p")
    for fit in (FIT, Fit(max_source=3, long="chunks")):
        [item] = model.head.encode(model, [example], fit, train=True)
        [asked] = model.head.encode(model, [example], fit, train=False)
        prompt = asked.features["input_ids"]
        for each, ids in zip((item, item.meta["rejected"]), asked.meta["options"], strict=True):
            assert each.features["input_ids"] == prompt + ids
            assert each.features["labels"] == [IGNORED] * len(prompt) + ids
    assert item.flags == asked.flags == ("cut",)


def test_its_code_writes_as_that_of_a_task_of_texts_does(make: Make) -> None:
    codes = []
    for kind in ("prefer", "generate"):
        model = make("llama", kind)
        written = Written("whole", None)
        codes.append(snippet(model, written, Asked(), ["en"]))
    assert codes[0].replace("prompt", "text") == codes[1]


PREFER = ("prompt", "chosen", "rejected")


class TestChats:
    CHAT = ({"role": "system", "content": "Be "}, {"role": "user", "content": "1 2 <|end|>"})

    @pytest.fixture
    def model(self, make: Make) -> Any:
        model = make("llama")
        model.tokenizer.add_tokens(["<|end|>"], special_tokens=True)
        model.net.resize_token_embeddings(len(model.tokenizer), mean_resizing=False)
        model.tokenizer.chat_template = TEMPLATE
        return model

    def encoded(self, model: Any, chat: Any, fit: Fit = FIT) -> Any:
        [item] = model.head.encode(model, [pair(chat, "three", "four")], fit, train=False)
        return item

    def test_the_template_writes_them(self, model: Any) -> None:
        item = self.encoded(model, self.CHAT)
        ids, end = item.features["input_ids"], model.tokenizer.convert_tokens_to_ids("<|end|>")
        text = model.tokenizer.decode(ids)
        assert text == "<s>[system]Be<|end|>[user]1 2 < |end|><|end|>[assistant]"
        assert ids.count(end) == 2  # what a message calls so is text

    def test_the_instruction_stands_first(self, model: Any) -> None:
        model.task = replace(model.task, prompt="Say it.")
        item = self.encoded(model, self.CHAT)
        text = model.tokenizer.decode(item.features["input_ids"])
        assert text.startswith("<s>[system]Say it. Be<|end|>")

    def test_the_longest_messages_are_cut(self, model: Any) -> None:
        chat = ({"role": "user", "content": "word " * 40}, *self.CHAT)
        item = self.encoded(model, chat)
        text = model.tokenizer.decode(item.features["input_ids"])
        assert text.startswith("<s>[user]word")
        assert text.endswith("<|end|>[user]1 2 < |end|><|end|>[assistant]")
        assert item.flags == ("cut",)
        assert item.source <= 64

    def test_without_a_template_messages_follow_each_other(self, make: Make) -> None:
        model = make("llama")
        item = self.encoded(model, self.CHAT)
        text = model.tokenizer.decode(item.features["input_ids"])
        assert text == "<s>Be \n1 2 <|end|>\n"

    def test_a_chat_that_the_template_refuses(self, model: Any) -> None:
        model.tokenizer.chat_template = "{{ raise_exception('no system') }}"
        with pytest.raises(IsoglossError, match="refuses a chat of system, user: no system"):
            self.encoded(model, self.CHAT)
