"""Text takes the place of the task."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import Any

from isogloss.core.recipe import parse
from isogloss.testing import toy

Open = Callable[..., Any]


def make(text: str) -> Any:
    (method,) = parse(text).methods
    return method


def train(kind: str = "generate") -> list[Any]:
    return toy.load(kind, "en", "train")


class TestTextOnly:
    def test_text_takes_the_place_of_the_task(self, open_context: Open) -> None:
        method = make("text_only(langs=['sw', 'de'])")
        ctx = open_context(method)
        ctx.run = replace(ctx.run, fit=replace(ctx.run.fit, steps=20, batch=4))
        made = method.data(train(), ctx)
        assert [e.lang for e in made] == ["sw"] * 40 + ["de"] * 40  # 80 are seen, of 29 texts each
        assert all("<extra_id_0>" in e.inputs["raw"] for e in made)
        assert len(make("text_only(langs=['sw'], texts=7)").data(train(), ctx)) == 7
