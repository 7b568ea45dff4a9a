"""Finetuned encoders keep their heads, whatever order the task's labels have."""

from __future__ import annotations

import shutil
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
import torch

import sample
import tiny
from isogloss.core.errors import IsoglossError
from isogloss.core.machine import Machine
from isogloss.core.run import Fit, Generate
from isogloss.models.decode.predict import predict
from isogloss.models.load import build
from isogloss.models.model import Model

NLI = ("entailment", "neutral", "contradiction")


def finetuned(
    name: str, ending: str, checkpoints: Path, folder: Path, labels: Sequence[str] = ()
) -> Path:
    """Save an encoder with a head of its own, as transformers saves one."""
    import transformers

    path = shutil.copytree(tiny.checkpoint(name, checkpoints), folder / f"{name}-{ending}")
    numbers: dict[str, Any] = {
        "id2label": dict(enumerate(labels)),
        "label2id": {label: number for number, label in enumerate(labels)},
    }
    made = getattr(transformers, f"AutoModelFor{ending}")
    transformers.utils.logging.set_verbosity_error()
    transformers.utils.logging.disable_progress_bar()
    with torch.random.fork_rng(devices=[]), torch.no_grad():
        torch.manual_seed(3)
        net = made.from_pretrained(path, **(numbers if labels else {}))
        for weight in net.parameters():
            weight.mul_(3 if weight.ndim > 1 else 1)
        net.save_pretrained(path)
    return path


def answers(model: Model) -> list[Any]:
    """Predict the sample, untrained."""
    blind = [replace(example, target=None) for example in sample.examples(model.task.kind)]
    return predict(
        model, blind, fit=Fit(max_source=64), generate=Generate(),
        machine=Machine(device="cpu", progress=False),
    )  # fmt: skip


def own(path: Path, kind: str) -> list[dict[str, float]]:
    """Score the sample's labels with transformers alone."""
    from transformers import AutoModelForSequenceClassification, AutoTokenizer

    net = AutoModelForSequenceClassification.from_pretrained(path)
    tokenizer = AutoTokenizer.from_pretrained(path)
    found = []
    for example in sample.examples(kind):
        ids = tokenizer(example.inputs["text"], example.inputs["pair"], return_tensors="pt")
        with torch.no_grad():
            row = net(**ids).logits[0].log_softmax(-1).tolist()
        found.append({net.config.id2label[n]: value for n, value in enumerate(row)})
    return found


@pytest.mark.parametrize("name", ["bert", "xlmr"])
@pytest.mark.parametrize(
    ("theirs", "ours"),
    [
        (("sport", "politics"), ("politics", "sport")),
        (("CONTRADICTION", "NEUTRAL", "ENTAILMENT"), NLI),
        (NLI, NLI),
        (("Not Sport", "a_b", "x"), ("x", "not_sport", "A-B")),
    ],
)
def test_rows_follow_their_names(
    name: str, theirs: tuple[str, ...], ours: tuple[str, ...], checkpoints: Path, tmp_path: Path
) -> None:
    path = finetuned(name, "SequenceClassification", checkpoints, tmp_path, theirs)
    model = build(str(path), sample.task("classify", labels=ours))
    assert not model.fresh
    for right, found in zip(own(path, "classify"), answers(model), strict=True):
        bare = {key.casefold().replace("_", " ").replace("-", " "): v for key, v in right.items()}
        for label, score in found.scores.items():
            key = label.casefold().replace("_", " ").replace("-", " ")
            assert score == pytest.approx(bare[key], abs=1e-5)


def test_tags_follow_their_names(checkpoints: Path, tmp_path: Path) -> None:
    theirs, ours = ("i-loc", "O", "B-LOC"), ("O", "B-LOC", "I-LOC")
    path = finetuned("xlmr", "TokenClassification", checkpoints, tmp_path, theirs)
    model = build(str(path), sample.task("tag", labels=ours))
    assert not model.fresh
    same = build(str(path), sample.task("tag", labels=theirs))
    for one, other in zip(answers(model), answers(same), strict=True):
        assert [tag.casefold() for tag in one.value] == [tag.casefold() for tag in other.value]
    spread = {tag for found in answers(model) for tag in found.value}
    assert len(spread) > 1


def test_spans_of_a_tuned_head_are_transformers_own(checkpoints: Path, tmp_path: Path) -> None:
    from transformers import AutoModelForQuestionAnswering

    path = finetuned("xlmr", "QuestionAnswering", checkpoints, tmp_path)
    model = build(str(path), sample.task("span"))
    assert not model.fresh
    net = AutoModelForQuestionAnswering.from_pretrained(path)
    for key, tensor in model.net.state_dict().items():
        assert torch.equal(tensor, net.state_dict()[key]), key


@pytest.mark.parametrize("theirs", [("LABEL_0", "LABEL_1", "LABEL_2"), ("a", "time", "place")])
def test_other_names_make_a_new_head_and_say_so(
    theirs: tuple[str, ...], checkpoints: Path, tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    path = finetuned("xlmr", "SequenceClassification", checkpoints, tmp_path, theirs)
    task = sample.task("classify")
    one, again, other = (build(str(path), task, seed=seed) for seed in (0, 0, 1))
    assert one.fresh == ("classifier.dense", "classifier.out_proj")
    said = f"finetuned for 3 labels ({', '.join(theirs)}), and the task has 3 labels (travel, time"
    assert said in caplog.text
    assert "the head is new" in caplog.text
    heads = [model.net.classifier.out_proj.weight for model in (one, again, other)]
    assert torch.equal(heads[0], heads[1])
    assert not torch.equal(heads[0], heads[2])
    assert float(heads[0].detach().std()) < 0.1, "drawn as transformers draws a head"


def test_another_number_of_labels_is_an_error_that_names_both(
    checkpoints: Path, tmp_path: Path
) -> None:
    for ending, kind in (("SequenceClassification", "classify"), ("TokenClassification", "tag")):
        path = finetuned("xlmr", ending, checkpoints, tmp_path, ("sport", "politics"))
        message = r"(?s)2 labels \(sport, politics\).*3 labels \(.*without its head"
        with pytest.raises(IsoglossError, match=message):
            build(str(path), sample.task(kind))


@pytest.mark.parametrize(
    ("ending", "kind", "labels"),
    [
        ("TokenClassification", "classify", ("travel", "time", "place")),
        ("SequenceClassification", "tag", ("O", "B-LOC", "I-LOC")),
        ("SequenceClassification", "choose", ("one",)),
        ("TokenClassification", "classify", ("O", "B-PER")),
    ],
)
def test_a_head_of_another_kind_is_no_head(
    ending: str,
    kind: str,
    labels: tuple[str, ...],
    checkpoints: Path,
    tmp_path: Path,
    caplog: pytest.LogCaptureFixture,
) -> None:
    """BERT's heads have the same tensors for texts, tokens and choices."""
    path = finetuned("bert", ending, checkpoints, tmp_path, labels)
    model = build(str(path), sample.task(kind))
    assert "classifier" in model.fresh
    assert f"has a head for {ending}; the head is new" in caplog.text


def test_an_export_is_read_in_its_own_order(checkpoints: Path, tmp_path: Path) -> None:
    path = finetuned(
        "bert", "SequenceClassification", checkpoints, tmp_path, ("place", "time", "travel")
    )
    from isogloss.models.save import export, load

    model = build(str(path), sample.task("classify"))
    opened = load(export(model, tmp_path / "out"))
    for one, other in zip(answers(model), answers(opened), strict=True):
        assert one.scores == pytest.approx(other.scores, abs=1e-6)
