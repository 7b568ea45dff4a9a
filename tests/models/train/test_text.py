"""Every family learns from plain text as it was pretrained."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from random import Random
from typing import Any

import pytest
import torch

from isogloss.core.errors import IsoglossError
from isogloss.core.types import Example
from isogloss.models.devices import Processes
from isogloss.models.load import build
from isogloss.models.train.fit import fit, plain_loss
from isogloss.models.train.text import fit_text, learning, pieces
from isogloss.models.train.update import Updates
from isogloss.run.context import Access
from isogloss.testing import tiny, toy
from isogloss.testing.trace import FIT, MACHINE, context, results

TEXT = "moja mbili tatu nne tano sita saba nane tisa"
EXAMPLES = [Example(str(n), "sw", {"text": TEXT}) for n in range(2)]
CELLS = (
    ("classify", "xlm-roberta"),
    ("retrieve", "xlm-roberta"),
    ("generate", "mt5"),
    ("classify", "mbart"),
    ("generate", "llama"),
    ("retrieve", "llama"),
)
Tensors = dict[str, torch.Tensor]


def model(kind: str, architecture: str) -> Any:
    return build(str(tiny.backbone(architecture)), toy.task(kind), machine=MACHINE)


def tensors(net: Any) -> Tensors:
    return {name: tensor.detach().clone() for name, tensor in net.named_parameters()}


@pytest.fixture
def ctx() -> Iterator[Access]:
    with results() as store:
        yield context(None, "generate", "mt5", store)


@pytest.mark.parametrize(("kind", "architecture"), CELLS)
def test_the_body_learns_and_the_task_head_does_not(
    kind: str, architecture: str, ctx: Access
) -> None:
    made = model(kind, architecture)
    net, head, before = made.net, made.head, tensors(made.net)
    assert fit_text(made, {"sw": [TEXT] * 4}, ctx) is made
    assert (made.net, made.head) == (net, head)
    after = tensors(net)
    moved = {name for name, tensor in after.items() if not torch.equal(tensor, before[name])}
    assert moved
    assert not [name for name in moved if "classifier" in name or "pooler" in name]
    body = {n for n, p in made.plain.base_model.named_parameters() if p.requires_grad}
    assert len(moved) >= len({name for name in body if "pooler" not in name})


@pytest.mark.parametrize(("kind", "architecture"), CELLS)
def test_the_loss_of_pre_training_falls(kind: str, architecture: str) -> None:
    student = learning(model(kind, architecture))

    def loss() -> float:
        items = student.head.encode(student, EXAMPLES, FIT, train=True)
        batch = student.head.collate(student, items, train=True)
        with torch.no_grad():
            return sum(map(float, student.head.loss(student.net, batch).values()))

    before = loss()
    fit(student, EXAMPLES, fit=replace(FIT, steps=12), seed=0, machine=MACHINE)
    assert loss() < 0.8 * before


@pytest.mark.parametrize("kind", ["classify", "choose"])
def test_the_layer_over_an_encoder_is_its_own_and_tied(kind: str) -> None:
    made = model(kind, "xlm-roberta")
    student = learning(made)
    ours = dict(made.plain.base_model.named_parameters())
    learns = dict(student.plain.base_model.named_parameters())
    assert {n for n, p in ours.items() if learns.get(n) is not p} == {
        name for name in ours if "pooler" in name
    }
    table = made.plain.get_input_embeddings().weight
    assert student.plain.get_output_embeddings().weight is table


def draws(student: Any, seed: int, count: int) -> list[Any]:
    (item,) = student.head.encode(student, EXAMPLES[:1], FIT, train=True)
    return [student.head.draw(student, item, Random(f"{seed} {n}")) for n in range(count)]


def test_words_are_hidden_whole_and_shown_in_three_ways() -> None:
    student = learning(model("classify", "xlm-roberta"))
    text = student.tokenizer.decode
    mask, seen = student.tokenizer.mask_token_id, {"mask": 0, "same": 0, "other": 0}
    for item in draws(student, 0, 200):
        ids, labels = item.features["input_ids"], item.features["labels"]
        assert item.weight == sum(label != -100 for label in labels) > 0
        assert item.weight <= 0.15 * len(ids) + 1
        hidden = "".join(text([i]) if i != -100 else "|" for i in labels)
        assert set(hidden.replace("|", " ").split()) <= set(TEXT.split())
        for shown, label in zip(ids, labels, strict=True):
            if label != -100:
                seen["mask" if shown == mask else "same" if shown == label else "other"] += 1
    whole = sum(seen.values())
    assert 0.75 < seen["mask"] / whole < 0.85
    assert 0.05 < seen["same"] / whole < 0.15
    assert 0.05 < seen["other"] / whole < 0.15


@pytest.mark.parametrize("architecture", ["xlm-roberta", "mt5", "mbart"])
def test_each_update_draws_anew_by_seed_and_step(architecture: str) -> None:
    student = learning(model("retrieve" if architecture == "xlm-roberta" else "generate",
                             architecture))  # fmt: skip
    items = student.head.encode(student, EXAMPLES, FIT, train=True)

    def drawn(seed: int, step: int, *wanted: int) -> list[Any]:
        updates = taught(student, items, seed)
        now = updates._redrawn([wanted], step)
        return [now[place].features for place in wanted]

    steps = [drawn(0, step, 0, 1) for step in range(8)]
    assert len({str(each) for step in steps for each in step}) > 4  # of 8
    assert [drawn(0, step, 1)[0] for step in range(8)] == [step[1] for step in steps]
    assert [drawn(1, step, 0, 1) for step in range(8)] != steps


def taught(student: Any, items: Any, seed: int = 0, micro: int = 2**62) -> Updates:
    machine = replace(MACHINE, micro_tokens=micro)
    return Updates(
        student, plain_loss(FIT), EXAMPLES, items,
        fit=FIT, seed=seed, machine=machine, processes=Processes(machine),
    )  # fmt: skip


@pytest.mark.parametrize("architecture", ["xlm-roberta", "mt5", "llama"])
def test_micro_batches_add_up(architecture: str) -> None:
    """A loss is divided by what the whole update hides, and not by a part's."""
    student = learning(model("retrieve", architecture))
    student.net.eval()
    items = student.head.encode(student, EXAMPLES, FIT, train=True)
    gradients = []
    for micro in (2**62, 60):
        updates = taught(student, items, micro=micro)
        assert len(updates._pieces([(0,), (1,)], items, {})) == (1 if micro > 60 else 2)
        loss, _ = updates.gradients([(0,), (1,)], 3)
        every = [p.grad.flatten() for p in student.net.parameters() if p.grad is not None]
        gradients.append(torch.cat([loss.reshape(1), *every]))
        student.net.zero_grad()
    torch.testing.assert_close(*gradients)


