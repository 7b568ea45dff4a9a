"""What a file of labelled data seems to hold."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from isogloss.core.errors import IsoglossError
from isogloss.reader.guess import guess


def put(folder: Path, rows: list[dict[str, Any]], name: str = "train.jsonl") -> Path:
    path = folder / name
    path.write_text("".join(json.dumps(row) + "\n" for row in rows), encoding="utf-8")
    return path


@pytest.mark.parametrize(
    ("row", "kind", "columns"),
    [
        (
            {"id": "{n}", "body": "some text {n}", "topic": "ab"},
            "classify", {"id": "id", "text": "body", "target": "topic"},
        ),
        (
            {"premise": "p {n}", "hypothesis": "h {n}", "label": 1},
            "classify", {"text": "premise", "pair": "hypothesis", "target": "label"},
        ),
        (
            {"document": "long text {n}", "summary": "short {n}", "lang": "en"},
            "generate", {"text": "document", "target": "summary", "lang": "lang"},
        ),
        (
            {"a": "a longer input {n}", "b": "cd"},
            "classify", {"text": "a", "target": "b"},
        ),
        (
            {"tokens": ["w{n}", "x"], "ner_tags": ["O", "B"]},
            "tag", {"words": "tokens", "target": "ner_tags"},
        ),
        (
            {"context": "the text {n}", "question": "q", "answers": [{"text": "the", "start": 0}]},
            "span", {"context": "context", "question": "question", "target": "answers"},
        ),
        (
            {"premise": "p {n}", "choice1": "a", "choice2": "b", "label": 0},
            "choose", {"text": "premise", "options": ("choice1", "choice2"), "target": "label"},
        ),
        (
            {"text": "p {n}", "options": ["a", "b"], "answer": "a"},
            "choose", {"text": "text", "options": "options", "target": "answer"},
        ),
    ],
)  # fmt: skip
def test_kinds_and_columns(
    tmp_path: Path, row: dict[str, Any], kind: str, columns: dict[str, Any]
) -> None:
    def filled(value: Any, n: int) -> Any:
        if isinstance(value, list):
            return [filled(one, n) for one in value]
        if value in ("ab", "cd"):
            return value[n % 2]
        return value.replace("{n}", str(n)) if isinstance(value, str) else value

    rows = [{key: filled(value, n) for key, value in row.items()} for n in range(20)]
    found = guess(put(tmp_path, rows))
    assert (found.kind, dict(found.columns), found.items) == (kind, columns, 20)
    assert found.words > 1


def test_conll_and_squad(tmp_path: Path) -> None:
    path = tmp_path / "train.conllu"
    path.write_text("1\ta\t_\tX\n2\tb\t_\tY\n\n1\tc\t_\tX\n", encoding="utf-8")
    assert (guess(path).kind, guess(path).items, guess(path).words) == ("tag", 2, 1.5)
    path = tmp_path / "train.json"
    qas = [{"id": "1", "question": "is it", "answers": []}]
    path.write_text(json.dumps({"data": [{"paragraphs": [{"context": "a b c", "qas": qas}]}]}))
    assert (guess(path).kind, guess(path).words) == ("span", 5)


def test_nothing_to_tell_from(tmp_path: Path) -> None:
    with pytest.raises(IsoglossError, match=r"can't tell the input from the target; columns: x"):
        guess(put(tmp_path, [{"x": "a"}, {"x": "b"}]))
    with pytest.raises(IsoglossError, match=r"train\.jsonl: No such file"):
        guess(tmp_path / "nowhere" / "train.jsonl")
