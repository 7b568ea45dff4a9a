"""The margin over the model before the training, which is asked once."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
import torch

from isogloss.core.errors import IsoglossError
from isogloss.core.recipe import parse
from isogloss.core.run import Fit, Run
from isogloss.core.types import Example
from isogloss.methods.loss import dpo
from isogloss.models.head.prefer import of_pairs
from isogloss.models.train.fit import Preempted, _Training, fit
from isogloss.models.train.loss import plain_loss
from isogloss.run import pipeline
from isogloss.store import Store
from isogloss.testing import toy
from isogloss.testing.trace import FIT, MACHINE, run_of, setting

Open = Callable[..., Any]


def make(text: str) -> Any:
    (method,) = parse(text).methods
    return method


@pytest.mark.parametrize(
    ("recipe", "margin", "wanted"),
    [  # by hand
        ("dpo()", 0.0, math.log(2)),
        ("dpo(beta=0.5)", 2.0, math.log(1 + math.exp(-1))),
        ("dpo(beta=0.5)", -2.0, math.log(1 + math.exp(1))),
        (
            "dpo(beta=0.5, label_smoothing=0.1)", 2.0,
            0.9 * math.log(1 + math.exp(-1)) + 0.1 * math.log(1 + math.exp(1)),
        ),
        ("dpo(beta=0.25, form='ipo')", 0.5, 2.25),
        ("dpo(beta=0.25, form='hinge')", 1.0, 0.75),
        ("dpo(beta=0.25, form='hinge')", 5.0, 0.0),
    ],
)  # fmt: skip
def test_the_loss_of_a_margin(recipe: str, margin: float, wanted: float) -> None:
    assert float(make(recipe).of(torch.tensor(margin))) == pytest.approx(wanted, rel=1e-5)


def batch(model: Any, before: Any, n: int = 3) -> Any:
    """Collate some pairs with what the reference said of them."""
    examples = toy.load("prefer", "en", "train")[:n]
    items = model.head.encode(model, examples, FIT, train=True)
    found = model.head.collate(model, items, train=True)
    known = before(items)
    found.examples = [
        replace(e, inputs={**e.inputs, dpo.REFERENCE: pair})
        for e, pair in zip(examples, known, strict=True)
    ]
    found.count = n
    return found


def start(model: Any) -> Any:
    return lambda items: dpo.likelihoods(model, items, MACHINE)


def loss(recipe: str, model: Any, given: Any) -> Any:
    return make(recipe).loss(plain_loss(Fit()), model, None)(model, given)["preference"]


@pytest.mark.parametrize("architecture", ["llama", "mt5"])
def test_the_gradient_at_the_start(architecture: str, build: Open) -> None:
    """Is minus half of beta times the margin's, as the sigmoid of 0 is a half."""
    model = build("prefer", architecture)
    model.net.eval()
    given, weights = batch(model, start(model)), list(model.net.parameters())
    value = loss("dpo(beta=0.3)", model, given)
    assert float(value.detach()) == pytest.approx(math.log(2), abs=1e-5)
    got = torch.autograd.grad(value, weights, allow_unused=True)
    sums, _ = of_pairs(model, given.items)
    of_margin = torch.autograd.grad((sums[0] - sums[1]).mean(), weights, allow_unused=True)
    for one, other in zip(got, of_margin, strict=True):
        assert (one is None) == (other is None)
        if one is not None:
            assert torch.allclose(one, -0.3 / 2 * other, atol=1e-5, rtol=1e-3)


def test_ratios_are_to_the_reference_and_ipo_takes_means(build: Open) -> None:
    model = build("prefer", "llama")
    model.net.eval()
    given = batch(model, lambda items: [(-1.0, -2.0)] * len(items))
    sums, counts = of_pairs(model, given.items)
    chosen, rejected = (sums[0] + 1).tolist(), (sums[1] + 2).tolist()
    margins = [a - b for a, b in zip(chosen, rejected, strict=True)]
    wanted = sum(math.log1p(math.exp(-0.1 * m)) for m in margins) / 3
    assert float(loss("dpo()", model, given).detach()) == pytest.approx(wanted, rel=1e-4)
    means = [c / n - r / k for c, r, n, k in zip(chosen, rejected, *counts.tolist(), strict=True)]
    wanted = sum((m - 5) ** 2 for m in means) / 3
    ipo = loss("dpo(form='ipo')", model, given)
    assert float(ipo.detach()) == pytest.approx(wanted, rel=1e-4)


@pytest.fixture
def asked(monkeypatch: pytest.MonkeyPatch) -> Iterator[list[int]]:
    """Note how many pairs the reference is asked for, each time that it is."""
    seen: list[int] = []
    before = dpo.likelihoods

    def noting(model: Any, items: Any, machine: Any) -> Any:
        seen.append(len(items))
        return before(model, items, machine)

    monkeypatch.setattr(dpo, "likelihoods", noting)
    return seen


