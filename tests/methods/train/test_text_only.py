"""Text takes the place of the task."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import Any

import pytest
import torch

from isogloss.core.recipe import parse
from isogloss.models.head.objective import Denoised, Masked
from isogloss.models.train.manifest import phases, read
from isogloss.run import pipeline
from isogloss.testing.trace import results, run_of, setting

Open = Callable[..., Any]


def make(text: str) -> Any:
    (method,) = parse(text).methods
    return method


def refuse(*args: Any, **options: Any) -> Any:
    raise AssertionError("the task is trained")


class TestTextOnly:
    @pytest.mark.parametrize(
        ("kind", "architecture", "head"),
        [("generate", "mt5", Denoised), ("classify", "xlm-roberta", Masked)],
    )
    def test_text_takes_the_place_of_the_task(
        self, open_context: Open, build: Open, kind: str, architecture: str, head: type[Any]
    ) -> None:
        method = make("text_only(langs=['sw', 'de'])")
        ctx = open_context(method, kind, architecture)
        seen: list[Any] = []

        def fit(model: Any, examples: Any, **options: Any) -> Any:
            seen.append((type(model.head), [e.lang for e in examples], options))
            return model

        ctx.loops = {"fit": fit}
        ctx.run = replace(ctx.run, fit=replace(ctx.run.fit, steps=10, batch=4, snapshots=3))
        method.train(refuse, ctx)(build(kind, architecture), [])
        # 40 are seen, in turn
        options = {"snapshots": 3, "patience": 0}
        assert seen == [(head, ["sw"] * 20 + ["de"] * 20, options)]
        make("text_only(langs=['sw'], texts=7)").train(refuse, ctx)(build(kind, architecture), [])
        assert seen[1][1] == ["sw"] * 7

    def test_its_snapshots_and_steps_are_the_runs(self) -> None:
        with results() as store:
            run = run_of("classify", "xlm-roberta", make("text_only(langs=['sw'])"))
            here = setting(run, store)
            ctx = pipeline.access(run, here)
            model = pipeline.trained(run, ctx, here)
            (phase,) = phases(ctx.folder)
            assert (read(phase) or {})["steps"] == run.fit.steps
            assert len(ctx.snapshots()) == run.fit.snapshots
            again = pipeline.trained(run, pipeline.access(run, here), here)
            for name, tensor in again.net.state_dict().items():
                assert torch.equal(tensor, model.net.state_dict()[name])
