"""Backbones as users have them: finetuned, or with a tokenizer of another network."""

from __future__ import annotations

import json
import shutil
from pathlib import Path

import pytest
import torch

from command import call
from isogloss.store import Store

STUDY = """
name = "tuned"
tasks = ["mine"]
models = ["{model}"]
targets = ["fr"]
[fit]
steps = 2
batch = 4
lr = 1e-3
[recipes]
asis = "untouched()"
[task.mine]
kind = "classify"
files = "data/{{lang}}/{{split}}.jsonl"
"""
TEXTS = ("five days", "la ville", "zwei Wochen", "the ship sails", "to the city", "two")


def finetuned(model: str, folder: Path, labels: tuple[str, ...]) -> dict[str, str]:
    """Save the model with a classifier; give each text's label by transformers alone."""
    from transformers import AutoModelForSequenceClassification, AutoTokenizer, utils

    utils.logging.set_verbosity_error()
    utils.logging.disable_progress_bar()
    shutil.copytree(model, folder)
    numbers = dict(enumerate(labels))
    with torch.random.fork_rng(devices=[]), torch.no_grad():
        torch.manual_seed(3)
        net = AutoModelForSequenceClassification.from_pretrained(
            model, id2label=numbers, label2id={label: n for n, label in numbers.items()}
        )
        for weight in net.parameters():
            weight.mul_(3 if weight.ndim > 1 else 1)
        ids = AutoTokenizer.from_pretrained(model)(list(TEXTS), padding=True, return_tensors="pt")
        net.classifier.out_proj.bias -= net(**ids).logits.mean(0)  # so that each label is met
        net.save_pretrained(folder)
        return dict(zip(TEXTS, (labels[n] for n in net(**ids).logits.argmax(-1)), strict=True))


def study(folder: Path, model: Path, labelled: dict[str, str]) -> Path:
    """Write a study over texts and labels of its own."""
    for lang, split in (("en", "train"), ("en", "dev"), ("en", "test"), ("fr", "test")):
        path = folder / "data" / lang / f"{split}.jsonl"
        path.parent.mkdir(parents=True, exist_ok=True)
        lines = [json.dumps({"text": t, "target": label}) for t, label in labelled.items()]
        path.write_text("\n".join(lines))
    path = folder / "study.toml"
    path.write_text(STUDY.format(model=model))
    return path


def test_a_tuned_encoder_scores_as_in_transformers(tmp_path: Path, tiny_xlmr: str) -> None:
    labelled = finetuned(tiny_xlmr, tmp_path / "tuned", ("sport", "politics"))
    assert set(labelled.values()) == {"sport", "politics"}
    out = tmp_path / "out"
    assert call("run", study(tmp_path, tmp_path / "tuned", labelled), "--out", out) == 0
    scores = [row.value for row in Store(out).rows() if row.metric == "accuracy"]
    assert scores
    assert set(scores) == {1.0}


def test_a_head_for_other_labels_is_refused_with_both_sets(
    tmp_path: Path, tiny_xlmr: str, capsys: pytest.CaptureFixture[str]
) -> None:
    finetuned(tiny_xlmr, tmp_path / "tuned", ("sport", "politics", "music"))
    labelled = dict(zip(TEXTS, ("sport", "politics") * 3, strict=True))
    path = study(tmp_path, tmp_path / "tuned", labelled)
    assert call("run", path, "--out", tmp_path / "out") != 0
    said = "".join(capsys.readouterr())
    assert "finetuned for 3 labels (sport, politics, music)" in said
    assert "the task has 2 labels (politics, sport)" in said
    assert "Traceback" not in said


def test_a_tokenizer_of_another_network_is_refused(
    tmp_path: Path, tiny_xlmr: str, capsys: pytest.CaptureFixture[str]
) -> None:
    from transformers import AutoTokenizer

    shutil.copytree(tiny_xlmr, tmp_path / "model")
    tokenizer = AutoTokenizer.from_pretrained(tiny_xlmr)
    rows = len(tokenizer)
    tokenizer.add_tokens(["brandnew"])
    tokenizer.save_pretrained(tmp_path / "model")
    labelled = dict(zip(TEXTS, ("sport", "politics") * 3, strict=True))
    path = study(tmp_path, tmp_path / "model", labelled)
    assert call("run", path, "--out", tmp_path / "out") != 0
    said = " ".join("".join(capsys.readouterr()).split())
    assert f"has {rows + 1} tokens, and the network rows for {rows}" in said
    assert "Traceback" not in said
