"""Losses with parameters, state and streams: whole or in parts, once or again."""

from __future__ import annotations

import functools
import json
from collections.abc import Callable, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
import torch
from torch import nn

from isogloss.core.errors import IsoglossError
from isogloss.core.machine import Machine
from isogloss.core.run import Fit
from isogloss.core.types import Example
from isogloss.models.devices import Processes
from isogloss.models.train import buckets, state
from isogloss.models.train.fit import fit
from isogloss.models.train.loss import Term, forward, plain_loss, wrapped
from isogloss.models.train.update import Updates

CPU = Machine(device="cpu")
SHORT = Fit(steps=3, batch=6, lr=3e-3, snapshots=1, dropout=0.0)
PARTS = {"whole": 10_000, "two": 90, "one": 1}
"""Tokens of a micro-batch."""


def train(model: Any, examples: Any, loss: Any, settings: Fit = SHORT, **options: Any) -> Any:
    options = {"machine": CPU, "seed": 0, "loss": loss} | options
    return fit(model, examples, fit=settings, **options)


def gradients(model: Any, examples: Sequence[Example], loss: Any, tokens: int) -> Any:
    """Take the gradients of one update, in micro-batches of so many tokens."""
    items = model.head.encode(model, examples, SHORT, train=True)
    machine = replace(CPU, micro_tokens=tokens)
    updates = Updates(
        model, loss, examples, items,
        fit=SHORT, seed=0, machine=machine, processes=Processes(machine),
    )  # fmt: skip
    total, sizes = updates.gradients(buckets.grouped(items), 5)
    grads = {name: p.grad.clone() for name, p in model.net.named_parameters()}
    model.net.zero_grad()
    return total, sizes, grads


class Stream(Term):
    """Learns examples of its own besides, and notes what it was given."""

    def __init__(self, inner: Any, count: int = 4) -> None:
        super().__init__(inner)
        self.count, self.seen = count, []
        self.drawn: list[tuple[int, int]] = []

    def extra(self, seed: int, step: int) -> list[Example]:
        self.drawn.append((seed, step))
        texts = ["a b", "a", "b c d e f g h", "d e f", "g h"][: self.count]
        return [Example(f"x{n}", "de", {"text": text}, text[:1]) for n, text in enumerate(texts)]

    def forward(self, model: Any, batch: Any) -> Any:
        more = batch.extras.get(self)
        self.seen.append((len(batch.items), len(more.items) if more else 0))
        assert [e.id for e in batch.examples] == batch.ids
        assert (batch.step, batch.steps) == (5, 3)
        terms = dict(self.inner(model, batch))
        if more:
            assert [e.id for e in more.examples] == more.ids
            terms["stream"] = model.head.loss(model.net, more)["task"]
        return terms


@pytest.mark.parametrize("count", [1, 4, 5])
@pytest.mark.parametrize("tasks", [2, 6])
def test_micro_batches_give_equal_gradients(
    fresh: Any, examples: list[Example], count: int, tasks: int
) -> None:
    model, results, seen = fresh(), {}, {}
    model.net.eval()
    for name, tokens in PARTS.items():
        loss = Stream(plain_loss(SHORT), count)
        results[name] = gradients(model, examples[:tasks], loss, tokens)
        seen[name] = loss.seen
        assert loss.drawn == [(0, 5)]
        assert [sum(column) for column in zip(*loss.seen, strict=True)] == [tasks, count]
    assert (len(seen["whole"]), len(seen["one"])) == (1, tasks)
    total, sizes, grads = results["whole"]
    assert sizes.keys() == {"task", "stream"}
    for other in ("two", "one"):
        assert results[other][0].item() == pytest.approx(total.item(), rel=1e-5)
        assert results[other][1]["stream"].item() == pytest.approx(sizes["stream"].item(), rel=1e-5)
        for name, grad in grads.items():
            torch.testing.assert_close(results[other][2][name], grad, rtol=1e-4, atol=1e-6)


def test_what_compares_items_sees_all_of_them(fresh: Any, examples: list[Example]) -> None:
    class Comparing(Stream):
        splittable = False

    loss = Comparing(plain_loss(SHORT), 5)
    gradients(fresh(), examples[:6], functools.wraps(loss)(lambda *given: loss(*given)), 1)
    assert loss.seen == [(6, 5)]


class Queue(Term):
    """Pulls the mean state to those of earlier updates, which it keeps; a parameter scales it."""

    def __init__(self, inner: Any, name: str = "queue") -> None:
        super().__init__(inner)
        self.name = name
        self.scale = nn.Parameter(torch.tensor(0.5))
        self.kept = nn.Buffer(torch.zeros(0, 32))
        self.calls = 0

    def forward(self, model: Any, batch: Any) -> Any:
        self.calls += 1
        terms = self.inner(model, batch)
        states = batch.outputs.encoder_last_hidden_state.mean(1)
        self.note(states.detach())
        if not len(self.kept):
            return terms
        apart = (states - self.kept.mean(0)).pow(2).sum() * self.scale
        return {**terms, self.name: apart / batch.weight}

    def stepped(self, noted: list[Any]) -> None:
        self.kept = torch.cat([self.kept, *noted])[-8:]


