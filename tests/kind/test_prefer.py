"""Pairs of answers in the shapes that datasets have them, and what systems say of them."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from isogloss import plugin
from isogloss.advise.start import study_text
from isogloss.core.errors import IsoglossError
from isogloss.core.types import Example
from isogloss.kind.example import asked, build
from isogloss.reader import own
from isogloss.reader.guess import guess
from isogloss.run.evaluate import evaluate

ASK = {"role": "user", "content": "Who?"}


def made(**values: Any) -> Example:
    return build("prefer", values, where="a.jsonl:3", id="1", lang="en")


def says(content: str, role: str = "assistant") -> dict[str, str]:
    return {"role": role, "content": content}


@pytest.mark.parametrize(
    ("prompt", "chosen", "rejected", "read"),
    [
        ("Who?", "I.", "You.", "Who?"),
        ("Who?", [ASK, says("I.")], [ASK, says("You.")], (ASK,)),  # UltraFeedback
        ([ASK], [says("I.")], [says("You.")], (ASK,)),
        ("Who?", [says("I.")], [says("You.")], "Who?"),
        (  # HH, whose prompt is in the chosen one
            "\n\nHuman: Hi\n\nAssistant: Yes?\n\nHuman: Who?\n\nAssistant: I.",
            "\n\nHuman: Hi\n\nAssistant: Yes?\n\nHuman: Who?\n\nAssistant: I.",
            "\n\nHuman: Hi\n\nAssistant: Yes?\n\nHuman: Who?\n\nAssistant: You.",
            "Human: Hi\n\nAssistant: Yes?\n\nHuman: Who?\n\nAssistant:",
        ),
    ],
)
def test_shapes(prompt: Any, chosen: Any, rejected: Any, read: Any) -> None:
    example = made(prompt=prompt, chosen=chosen, rejected=rejected)
    assert example.inputs == {"prompt": read, "chosen": "I.", "rejected": "You."}
    assert example.target == "chosen"
    values = {"prompt": prompt, "chosen": chosen, "rejected": rejected}
    assert asked("prefer", tuple(values), values, "a.jsonl:3") == example.inputs


@pytest.mark.parametrize(
    ("values", "what"),
    [
        ({"chosen": "a", "rejected": "b"}, "prompt must be text, got nothing"),
        ({"prompt": "p", "chosen": "a"}, "rejected must be text"),
        ({"prompt": "p", "chosen": "a", "rejected": "a "}, "the same text"),
        ({"prompt": "p", "chosen": "a", "rejected": [says("b")]}, "one answer is a text"),
        ({"prompt": "p", "chosen": [], "rejected": []}, "chosen is a list, and no chat"),
        ({"prompt": "p", "chosen": ["a"], "rejected": ["b"]}, "chosen is a list, and no chat"),
        ({"prompt": "p", "chosen": [ASK], "rejected": [says("b")]}, "more than their last"),
        (
            {"prompt": "p", "chosen": [ASK, says("a")], "rejected": [says("b")]},
            "more than their last",
        ),
        ({"prompt": "a", "chosen": "a", "rejected": "b"}, "no turn of the assistant"),
        ({"prompt": "p", "chosen": "a", "rejected": "b", "target": "b"}, "target is 'b'"),
    ],
)
def test_what_is_no_pair(values: dict[str, Any], what: str) -> None:
    with pytest.raises(IsoglossError, match=what) as refused:
        made(**values)
    assert refused.value.hint


@pytest.mark.parametrize(
    ("answer", "read"),
    [
        ("chosen", "chosen"),
        ("Rejected", "rejected"),
        ("You.", "rejected"),
        ([1.5, -2], "chosen"),
        ([1, 1], "rejected"),  # who can't tell them apart has it wrong
        ({"chosen": 0.1, "rejected": 0.2}, "rejected"),
    ],
)
def test_what_systems_say(answer: Any, read: str) -> None:
    example = made(prompt="Who?", chosen="I.", rejected="You.")
    assert plugin.kind("prefer").read(answer, plugin.task("prefer_quantity"), example) == read


@pytest.mark.parametrize("answer", ["He.", [1.0], [float("nan"), 1], 3])
def test_what_systems_may_not_say(answer: Any) -> None:
    example = made(prompt="Who?", chosen="I.", rejected="You.")
    with pytest.raises(IsoglossError, match="none of the two answers"):
        plugin.kind("prefer").read(answer, plugin.task("prefer_quantity"), example)


def pairs(folder: Path, prompt: bool = True) -> Path:
    """Write a file of pairs, with or without a column of prompts."""
    path = folder / "train.jsonl"
    before = "\n\nHuman: {n}\n\nAssistant:"
    lines = []
    for n in range(4):
        row = {"chosen": f"yes {n}", "rejected": f"no {n}"}
        if prompt:
            row["prompt"] = f"ask {n}"
        else:
            row = {key: f"{before.format(n=n)} {value}" for key, value in row.items()}
        lines.append(json.dumps({"score": n, **row}))
    path.write_text("\n".join(lines))
    return path


@pytest.mark.parametrize("prompt", [True, False])
def test_files_are_recognised_and_scored(tmp_path: Path, prompt: bool) -> None:
    path = pairs(tmp_path, prompt)
    seen = guess(path)
    column = "prompt" if prompt else "chosen"
    assert (seen.kind, seen.columns["prompt"], seen.unused) == ("prefer", column, ("score",))
    table = {"kind": "prefer", "files": {"train": {"en": path.name}, "test": {"en": path.name}}}
    task = own.task("mine", {**table, "columns": dict(seen.columns)}, tmp_path)
    assert task.metrics == ("accuracy",)
    assert task.load("en", "test", None)[3].inputs["chosen"] == "yes 3"
    given = tmp_path / "answers.jsonl"
    answers = ["chosen", [0, 1], "yes 2", [1, 0]]
    given.write_text(
        "\n".join(
            json.dumps({"id": f"test-{n}", "prediction": a}) for n, a in enumerate(answers, 1)
        )
    )
    rows = evaluate(given, task, lang="en")
    assert {row.metric: row.value for row in rows}["accuracy"] == 0.75


def test_start_takes_a_model_that_can(tmp_path: Path) -> None:
    """An encoder has no likelihood of an answer."""
    text = study_text(pairs(tmp_path), source="en", targets=["de"], base=tmp_path)
    assert 'models  = ["mini/mt5"]' in text
    assert 'kind    = "prefer"' in text
