"""LML and LMEM, against plain transformers, text by text."""

from __future__ import annotations

from pathlib import Path
from statistics import fmean
from typing import Any

import pytest
import torch

import tiny
from isogloss.core.errors import IsoglossError
from isogloss.core.machine import Machine
from isogloss.mini import world
from isogloss.models.similarity import fill, memory, span
from isogloss.testing import tiny as bytewise

TEXTS = {"en": world.corpus("en", 12), "te": ["a", *world.corpus("te", 12)]}


def losses(logits: Any, labels: Any) -> Any:
    return torch.nn.functional.cross_entropy(logits, labels, reduction="none")


def masked(model: Any, gap: fill.Gap) -> tuple[list[float], list[bool]]:
    """Fill in one text by a masked language model."""
    hidden = [place for first, end in gap.gone for place in range(first, end)]
    ids = torch.tensor([[0, *gap.ids, 2]])
    shown = ids.clone()
    for place in hidden:
        shown[0, 1 + place] = model.tokenizer.mask_token_id
    with torch.no_grad():
        logits = model.net(input_ids=shown).logits[0]
    at = torch.tensor(hidden) + 1
    guesses = logits.argmax(-1)
    right = [bool((guesses == ids[0])[1 + a : 1 + b].all()) for a, b in gap.gone]
    return losses(logits[at], ids[0, at]).tolist(), right


def spanned(model: Any, gap: fill.Gap) -> tuple[list[float], list[bool]]:
    """Fill in one text by a T5-like model."""
    marks = fill._sentinels(model)
    end = model.tokenizer.eos_token_id
    shown = torch.tensor([[*span.spoil(gap.ids, gap.gone, marks), end]])
    target = torch.tensor([[*span.answer(gap.ids, gap.gone, marks), end]])
    with torch.no_grad():
        logits = model.net(input_ids=shown, labels=target).logits[0]
        longest = 2 * target.shape[1]
        written = model.net.generate(input_ids=shown, max_new_tokens=longest)[0, 1:].tolist()
    kept = ~torch.isin(target[0], torch.tensor([*marks, end]))
    given = span.read(written, marks, end)
    right = [gap.ids[a:b] == each for (a, b), each in zip(gap.gone, given, strict=False)]
    return losses(logits[kept], target[0, kept]).tolist(), right


@pytest.mark.parametrize("name", ["mini/xlmr", "mini/mt5"])
def test_plain_transformers(name: str) -> None:
    found = memory(name, TEXTS, seed=3)
    assert list(found) == ["en", "te"]
    model = fill._opened(name)
    model.net.eval()
    marks = fill._sentinels(model) if name == "mini/mt5" else []
    for lang, texts in TEXTS.items():
        gaps = fill._gaps(model, lang, texts, marks, 3)
        each = [(spanned if marks else masked)(model, gap) for gap in gaps]
        assert len(gaps) <= 12
        expected = {
            "lml": fmean(loss for answer in each for loss in answer[0]),
            "lmem": fmean(hit for answer in each for hit in answer[1]),
            "spans": sum(len(answer[1]) for answer in each),
        }
        assert found[lang] == pytest.approx(expected, abs=1e-4)


@pytest.mark.parametrize("name", ["mini/xlmr", "mini/mt5"])
def test_batch_size_and_seed(name: str) -> None:
    found = memory(name, TEXTS, machine=Machine(device="cpu", micro_tokens=40))
    again = memory(name, {"tel": TEXTS["te"]})
    assert again["te"] == pytest.approx(found["te"], abs=1e-4)
    assert memory(name, TEXTS, seed=1)["en"]["lml"] != found["en"]["lml"]


def test_seen_text_is_known_better() -> None:
    seen = {"en": world.corpus("en", 60)}
    strange = {"en": [" ".join(reversed(text.split())) + " of" for text in seen["en"]]}
    known, unknown = memory("mini/xlmr", seen)["en"], memory("mini/xlmr", strange)["en"]
    assert known["lml"] < unknown["lml"] - 0.5
    assert known["lmem"] > unknown["lmem"] + 0.1


def test_cut_texts_are_told(caplog: pytest.LogCaptureFixture) -> None:
    memory("mini/xlmr", {"fr": ["deux jours " * 300, "deux jours"]})
    assert "1 of 2 texts in 'fr' are cut to 510 tokens" in caplog.text


def test_more_spans_than_sentinels() -> None:
    folder = str(bytewise.backbone("mt5"))
    assert memory(folder, {"en": ["word " * 200]})["en"]["spans"] == 20


@pytest.mark.parametrize(
    ("name", "why"),
    [
        ("mini/gpt", "not trained to fill in"),
        ("mini/nllb", "not trained to fill in"),
        ("mini/mbart", "not trained to fill in"),
        ("t5", "no sentinels"),
    ],
)
def test_not_defined(checkpoints: Path, name: str, why: str) -> None:
    name = name if "/" in name else str(tiny.checkpoint(name, checkpoints))
    with pytest.raises(IsoglossError, match=why) as error:
        memory(name, TEXTS)
    assert "mini/xlmr" in error.value.hint


def test_no_output_layer(checkpoints: Path, tmp_path: Path) -> None:
    """A classifier that was saved alone has lost the layer that fills in words."""
    import transformers as t

    folder = tiny.checkpoint("xlmr", checkpoints)
    t.AutoModel.from_pretrained(folder).save_pretrained(tmp_path)
    t.AutoTokenizer.from_pretrained(folder).save_pretrained(tmp_path)
    with pytest.raises(IsoglossError, match="lack the layer"):
        memory(str(tmp_path), TEXTS)


def test_bad_texts() -> None:
    with pytest.raises(IsoglossError, match="no text to fill in"):
        memory("mini/xlmr", {})
    with pytest.raises(IsoglossError, match="no text in 'en' has two tokens"):
        memory("mini/xlmr", {"en": ["", "5"]})
    with pytest.raises(IsoglossError, match="one string"):
        memory("mini/xlmr", {"en": "one text"})
    with pytest.raises(IsoglossError, match="unknown language"):
        memory("mini/xlmr", {"klingon": ["one text"]})