def trained(run: Run, store: Store, **machine: Any) -> Any:
    there = replace(setting(run, store), machine=replace(MACHINE, **machine))
    return pipeline.trained(run, pipeline.access(run, there), there)


def pairs_run(recipe: str = "dpo()", **change: Any) -> Run:
    run = replace(run_of("prefer", "llama"), recipe=recipe)
    return replace(run, fit=replace(FIT, **change))


def weights(model: Any) -> dict[str, torch.Tensor]:
    return {name: value.clone() for name, value in model.net.state_dict().items()}


def same(one: dict[str, torch.Tensor], other: dict[str, torch.Tensor], atol: float = 0) -> bool:
    return all(torch.allclose(value, other[k], atol=atol, rtol=0) for k, value in one.items())


def test_the_reference_is_asked_once(
    asked: list[int], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Not for a resume, nor a finished run, nor a run that starts alike."""
    store, run = Store(tmp_path / "a"), pairs_run()
    plain = weights(trained(run, Store(tmp_path / "b")))
    assert asked == [24]
    update = _Training._update

    def stopped(training: Any, groups: Any, caught: Any, due: bool) -> Any:
        update(training, groups, caught, due)
        return True, True

    with monkeypatch.context() as patch:
        patch.setattr(_Training, "_update", stopped)
        with pytest.raises(Preempted):
            trained(run, store)
    assert asked == [24, 24]
    assert same(weights(trained(run, store)), plain)
    assert same(weights(trained(run, store)), plain)
    for other in (pairs_run("dpo(beta=1.0, form='ipo')"), pairs_run(lr=1e-3)):
        trained(other, store)
    assert asked == [24, 24]
    trained(pairs_run(max_source=5), store)  # other inputs
    assert asked == [24, 24, 24]


def test_micro_batches_move_nothing(tmp_path: Path) -> None:
    whole = weights(trained(pairs_run(), Store(tmp_path / "a")))
    parts = weights(trained(pairs_run(), Store(tmp_path / "b"), micro_tokens=20))
    assert same(whole, parts, atol=1e-5)
    other = weights(trained(pairs_run("dpo(beta=1.0)"), Store(tmp_path / "c")))
    assert not same(whole, other, atol=1e-4)


@pytest.mark.parametrize("form", ["sigmoid", "ipo", "hinge"])
def test_the_margin_grows(form: str, build: Open) -> None:
    model = build("prefer", "llama")
    examples = [
        Example(str(n), "en", {"prompt": str(n), "chosen": "one", "rejected": "two"}, "chosen")
        for n in range(4)
    ]
    items = model.head.encode(model, examples, FIT, train=True)
    before = dpo.likelihoods(model, items, MACHINE)
    asked = [
        replace(e, inputs={**e.inputs, dpo.REFERENCE: pair})
        for e, pair in zip(examples, before, strict=True)
    ]
    loss = make(f"dpo(form='{form}')").loss(plain_loss(FIT), model, None)
    fit(model, asked, fit=replace(FIT, steps=10), seed=0, machine=MACHINE, loss=loss)
    ratios = torch.tensor(dpo.likelihoods(model, items, MACHINE)) - torch.tensor(before)
    assert float((ratios[:, 0] - ratios[:, 1]).min()) > 1


def test_lora_is_all_that_moves(tmp_path: Path, build: Open) -> None:
    """And the reference is the backbone: an adapter does nothing yet."""
    model = trained(pairs_run("lora(r=2) + dpo()"), Store(tmp_path))
    items = model.head.encode(model, toy.load("prefer", "en", "train"), FIT, train=True)
    moved = torch.tensor(dpo.likelihoods(model, items, MACHINE))
    with model.net.disable_adapter():
        still = torch.tensor(dpo.likelihoods(model, items, MACHINE))
    fresh = torch.tensor(start(build("prefer", "llama"))(items))
    assert torch.allclose(still, fresh, atol=1e-4)
    assert not torch.allclose(moved, fresh, atol=1e-2)


@pytest.mark.parametrize(
    ("recipe", "change", "what"),
    [
        ("dpo(form='hinge', label_smoothing=0.1)", {}, "is of the sigmoid, not of hinge"),
        ("dpo()", {"label_smoothing": 0.1}, "no use for fit.label_smoothing"),
        ("dpo()", {"patience": 2}, "patience stops by the chosen"),
        ("smooth() + dpo()", {}, "takes the place of the loss that smooth changes"),
    ],
)
def test_what_it_would_pass_over(recipe: str, change: dict[str, Any], what: str) -> None:
    with pytest.raises(IsoglossError, match=what) as refused:
        pairs_run(recipe, **change).check()
    assert refused.value.hint
    pairs_run("dpo() + smooth()").check()


@pytest.mark.parametrize("text", ["dpo(beta=0)", "dpo(label_smoothing=0.5)", "dpo(form='kto')"])
def test_settings_out_of_range(text: str) -> None:
    with pytest.raises(IsoglossError):
        make(text)
