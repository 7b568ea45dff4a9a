"""Translations are drawn together: whole or in parts, stopped or not, beside other methods."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import replace
from typing import Any

import pytest
import torch

from isogloss.core.errors import IsoglossError
from isogloss.core.machine import Machine
from isogloss.core.recipe import parse
from isogloss.core.run import Run
from isogloss.methods.loss.contrast import contrast
from isogloss.models.devices import Processes
from isogloss.models.train import buckets, state
from isogloss.models.train.fit import fit, plain_loss
from isogloss.models.train.update import Updates
from isogloss.store import Store
from isogloss.testing import toy
from isogloss.testing.trace import FIT, run_of, trace

Open = Callable[..., Any]
SHORT = replace(FIT, steps=4, dropout=0.0)
SAVING = Machine(device="cpu", progress=False, save_every=0.0)


@pytest.fixture
def made(open_context: Open, build: Open) -> Open:
    def make(recipe: str, kind: str = "tag", architecture: str = "xlm-roberta") -> Any:
        (method,) = parse(recipe).methods
        model = build(kind, architecture)
        ctx = open_context(method, kind, architecture)
        return model, method.loss(plain_loss(SHORT), model, ctx)

    return make


def test_what_says_the_same_is_no_negative() -> None:
    """Of the first two vectors, the third is far, and the fourth says the same."""
    vectors = torch.eye(4)[[0, 0]]
    known = torch.stack([torch.eye(4)[1], torch.eye(4)[0], torch.zeros(4)])
    owners, others = torch.tensor([5, 5]), torch.tensor([6, 5, -1])
    expected = 2 * -torch.tensor([1.0, 0.0]).div(0.5).log_softmax(0)[0]
    torch.testing.assert_close(contrast(vectors, owners, known, others, 0.5), expected)
    alone = contrast(vectors, owners, known[1:], others[1:], 0.5)
    assert float(alone) == pytest.approx(0, abs=1e-6)


@pytest.mark.parametrize("kind", ["tag", "classify"])
def test_micro_batches_give_equal_gradients(made: Open, kind: str) -> None:
    model, loss = made("contrast(langs=['sw', 'de'], pairs=5, queue=8, temperature=1.0)", kind)
    model.net.eval()
    loss.vectors = torch.nn.functional.normalize(torch.arange(1024.0).reshape(8, 128).sin())
    loss.owners = torch.arange(8)
    examples, found = toy.load(kind, "en", "train")[:6], []
    items = model.head.encode(model, examples, SHORT, train=True)
    for tokens in (10_000, 100, 1):
        machine = Machine(device="cpu", progress=False, micro_tokens=tokens)
        updates = Updates(
            model, loss, examples, items,
            fit=SHORT, seed=0, machine=machine, processes=Processes(machine),
        )  # fmt: skip
        _, sizes = updates.gradients(buckets.grouped(items), 3)
        trained = [*model.net.named_parameters(), *loss.named_parameters()]
        grads = {name: p.grad.clone() for name, p in trained if p.grad is not None}
        found.append((float(sizes["contrast"]), grads, torch.cat([v for v, _ in loss.noted])))
        model.net.zero_grad()
        loss.zero_grad()
    whole, *parts = found
    assert whole[0] > 0
    assert len(whole[2]) == 10
    assert whole[1]["projection.weight"].any()
    for size, grads, noted in parts:
        assert size == pytest.approx(whole[0], rel=1e-5)
        torch.testing.assert_close(noted, whole[2], rtol=1e-4, atol=1e-5)
        for name, grad in whole[1].items():
            torch.testing.assert_close(grads[name], grad, rtol=1e-3, atol=1e-6)


def test_within_an_update_nothing_is_split(made: Open) -> None:
    _, loss = made("contrast(langs=['sw'])")
    assert not loss.splittable
    assert made("contrast(langs=['sw'], queue=4)")[1].splittable


def test_pairs_follow_from_seed_and_step(made: Open) -> None:
    _, loss = made("contrast(langs=['sw', 'de'], pairs=4)")
    drawn = [[e.id for e in loss.extra(*place)] for place in ((0, 1), (0, 1), (0, 2), (1, 1))]
    assert drawn[0] == drawn[1]
    assert drawn[1] != drawn[2] != drawn[3]
    first = loss.extra(0, 1)[0]
    translate = toy.task("classify").supply.gives["translator"]
    assert first.inputs["pair"] == translate([first.inputs["text"]], "en", first.langs["pair"])[0]


def test_stopped_and_resumed_it_is_the_same(
    made: Open, tmp_path: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Bit for bit, the queue among it."""
    examples, ends = toy.load("tag", "en", "train"), []
    for stops in (False, True):
        folder = tmp_path / str(stops)
        model, loss = made("contrast(langs=['sw'], pairs=3, queue=16)")
        if stops:
            stepped = type(loss).stepped

            def crash(term: Any, noted: Any, stepped: Any = stepped) -> None:
                stepped(term, noted)
                if int(term.owners[-9]) >= 0:  # the second update
                    raise KeyboardInterrupt

            monkeypatch.setattr(type(loss), "stepped", crash)
            with pytest.raises(KeyboardInterrupt):
                fit(model, examples, fit=SHORT, seed=0, machine=SAVING, folder=folder, loss=loss)
            assert state.load_resume(folder)["step"] == 1
            model, loss = made("contrast(langs=['sw'], pairs=3, queue=16)")
        fit(model, examples, fit=SHORT, seed=0, machine=SAVING, folder=folder, loss=loss)
        ends.append({**state.moving(model.net), **state.lasting(loss)})
    assert ends[0]["owners"].min() >= 0
    assert all(torch.equal(ends[1][name], tensor) for name, tensor in ends[0].items())


RECIPE = "lora(r=2) + contrast(langs=['sw', 'de'], pairs=3, queue=8) + smooth() + average(last=2)"


@pytest.mark.parametrize("kind", ["tag", "classify"])
def test_beside_other_methods(kind: str, tmp_path: Any) -> None:
    run = replace(run_of(kind, "xlm-roberta"), recipe=RECIPE)
    found = []
    for place in ("one", "two"):
        store = Store(tmp_path / place)
        found.append(trace(run, store))
        text = (store.weights(run.train_key) / "phase-1" / "manifest.json").read_text()
        terms = json.loads(text)["terms"]
        assert [each.keys() for each in terms.values()] == [{"task", "contrast"}] * 2
    assert found[0].trained == found[1].trained
    assert found[0].predictions == found[1].predictions
    alone = trace(replace(run, recipe="lora(r=2) + smooth() + average(last=2)"), store)
    assert alone.trained != found[0].trained


def test_wrong_values(made: Open) -> None:
    with pytest.raises(IsoglossError, match="pairs of en and another language"):
        Run("t", "m", ("en",), "contrast(langs=['en'])", task_version="1").check()
    with pytest.raises(IsoglossError, match="has no layer 5"):
        made("contrast(langs=['sw'], layer=5)")
