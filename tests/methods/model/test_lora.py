"""Low-rank updates are trained, and the rest is not."""

from __future__ import annotations

import importlib.util
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
import torch

from isogloss.core.errors import IsoglossError
from isogloss.core.recipe import parse
from isogloss.core.run import Fit
from isogloss.testing import toy
from isogloss.testing.trace import MACHINE

Open = Callable[..., Any]


def make(text: str) -> Any:
    (method,) = parse(text).methods
    return method


def trained(model: Any) -> set[str]:
    return {name for name, p in model.net.named_parameters() if p.requires_grad}


class TestLora:
    @pytest.mark.parametrize("architecture", ["mt5", "mbart", "llama", "xlm-roberta"])
    def test_targets(self, architecture: str, open_context: Open, build: Open) -> None:
        counts = {}
        for targets in ("query_value", "attention", "all_linear"):
            method = make(f"lora(r=2, targets='{targets}')")
            model = method.model(build("classify", architecture), open_context(method, "classify"))
            names = trained(model)
            assert all("lora_" in n or "modules_to_save" in n for n in names)
            assert any("modules_to_save" in n for n in names) == (architecture == "xlm-roberta")
            counts[targets] = sum("lora_A" in n for n in names)
        layers = 6 if model.family.name == "encoder_decoder" else 2
        assert counts["query_value"] == 2 * layers
        assert counts["attention"] == 4 * layers
        assert counts["attention"] < counts["all_linear"]

    def test_an_encoders_head_really_trains(self, open_context: Open, build: Open) -> None:
        from isogloss.models.train.fit import fit

        method = make("lora(r=2)")
        model = method.model(build("classify", "xlm-roberta"), open_context(method, "classify"))
        before = {n: p.detach().clone() for n, p in model.net.named_parameters()}
        fit(model, toy.load("classify", "en", "train"), fit=Fit(steps=3, batch=4, lr=1e-2),
            seed=0, machine=MACHINE)  # fmt: skip
        moved = {n for n, p in model.net.named_parameters() if not torch.equal(p, before[n])}
        assert moved == trained(model)

    def test_comes_back_in_plain_peft(
        self, open_context: Open, build: Open, tmp_path: Path
    ) -> None:
        from peft import AutoPeftModelForSeq2SeqLM

        from isogloss.models.save import export

        method = make("lora(r=2)")
        model = method.model(build(), open_context(method))
        with torch.no_grad():
            for name, p in model.net.named_parameters():
                if "lora_B" in name:
                    p.normal_()
        export(model, tmp_path / "out")
        plain = AutoPeftModelForSeq2SeqLM.from_pretrained(tmp_path / "out").eval()
        ids = torch.tensor([[30, 31, 32]])
        with torch.no_grad():
            ours, theirs = (n.eval()(input_ids=ids, labels=ids).loss for n in (model.net, plain))
        assert ours == pytest.approx(float(theirs), rel=1e-5)

    def test_quantized_needs_the_extra(
        self, open_context: Open, build: Open, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        import sys

        monkeypatch.setitem(sys.modules, "bitsandbytes", None)
        method = make("lora(quantize='4bit')")
        with pytest.raises(IsoglossError, match=r"isogloss\[quant\]"):
            method.model(build(), open_context(method))

    @pytest.mark.skipif(not importlib.util.find_spec("bitsandbytes"), reason="extra `quant`")
    @pytest.mark.parametrize("bits", ["4bit", "8bit"])
    def test_quantized_trains(
        self, bits: str, open_context: Open, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        import tiny as checkpoints
        from isogloss.models.load import build
        from isogloss.models.train.fit import fit

        monkeypatch.setattr(checkpoints, "WIDTH", 64)  # narrower layers are not squeezed
        folder = checkpoints.checkpoint("mbart", tmp_path)
        method = make(f"lora(r=2, quantize='{bits}')")
        model = method.model(build(str(folder), toy.task("generate")), open_context(method))
        kinds = [type(m).__name__ for m in model.net.modules()]
        assert {"4bit": "Linear4bit", "8bit": "Linear8bitLt"}[bits] in kinds
        before = {n: p.detach().clone() for n, p in model.net.named_parameters()}
        fit(model, toy.load("generate", "en", "train"), fit=Fit(steps=3, batch=4, lr=1e-2),
            seed=0, machine=MACHINE)  # fmt: skip
        moved = {n for n, p in model.net.named_parameters() if not torch.equal(p, before[n])}
        assert moved == trained(model)
