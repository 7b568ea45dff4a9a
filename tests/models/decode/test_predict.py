"""The inference loop: order, batches, limits."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest
import torch

import tiny
from isogloss.core.machine import Machine
from isogloss.core.run import Fit, Generate
from isogloss.core.types import Example
from isogloss.models.decode.limit import Limit
from isogloss.models.decode.predict import predict
from isogloss.models.train.fit import fit

CPU = Machine(device="cpu")
FIT = Fit(steps=30, batch=16, lr=3e-3)


def ask(model: Any, examples: Any, generate: Generate | None = None, **options: Any) -> Any:
    options = {"machine": CPU} | options
    return predict(
        model, examples, fit=FIT, generate=generate or Generate(max_tokens=20), **options
    )


@pytest.mark.parametrize("name", ["mt5", "mbart", "m2m100", "llama"])
def test_answers_come_in_order_and_do_not_depend_on_the_batch(fresh, examples, name):
    model = fresh(name)
    with torch.no_grad():  # large weights, so that outputs vary
        for p in model.net.parameters():
            p.add_(0.3 * torch.randn(p.shape, generator=torch.Generator().manual_seed(0)))
    together = ask(model, examples[:30])
    alone = [ask(model, [example])[0] for example in examples[:30:3]]
    small = ask(model, examples[:30], machine=replace(CPU, micro_tokens=100))
    assert [p.id for p in together] == [e.id for e in examples[:30]]
    assert together == small
    assert together[::3] == alone
    assert len({p.value for p in together}) > 3


def test_the_limit_is_each_languages_own_and_flagged(fresh, examples):
    model = fresh("mt5")  # untrained: it never ends
    asked = [replace(e, lang=lang) for e in examples[:4] for lang in ("en", "de")]
    asked = [replace(e, id=f"{e.id}-{e.lang}") for e in asked]
    found = ask(model, asked, Generate(), limit=Limit(3, {"de": 9}))
    for example, prediction in zip(asked, found, strict=True):
        ids = model.tokenizer(prediction.value, add_special_tokens=False)["input_ids"]
        assert "limit" in prediction.flags
        assert (len(ids) > 4) == (example.lang == "de")
    short = ask(model, asked, Generate(max_tokens=1), limit=Limit(9))
    assert all("limit" in p.flags for p in short)


def test_sampling_repeats_itself_and_leaves_the_random_state(fresh, examples):
    model = fresh()
    settings = Generate(sample=True, temperature=2.0, top_p=0.9, max_tokens=8)
    torch.manual_seed(1)
    expected = torch.rand(1)
    torch.manual_seed(1)
    first = ask(model, examples[:8], settings)
    assert torch.equal(torch.rand(1), expected)
    assert ask(model, examples[:8], settings) == first
    assert ask(model, examples[:8], Generate(max_tokens=8)) != first


def test_penalties_let_a_decoder_copy_its_input(fresh):
    model = fresh("llama")
    words = tiny._WORDS["en"].split()
    texts = [" ".join(words[n : n + 3]) for n in range(len(words) - 2)]
    copies = [Example(str(n), "en", {"text": text}, text) for n, text in enumerate(texts)]
    fit(model, copies, fit=replace(FIT, steps=100, lr=1e-2), seed=0, machine=CPU)
    right = [ask(model, copies), ask(model, copies, Generate(no_repeat=2, max_tokens=20)),
             ask(model, copies, Generate(repetition_penalty=1.2, max_tokens=20)),
             ask(model, copies, Generate(no_repeat=2, beams=2, max_tokens=20))]  # fmt: skip
    counts = [sum(p.value == e.target for p, e in zip(r, copies, strict=True)) for r in right]
    assert counts == [len(copies)] * 4


@pytest.mark.parametrize("name", [n for n in tiny.NAMES if tiny.FAMILY[n] != "encoder"])
def test_so_it_is_with_penalties_and_limits(fresh, examples, name):
    model = fresh(name)
    with torch.no_grad():
        for p in model.net.parameters():
            p.add_(0.3 * torch.randn(p.shape, generator=torch.Generator().manual_seed(0)))
    asked = [replace(e, lang="de" if n % 2 else "en") for n, e in enumerate(examples[:8])]
    settings = Generate(no_repeat=2, repetition_penalty=1.2)
    limit = Limit(5, {"de": 9})
    together = ask(model, asked, settings, limit=limit)
    assert together == [ask(model, [example], settings, limit=limit)[0] for example in asked]
    assert len({p.value for p in together}) > 3


def test_modes_are_left_as_found(fresh, examples):
    model = fresh()
    model.net.train()
    model.net.encoder.eval()
    ask(model, examples[:3])
    assert model.net.training
    assert not model.net.encoder.training


def test_nothing_asked_nothing_answered(fresh):
    assert ask(fresh(), []) == []


def test_no_bar_off_a_terminal(fresh, examples, capsys):
    fit(fresh(), examples, fit=replace(FIT, steps=2), seed=0, machine=CPU)
    ask(fresh(), examples[:3])
    captured = capsys.readouterr()
    assert captured.out == captured.err == ""


def test_a_batch_too_large_for_memory_is_halved(fresh, examples, monkeypatch):
    model = fresh()
    expected = ask(model, examples[:20])
    answer = model.head.answer

    def tight(model: Any, batch: Any, generate: Any, limit: Any) -> Any:
        if len(batch.items) > 3:
            raise torch.OutOfMemoryError
        return answer(model, batch, generate, limit)

    monkeypatch.setattr(model.head, "answer", tight)
    assert ask(model, examples[:20]) == expected
