"""Pre-training goes on before the task, once for all that share it."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
import torch

import isogloss.models.train.fit as loop
from isogloss.core.material import Reading
from isogloss.core.recipe import parse
from isogloss.core.run import Run
from isogloss.core.task import Supply
from isogloss.run import pipeline
from isogloss.store import Store
from isogloss.testing import toy
from isogloss.testing.trace import MACHINE, run_of

Open = Callable[..., Any]
RECIPE = "continue_pretraining(langs=['sw', 'de'], steps=3, lr=0.01)"
TASKS = {f"toy_{kind}": toy.task(kind) for kind in ("classify", "tag", "span", "choose")}


def make(text: str = RECIPE) -> Any:
    (method,) = parse(text).methods
    return method


@pytest.fixture
def steps(monkeypatch: pytest.MonkeyPatch) -> Counter[str]:
    """Count the updates of each objective, by the head that learns."""
    counted: Counter[str] = Counter()
    update = loop._Training._update

    def counting(self: Any, *args: Any) -> Any:
        counted[type(self.model.head).__name__] += 1
        return update(self, *args)

    monkeypatch.setattr(loop._Training, "_update", counting)
    return counted


def do(run: Run, store: Store) -> Any:
    setting = pipeline.Setting(store, MACHINE, TASKS)
    return pipeline.trained(run, pipeline.access(run, setting), setting)


def cells(architecture: str, recipe: str) -> list[Run]:
    """Give two tasks at two rates each, and other sources."""
    runs = [
        replace(run_of(kind, architecture), recipe=recipe) for kind in ("classify", "choose", "tag")
    ]
    slower = [replace(run, fit=replace(run.fit, lr=1e-3)) for run in runs]
    return [*runs, *slower, replace(runs[0], sources=("de",))]


def test_tasks_rates_and_sources_cost_one_pre_training(steps: Counter[str], tmp_path: Path) -> None:
    store = Store(tmp_path)
    runs = cells("xlm-roberta", RECIPE)
    assert len({run.train_key for run in runs}) == 7
    for run in runs:
        do(run, store)
    assert steps["Masked"] == 3
    assert sum(steps.values()) == 3 + 7 * runs[0].fit.steps
    do(replace(runs[0], seed=1), store)
    assert steps["Masked"] == 6


@pytest.mark.parametrize(
    "change",
    [
        "continue_pretraining(langs=['sw', 'de'], steps=3, lr=0.02)",
        "continue_pretraining(langs=['sw'], steps=3, lr=0.01)",
        f"freeze(what=['embeddings']) + {RECIPE}",
    ],
)
def test_other_settings_cost_another(change: str, steps: Counter[str], tmp_path: Path) -> None:
    store, run = Store(tmp_path), run_of("classify", "xlm-roberta")
    do(replace(run, recipe=RECIPE), store)
    do(replace(run, recipe=change), store)
    assert steps["Masked"] == 6


def test_other_text_costs_another(
    steps: Counter[str], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    store, run = Store(tmp_path), run_of("classify", "xlm-roberta")
    do(replace(run, recipe=RECIPE), store)
    task = TASKS["toy_choose"]
    supply = replace(task.supply, gives={"text": lambda lang: ["moja mbili tatu"]}, digests={})
    monkeypatch.setitem(TASKS, "toy_choose", replace(task, supply=supply))
    do(replace(run_of("choose", "xlm-roberta"), recipe=RECIPE), store)
    assert steps["Masked"] == 6


def test_a_stopped_pre_training_goes_on_as_if_undisturbed(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The masks of an update are the same, whether those before it were made just now."""
    run = replace(run_of("classify", "xlm-roberta"), recipe=RECIPE)
    whole = do(run, Store(tmp_path / "whole")).net.state_dict()
    update, made = loop._Training._update, []

    def stopping(self: Any, *args: Any) -> Any:
        made.append(type(self.model.head).__name__)
        if len(made) == 3:
            raise KeyboardInterrupt
        return update(self, *args)

    monkeypatch.setattr(loop._Training, "_update", stopping)
    setting = pipeline.Setting(Store(tmp_path / "cut"), replace(MACHINE, save_every=0), TASKS)
    with pytest.raises(KeyboardInterrupt):
        pipeline.trained(run, pipeline.access(run, setting), setting)
    again = pipeline.trained(run, pipeline.access(run, setting), setting).net.state_dict()
    assert made.count("Masked") == 3 + 1
    assert all(torch.equal(again[name], tensor) for name, tensor in whole.items())


def test_a_finished_run_does_without_its_text(
    steps: Counter[str], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    store, run = Store(tmp_path), replace(run_of("classify", "xlm-roberta"), recipe=RECIPE)
    before = do(run, store).net.state_dict()
    monkeypatch.setitem(TASKS, run.task, replace(TASKS[run.task], supply=Supply()))
    after = do(run, store).net.state_dict()
    assert all(torch.equal(after[name], tensor) for name, tensor in before.items())
    assert steps["Masked"] == 3


def test_the_task_starts_from_what_was_learned(open_context: Open, build: Open) -> None:
    for architecture in ("xlm-roberta", "mt5", "mbart", "llama"):
        model, plain = build("classify", architecture), build("classify", architecture)
        method = make()
        method.model(model, open_context(method, "classify", architecture))
        moved = {
            name
            for (name, p), q in zip(
                model.net.named_parameters(), plain.net.parameters(), strict=True
            )
            if not torch.equal(p, q)
        }
        assert moved
        assert not [name for name in moved if name.startswith("classifier")]


def test_sources_are_mixed_in_by_share(open_context: Open) -> None:
    method = make("continue_pretraining(langs=['sw', 'de'], steps=10, share=0.5)")
    ctx = open_context(method)
    texts = method._texts(ctx)
    assert {lang: len(each) for lang, each in texts.items()} == {"sw": 10, "de": 10, "en": 20}
    assert Reading("text", ("en",), "model") in method.reads(ctx.run)
    assert method.reads(replace(ctx.run, sources=("sw",))) == make(
        "continue_pretraining(langs=['sw', 'de'], steps=10)"
    ).reads(ctx.run)


def test_both_are_announced_for_the_training(open_context: Open) -> None:
    method = make()
    assert method.reads(open_context(method).run) == (
        Reading("text", ("sw",), "model"),
        Reading("text", ("de",), "model"),
    )