def test_the_loop_learns_what_is_drawn_and_not_the_first_draw(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    student = learning(model("classify", "xlm-roberta"))
    seen: list[Any] = []
    collate = type(student.head).collate

    def kept(self: Any, model: Any, items: Any, *, train: bool) -> Any:
        seen.extend(item.features["input_ids"] for item in items)
        return collate(self, model, items, train=train)

    monkeypatch.setattr(type(student.head), "collate", kept)
    fit(student, EXAMPLES, fit=replace(FIT, steps=4), seed=0, machine=MACHINE)
    assert len({str(each) for each in seen}) > len(EXAMPLES) + 2


def test_decoders_learn_all_of_a_text() -> None:
    student = learning(model("generate", "llama"))
    (item, _) = student.head.encode(student, EXAMPLES, FIT, train=True)
    labels = [label for label in item.features["labels"] if label != -100]
    assert student.tokenizer.decode(labels) == TEXT + "</s>"
    assert item.weight == len(labels)


def test_long_texts_are_cut_into_pieces_and_nothing_is_lost() -> None:
    tokenizer = model("generate", "mt5").tokenizer
    cut = [*pieces(tokenizer, TEXT, "sw", 20)]
    assert "".join(cut) == TEXT
    assert len(cut) > 1
    assert all(len(tokenizer(each, add_special_tokens=False)["input_ids"]) <= 20 for each in cut)
    thai = "เรือจะไปเมืองน้ำ"
    assert "".join(pieces(tokenizer, thai, "th", 20)) == thai
    assert [*pieces(tokenizer, "  ", "sw", 20)] == []


def test_lora_alone_moves_where_the_rest_is_frozen(ctx: Access) -> None:
    from isogloss.core.recipe import parse

    (method,) = parse("lora(r=2)").methods
    made = method.model(model("classify", "xlm-roberta"), ctx)
    before = tensors(made.net)
    fit_text(made, {"sw": [TEXT] * 4}, ctx)
    moved = {n for n, t in tensors(made.net).items() if not torch.equal(t, before[n])}
    assert moved
    assert all("lora_" in name for name in moved)


def test_a_soft_prompt_stands_before_the_text_too(ctx: Access) -> None:
    from isogloss.core.recipe import parse

    (method,) = parse("prompt_tuning(length=3)").methods
    made = method.model(model("generate", "mt5"), ctx)
    before = tensors(made.net)
    fit_text(made, {"sw": [TEXT] * 4}, ctx)
    moved = {n for n, t in tensors(made.net).items() if not torch.equal(t, before[n])}
    assert [name.rpartition(".")[2] for name in moved] == ["prompt"]


def test_refusals(ctx: Access) -> None:
    made = model("classify", "xlm-roberta")
    with pytest.raises(IsoglossError, match="there is no text in sw"):
        fit_text(made, {"sw": [" "]}, ctx)
    made.tokenizer.mask_token = None
    with pytest.raises(IsoglossError, match="no token that hides a word"):
        fit_text(made, {"sw": [TEXT]}, ctx)
    for parameter in made.plain.base_model.parameters():
        parameter.requires_grad = False
    with pytest.raises(IsoglossError, match="all of it is frozen"):
        fit_text(made, {"sw": [TEXT]}, ctx)
