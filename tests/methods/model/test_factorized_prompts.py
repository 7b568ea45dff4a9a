"""Language parts are learned on text and kept; a new task part learns the task."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
import torch

from isogloss.core.errors import IsoglossError
from isogloss.core.recipe import parse
from isogloss.models.family.module import input_table
from isogloss.testing import tiny, toy
from isogloss.testing.trace import FIT, MACHINE

Open = Callable[..., Any]
RECIPE = "factorized_prompts(langs=['sw', 'de'], length=4, part=3, steps=5)"


def make(recipe: str = RECIPE) -> Any:
    (method,) = parse(recipe).methods
    return method


@pytest.mark.parametrize("architecture", ["mt5", "mbart", "llama"])
def test_two_phases(architecture: str, open_context: Open, build: Open) -> None:
    from isogloss.models.train.fit import fit

    method = make()
    ctx = open_context(method, "generate", architecture)
    model = method.model(build("generate", architecture), ctx)
    assert model.trained == (4 + 3 * 3) * tiny.WIDTH
    first = input_table(model).parts.detach().clone()
    seen: list[Any] = []

    def train(model: Any, examples: Any, **options: Any) -> Any:
        seen.append((examples, options))
        settings = replace(FIT, **options)
        return fit(model, examples, fit=settings, seed=0, machine=MACHINE)

    gold = toy.load("generate", "en", "train")
    method.train(train, ctx)(model, gold)
    (texts, options), (examples, later) = seen
    assert {e.lang for e in texts} == {"en", "sw", "de"}
    assert options == {"steps": 5, "snapshots": 1, "patience": 0}
    assert (examples, later) == (gold, {})
    moved = (input_table(model).parts != first).any(1)
    assert moved.all()  # those of each language
    assert model.trained == 4 * tiny.WIDTH  # parts are frozen by now


def test_parts_do_not_move_on_the_task(open_context: Open, build: Open) -> None:
    from isogloss.models.train.fit import fit

    method = make()
    ctx = open_context(method)
    model = method.model(build(), ctx)
    table = input_table(model)
    states: list[tuple[torch.Tensor, torch.Tensor]] = []

    def train(model: Any, examples: Any, **options: Any) -> Any:
        states.append((table.prompt.detach().clone(), table.parts.detach().clone()))
        settings = replace(FIT, **options)
        return fit(model, examples, fit=settings, seed=0, machine=MACHINE)

    method.train(train, ctx)(model, toy.load("generate", "en", "train"))
    (_, before), (started, learned) = states
    assert not torch.equal(before, learned)
    assert torch.equal(table.parts, learned)
    assert not torch.equal(table.prompt, started)


def test_a_finished_training_comes_back(open_context: Open, build: Open, tmp_path: Path) -> None:
    from isogloss.models.train.fit import fit

    method, found = make(), []
    for _ in range(2):
        ctx, phases = open_context(method), iter((1, 2))

        def train(model: Any, examples: Any, phases: Any = phases, **options: Any) -> Any:
            settings = replace(FIT, **options)
            folder = tmp_path / f"phase-{next(phases)}"
            return fit(model, examples, fit=settings, seed=0, machine=MACHINE, folder=folder)

        model = method.model(build(), ctx)
        method.train(train, ctx)(model, toy.load("generate", "en", "train"))
        table = input_table(model)
        found.append(torch.cat([table.prompt, table.parts]))
    assert torch.equal(*found)


def test_inputs_get_their_languages_part(open_context: Open, build: Open) -> None:
    method = make()
    model = method.model(build(), open_context(method))
    (example, *_) = toy.load("generate", "en", "train")
    ids = {
        lang: model.head.encode(model, [replace(example, lang=lang)], FIT, train=False)[0]
        .features["input_ids"][:7]
        for lang in ("en", "sw", "de", "es")
    }  # fmt: skip
    assert ids["en"] == ids["es"]  # it has none of its own, and the rows say so
    assert len({tuple(each) for each in ids.values()}) == 3
    assert len({tuple(each[:4]) for each in ids.values()}) == 1
    assert model.note == ["prompt of en where a language is none of en, sw, de"]


@pytest.mark.parametrize("settings", ["langs=[]", "langs=['sw'], part=0", "langs=['sw'], length=0"])
def test_settings_out_of_range(settings: str) -> None:
    with pytest.raises(IsoglossError, match="must be"):
        make(f"factorized_prompts({settings})")


def test_refusals(open_context: Open) -> None:
    method = make("factorized_prompts(langs=['en'])")
    with pytest.raises(IsoglossError, match="no language but the sources"):
        method.check(open_context(method).run)
    assert method.misfit("classify", "decoder")
    assert method.misfit("generate", "encoder")
