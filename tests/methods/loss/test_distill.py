"""A teacher of any family says once what students learn, and is not opened again."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
import torch

from isogloss import plugin
from isogloss.core.errors import IsoglossError
from isogloss.core.recipe import parse
from isogloss.core.run import Run
from isogloss.methods.loss.distill import divergence
from isogloss.models.decode.soft import NEVER, soft
from isogloss.models.devices import Processes
from isogloss.models.train import buckets
from isogloss.models.train import fit as loop
from isogloss.models.train.fit import plain_loss
from isogloss.models.train.update import Updates
from isogloss.run import material
from isogloss.run.pipeline import access, execute
from isogloss.store import Store
from isogloss.testing import check_method, tiny, toy
from isogloss.testing.record import swapped
from isogloss.testing.trace import FIT, MACHINE, Trace, run_of, setting, trace

Open = Callable[..., Any]
TAUGHT = ("classify", "tag", "choose")
"""Kinds with labels or options."""


def taught(kind: str, teacher: str, more: str = "", student: str = "xlm-roberta") -> Run:
    recipe = f"distill(teacher={str(tiny.backbone(teacher))!r}{more})"
    return replace(run_of(kind, student), recipe=recipe)


@pytest.mark.parametrize("kind", TAUGHT)
@pytest.mark.parametrize("architecture", ["xlm-roberta", "mt5", "llama"])
def test_every_family_says_how_likely_choices_are(
    kind: str, architecture: str, build: Open
) -> None:
    examples = toy.load(kind, "en", "train")[:5]
    said = soft(build(kind, architecture), examples, fit=FIT, machine=MACHINE)
    for example, each in zip(examples, said, strict=True):
        decisions = len(example.inputs["words"]) if "words" in example.inputs else 1
        assert len(each) == decisions
        torch.testing.assert_close(each.exp().sum(-1), torch.ones(decisions))


def test_divergence() -> None:
    ours = [{0: torch.tensor([1.0, 0.0, 2.0])}, {0: torch.tensor([0.5, 0.5]), 7: torch.zeros(2)}]
    theirs = [torch.tensor([[0.0, -1.0, NEVER]]), torch.tensor([[0.0, NEVER]])]
    expected = 0.0
    for row, goal in ((ours[0][0], theirs[0][0]), (ours[1][0], theirs[1][0])):
        p, q = (goal / 2).softmax(0), (row / 2).softmax(0)
        expected += 4 * float(sum(x * (x / y).log() for x, y in zip(p, q, strict=True) if x > 0))
    assert float(divergence(ours, theirs, 2.0)) == pytest.approx(expected, rel=1e-5)
    assert float(divergence(ours[:1], [ours[0][0][None].log_softmax(-1)], 2.0)) < 1e-6
    cut = torch.full((1, 3), float("nan"))
    assert float(divergence(ours[:1], [cut], 2.0)) == 0


@pytest.mark.parametrize("more", ["", ", level='sentence'"])
def test_micro_batches_give_equal_gradients(more: str, open_context: Open, build: Open) -> None:
    (method,) = taught("tag", "mt5", more).parsed.methods
    model, examples = build("tag", "xlm-roberta"), toy.load("tag", "en", "train")[:6]
    loss = method.loss(plain_loss(FIT), model, open_context(method, "tag", "xlm-roberta"))
    model.net.eval()
    items, found = model.head.encode(model, examples, FIT, train=True), []
    for tokens in (10_000, 1):
        machine = replace(MACHINE, micro_tokens=tokens)
        updates = Updates(
            model, loss, examples, items,
            fit=FIT, seed=0, machine=machine, processes=Processes(machine),
        )  # fmt: skip
        _, sizes = updates.gradients(buckets.grouped(items), 3)
        trained = [*model.net.named_parameters(), *loss.named_parameters()]
        grads = {name: p.grad.clone() for name, p in trained if p.grad is not None}
        found.append((float(sizes["distill"]), grads))
        model.net.zero_grad()
        loss.zero_grad()
    whole, parts = found
    assert whole[0] > 0
    assert parts[0] == pytest.approx(whole[0], rel=1e-5)
    for name, grad in whole[1].items():
        torch.testing.assert_close(parts[1][name], grad, rtol=1e-3, atol=1e-6)


@pytest.fixture
def built(monkeypatch: pytest.MonkeyPatch) -> Counter[str]:
    """Count the backbones that are opened."""
    from isogloss.models import load

    counts: Counter[str] = Counter()
    build = load.build

    def counting(found: Any, *given: Any, **options: Any) -> Any:
        counts[Path(found.name).name] += 1
        return build(found, *given, **options)

    monkeypatch.setattr(load, "build", counting)
    return counts


@pytest.mark.parametrize("more", ["", ", level='sentence'", ", level='sentence', langs=['sw']"])
def test_the_teacher_is_asked_once(more: str, tmp_path: Path, built: Counter[str]) -> None:
    run, store = taught("classify", "mt5", f"{more}, lr=0.01"), Store(tmp_path)
    execute(run, [("sw", "test")], setting(run, store))
    assert built == {"xlm-roberta": 1, "mt5": 1}
    execute(run, [("sw", "test"), ("de", "test")], setting(run, store))
    assert built == {"xlm-roberta": 2, "mt5": 1}
    other = replace(run, fit=replace(run.fit, lr=0.02))
    execute(other, [("sw", "test")], setting(other, store))
    assert built == {"xlm-roberta": 3, "mt5": 1}


@pytest.mark.parametrize("more", ["", ", level='sentence'"])
def test_resumed_it_goes_on_without_the_teacher(
    more: str, tmp_path: Path, built: Counter[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    run = taught("tag", "mt5", more)
    whole = trace(run, Store(tmp_path / "whole"))
    store, update = Store(tmp_path / "stopped"), loop._Training._update
    built.clear()

    def crash(training: Any, *given: Any) -> Any:
        if training.step and training.folder.parent.name == run.train_key:
            raise KeyboardInterrupt
        return update(training, *given)

    with monkeypatch.context() as patch:
        patch.setattr(loop._Training, "_update", crash)
        with pytest.raises(KeyboardInterrupt):
            trace(run, store)
    assert built == {"xlm-roberta": 1, "mt5": 1}
    resumed: Trace = trace(run, store)
    assert built == {"xlm-roberta": 2, "mt5": 1}
    assert resumed.trained == whole.trained


def test_the_teachers_backbone_is_part_of_the_identity(tmp_path: Path) -> None:
    run = taught("classify", "mt5")
    ctx = access(run, setting(run, Store(tmp_path)))
    read = replace(run, material=material.table(run, ctx.digest))
    (teacher,) = read.parts
    assert teacher.revision
    assert teacher.model == str(tiny.backbone("mt5"))
    changed = tuple((*each[:2], each[2] + "x" * (each[0] == "backbone")) for each in read.material)
    old = replace(read, material=changed)
    assert old.train_key != read.train_key
    assert material.changed(old, ctx.digest) == [f"the backbone {teacher.model}"]


@pytest.mark.slow
@pytest.mark.parametrize(
    "example",
    ["distill(teacher='mini/mt5', level='sentence')",
     "distill(teacher='mini/mt5', level='sentence', langs=['sw'], recipe='untouched()')"],
)  # fmt: skip
def test_conformance_of_vectors(example: str) -> None:
    with swapped(plugin.method("distill"), example=example):
        check_method("distill")


@pytest.mark.parametrize(
    ("recipe", "says"),
    [
        ("distill(teacher='mini/xlm')", "mini/xlm"),
        (
            "distill(teacher='mini/xlmr', langs=['sw'])",
            "leave langs out, or write level='sentence'",
        ),
    ],
)
def test_wrong_settings(recipe: str, says: str) -> None:
    with pytest.raises(IsoglossError, match=says):
        Run("t", "m", ("en",), recipe, task_version="1").check()


def test_misfits() -> None:
    (labels,) = parse("distill(teacher='mini/xlmr')").methods
    (vectors,) = parse("distill(teacher='mini/xlmr', level='sentence')").methods
    suited = {kind for kind in plugin.names("kind") if not labels.misfit(kind, "encoder")}
    assert suited >= {*TAUGHT}
    assert not suited & {"generate", "span", "retrieve"}
    assert "encoders" in labels.misfit("tag", "decoder")
    assert not any(vectors.misfit(kind, "decoder") for kind in plugin.names("kind"))