def test_a_retry_has_no_effect_of_its_own(
    fresh: Any, examples: list[Example], tmp_path: Path
) -> None:
    class Short(Queue):
        """Runs out of memory once, behind its first micro-batch."""

        ran = False

        def forward(self, model: Any, batch: Any) -> Any:
            terms = super().forward(model, batch)
            if batch.step == 1 and not self.ran:
                self.ran = True
                model.net.norm(torch.rand(4, 3))
                raise torch.OutOfMemoryError
            return terms

    found = []
    for loss in (Queue(plain_loss(SHORT)), Short(plain_loss(SHORT))):
        model = fresh()
        model.net.add_module("norm", nn.BatchNorm1d(3))
        machine = replace(CPU, micro_tokens=2 * SHORT.tokens)
        folder = tmp_path / type(loss).__name__
        train(model, examples, loss, machine=machine, folder=folder)
        found.append({**state.moving(model.net), **state.lasting(loss)})
    plain, again = found
    assert len(plain["kept"]) == 8
    assert plain["norm.num_batches_tracked"] == 0
    assert plain.keys() == again.keys()
    assert all(torch.equal(again[name], tensor) for name, tensor in plain.items())
    assert json.loads((folder / "manifest.json").read_text())["fallbacks"]


def test_state_that_changes_on_the_way_is_refused(fresh: Any, examples: list[Example]) -> None:
    class Early(Queue):
        def forward(self, model: Any, batch: Any) -> Any:
            self.kept = torch.cat([self.kept, torch.zeros(1, 32)])
            return self.inner(model, batch)

    class InPlace(Queue):
        def forward(self, model: Any, batch: Any) -> Any:
            self.kept += 1
            return self.inner(model, batch)

    for sort in (Early, InPlace):
        with pytest.raises(IsoglossError, match=rf"{sort.__name__} changes its state 'kept'"):
            train(fresh(), examples, sort(plain_loss(SHORT)))


def unseen(inner: Any) -> Any:
    return lambda model, batch: inner(model, batch)


def seen(inner: Any) -> Any:
    return functools.wraps(inner)(lambda model, batch: inner(model, batch))


def deaf(inner: Any) -> Any:
    return functools.wraps(inner)(lambda model, batch: forward(model, batch)[0])


def test_no_term_is_lost_behind_a_function(fresh: Any, examples: list[Example]) -> None:
    loss = Queue(plain_loss(SHORT))
    assert wrapped(loss, seen(loss), "mine")
    with pytest.raises(IsoglossError, match=r"mine .* loses sight of Queue\n.*functools\.wraps"):
        wrapped(loss, unseen(loss), "mine")
    whole = seen(plain_loss(SHORT))
    whole.splittable = False
    with pytest.raises(IsoglossError, match="may not be split"):
        wrapped(seen(whole), unseen(whole), "mine")
    model = fresh()
    before = {name: p.clone() for name, p in model.net.named_parameters()}
    with pytest.raises(IsoglossError, match=r"Queue takes part, .* never be trained"):
        train(model, examples, unseen(loss))
    with pytest.raises(IsoglossError, match="Queue is never asked"):
        train(model, examples, deaf(loss))
    assert all(torch.equal(before[name], p) for name, p in model.net.named_parameters())
    with pytest.raises(IsoglossError, match="Queue has learned nothing in 3 updates"):
        train(model, examples, seen(Queue(loss)))
    train(model, examples, seen(Queue(loss, "other")))
    assert loss.scale.item() != 0.5


def test_other_modules_and_the_network_are_no_terms(fresh: Any, examples: list[Example]) -> None:
    with pytest.raises(IsoglossError, match="Linear is a module, and no Term"):
        train(fresh(), examples, nn.Linear(1, 1))
    model, loss = fresh(), Queue(plain_loss(SHORT))
    loss.net = model.net
    with pytest.raises(IsoglossError, match="Queue holds the network"):
        train(model, examples, loss)


def test_each_terms_size_is_kept(fresh: Any, examples: list[Example], tmp_path: Path) -> None:
    settings = replace(SHORT, steps=4, snapshots=2)

    @functools.wraps(plain := plain_loss(SHORT))
    def doubled(model: Any, batch: Any) -> Any:
        return {**plain(model, batch), "step": torch.tensor(float(batch.step)), "fixed": 2.0}

    train(fresh(), examples, doubled, settings, folder=tmp_path)
    found = json.loads((tmp_path / "manifest.json").read_text())
    sizes = found["terms"]
    assert [*sizes] == found["snapshots"]
    assert [each["step"] for each in sizes.values()] == [0.5, 2.5]
    assert [each["fixed"] for each in sizes.values()] == [2.0, 2.0]
    total = [sum(each.values()) for each in sizes.values()]
    assert total[0] == pytest.approx(sum(found["losses"][:2]) / 2, abs=1e-5)
    assert total[1] == pytest.approx(sum(found["losses"][2:]) / 2, abs=1e-5)


@pytest.mark.parametrize("name", ["mt5", "llama"])
def test_outputs_are_those_of_the_one_forward(
    fresh: Callable[..., Any], examples: list[Example], name: str
) -> None:
    model, runs = fresh(name), []
    items = model.head.encode(model, examples[:4], SHORT, train=True)
    batch = model.head.collate(model, items, train=True)
    model.net.register_forward_hook(lambda *given: runs.append(given))
    batch.hidden = True
    plain_loss(SHORT)(model, batch)
    assert len(runs) == 1
    out = batch.outputs
    hidden = out.decoder_hidden_states if name == "mt5" else out.hidden_states
    assert len(hidden) == 3
    assert out.logits.shape[0] == int((batch.inputs["labels"] != -100).sum())
    batch.hidden = False
    plain_loss(SHORT)(model, batch)
    assert batch.outputs.get("hidden_states") is batch.outputs.get("decoder_hidden_states") is None
