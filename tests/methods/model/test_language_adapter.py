"""A language's adapters are trained on its text, and swapped under what the task has taught."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
import torch

from isogloss.core.errors import IsoglossError
from isogloss.core.material import TARGET, Reading
from isogloss.core.recipe import parse
from isogloss.core.run import Run
from isogloss.models.addition import stack
from isogloss.run import pipeline
from isogloss.store import Store
from isogloss.testing import toy
from isogloss.testing.trace import results, run_of, setting, shared

LANGUAGE = "language_adapter(steps=3, lr=0.01, batch=4, size=4)"
RECIPES = (f"{LANGUAGE} + adapter(size=2)", f"{LANGUAGE} + lora(r=2)")


def made(kind: str, architecture: str, recipe: str = RECIPES[0], **fields: Any) -> Run:
    return replace(run_of(kind, architecture), recipe=recipe, **fields)


@contextmanager
def updates() -> Iterator[list[int]]:
    """Count the updates by the number of tensors that they moved."""
    from torch.optim.optimizer import register_optimizer_step_pre_hook

    seen: list[int] = []

    def look(optimizer: Any, *_: Any) -> None:
        seen.append(sum(len(group["params"]) for group in optimizer.param_groups))

    handle = register_optimizer_step_pre_hook(look)
    try:
        yield seen
    finally:
        handle.remove()


def answers(run: Run, langs: Sequence[str], store: Store) -> dict[str, Any]:
    """Do a run in the production pipeline, and ask it in some languages."""
    settings = setting(run, store)
    with shared():
        ctx = pipeline.access(run, settings)
        model = pipeline.trained(run, ctx, settings)
        kind = ctx.task.kind
        return {
            lang: pipeline.predicted(run, model, lang, toy.load(kind, lang, "test"), ctx)
            for lang in langs
        }


@pytest.mark.parametrize("recipe", RECIPES)
@pytest.mark.parametrize(
    ("kind", "architecture"),
    [("tag", "xlm-roberta"), ("generate", "mt5"), ("classify", "mbart"), ("generate", "llama")],
)
def test_a_second_target_retrains_nothing(kind: str, architecture: str, recipe: str) -> None:
    run = made(kind, architecture, recipe)
    with results() as store:
        with updates() as first:
            once = answers(run, ["sw"], store)
        assert len(first) == 3 + 2 + 3  # the source's text, the task, the target's text
        with updates() as second:
            both = answers(run, ["sw", "de"], store)
        assert len(second) == 3
        assert both["sw"] == once["sw"]
        with updates() as third:
            assert answers(run, ["sw", "de", "en"], store)["de"] == both["de"]
        assert not third


def test_tasks_rates_and_recipes_share_a_languages_adapters() -> None:
    run = made("tag", "xlm-roberta")
    others = [
        replace(run, fit=replace(run.fit, lr=0.02)),
        replace(run, recipe=RECIPES[1]),
        made("classify", "xlm-roberta"),
    ]
    with results() as store:
        answers(run, ["sw"], store)
        for other in others:
            with updates() as seen:
                answers(other, ["sw"], store)
            assert len(seen) == 2
        with updates() as seen:
            answers(replace(run, seed=1), ["sw"], store)
        assert len(seen) == 8


def test_what_is_trained_and_what_is_not() -> None:
    run = made("tag", "xlm-roberta")
    with results() as store, updates() as seen, shared():
        settings = setting(run, store)
        ctx = pipeline.access(run, settings)
        model = pipeline.trained(run, ctx, settings)
        assert [each.name for each in model.additions] == ["language", "invertible", "adapter"]
        moving = {name for name, p in model.net.named_parameters() if p.requires_grad}
        assert all(".adapter." in name or name.startswith("classifier") for name in moving)
        # Two blocks' language adapters and the invertible one; then the task's and its head.
        assert seen == 3 * [2 * 4 + 8] + 2 * [2 * 4 + 2]

        before = {name: p.detach().clone() for name, p in model.net.named_parameters()}
        swapped = pipeline.adapted(run, model, "sw", ctx)
        changed = {n for n, p in swapped.net.named_parameters() if not torch.equal(p, before[n])}
        assert changed == {n for n in before if ".language." in n or ".invertible." in n}
        assert pipeline.adapted(run, model, "en", ctx) is model


@pytest.mark.parametrize(("target", "steps"), [("keep", 5), ("off", 5), ("swap", 8)])
def test_references_need_no_text_of_the_target(target: str, steps: int) -> None:
    recipe = RECIPES[0].replace("size=4", f"size=4, target='{target}'")
    run = made("tag", "xlm-roberta", recipe)
    with results() as store, updates() as seen:
        answers(run, ["sw"], store)
        assert len(seen) == steps
    swap = target == "swap"
    assert run.parsed.needs == (("target_text",) if swap else ())
    announced = parse(recipe).methods[0].reads(run)
    wanted = [Reading("text", ("en",), "model"), Reading("text", (TARGET,), "adapt")]
    assert list(announced) == wanted[: 1 + swap]


@pytest.mark.parametrize(
    ("recipe", "message", "hint"),
    [
        (f"adapter() + {LANGUAGE}", "can't be added to a model that has adapter", "before adapter"),
        (f"{LANGUAGE} + adapter() + lora()", "lora can't be added", "keep one"),
        (f"{LANGUAGE} + {LANGUAGE}", "language_adapter can't be added", "keep one"),
        (f"{LANGUAGE} + tag(lang='eu', new=True)", "the addition 'language'", "before"),
    ],
)
def test_plan_refuses_what_cant_be_stacked(recipe: str, message: str, hint: str) -> None:
    run = made("generate", "mbart", recipe)
    with pytest.raises(IsoglossError, match=message) as caught:
        run.check()
    assert hint in caught.value.hint


def test_one_source_and_its_blocks_are_asked_for() -> None:
    run = made("tag", "xlm-roberta", sources=("en", "de"))
    with pytest.raises(IsoglossError, match="takes one source; the run has en, de"):
        run.check()


def test_swapping_another_make_is_refused(build: Callable[..., Any]) -> None:
    from isogloss.core.addition import Added

    models = [build("tag", "xlm-roberta") for _ in range(2)]
    for size, model in enumerate(models, 2):
        stack.add(model, Added("language", "adapter", {"size": size}), seed=0)
    with pytest.raises(IsoglossError, match="addition of another make"):
        stack.swap(models[0], "language", stack.tensors(models[1], "language"))


@pytest.mark.parametrize("recipe", RECIPES)
@pytest.mark.parametrize("architecture", ["xlm-roberta", "mbart", "llama"])
def test_an_export_answers_alike(architecture: str, recipe: str, tmp_path: Path) -> None:
    from isogloss.models.save import export, load, written

    run = made("classify", architecture, recipe)
    with results() as store, shared():
        settings = setting(run, store)
        ctx = pipeline.access(run, settings)
        model = pipeline.trained(run, ctx, settings)
        model = pipeline.adapted(run, model, "sw", ctx)
        folder = export(model, tmp_path / "out", lang="sw", fit=run.fit)
        assert written(folder).form == "own"
        again = load(folder)
        asked = [{"text": each.inputs["text"]} for each in toy.load("classify", "sw", "test")]
        assert again.additions == model.additions
        assert again.answer(asked, "sw") == model.answer(asked, "sw")
