"""Shots and text of the targets are mixed into training."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import Any

import pytest

from isogloss.core.recipe import parse
from isogloss.testing import toy

Open = Callable[..., Any]


def make(text: str) -> Any:
    (method,) = parse(text).methods
    return method


def train(kind: str = "generate") -> list[Any]:
    return toy.load(kind, "en", "train")


class TestMixIn:
    def test_labelled_shots(self, open_context: Open) -> None:
        method = make("mix_in(langs=['sw', 'de'], count=3, labels=True)")
        assert method.needed() == ("target_labels",)
        mixed = method.data(train("tag"), open_context(method, "tag"))
        assert mixed[: len(train("tag"))] == train("tag")
        added = mixed[len(train("tag")) :]
        assert [e.lang for e in added] == ["sw"] * 3 + ["de"] * 3
        assert {e.origin for e in added} == {"mixed"}
        assert all(e.target is not None for e in added)
        other = make("mix_in(langs=['sw', 'de'], count=3, labels=True, draw=1)")
        assert other.data(train("tag"), open_context(other, "tag")) != mixed

    def test_text_holds_its_share(self, open_context: Open) -> None:
        method = make("mix_in(langs=['sw', 'de'], share=0.2)")
        assert method.needed() == ("target_text",)
        ctx = open_context(method)
        ctx.run = replace(ctx.run, fit=replace(ctx.run.fit, steps=30, batch=4))
        mixed = method.data(train(), ctx)
        added = [e for e in mixed if e.origin == "mixed"]
        assert len(mixed) - len(added) == 5 * len(train())  # 120 are seen, of 24
        assert len(added) / len(mixed) == pytest.approx(0.2, abs=0.01)
        assert {e.lang for e in added} == {"sw", "de"}
        assert all("<extra_id_0>" in e.inputs["raw"] for e in added)
        assert len({(e.inputs["raw"], e.target) for e in added}) > len(added) / 2

    def test_text_by_count(self, open_context: Open) -> None:
        method = make("mix_in(langs=['sw'], count=50)")  # there are 29 texts
        mixed = method.data(train(), open_context(method))
        assert len(mixed) == len(train()) + 50
        spoilt = [e.inputs["raw"] for e in mixed[len(train()) :]]
        assert len(set(spoilt)) > len(set(spoilt[:29]))  # other noise the second time

    def test_continuation_for_decoders(self, open_context: Open) -> None:
        method = make("mix_in(langs=['sw'], count=5)")
        mixed = method.data(train(), open_context(method, "generate", "llama"))
        texts = {f"{e.inputs['raw']} {e.target}" for e in mixed[len(train()) :]}
        assert texts <= set(toy.task("generate").supply.gives["text"]("sw"))

    def test_refusals(self) -> None:
        method = make("mix_in(langs=['sw'])")
        assert "labels=True" in method.misfit("classify", "decoder")
        assert "encoder" in method.misfit("generate", "encoder")
        assert not make("mix_in(langs=['sw'], labels=True)").misfit("classify", "encoder")
