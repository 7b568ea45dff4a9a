"""SQuAD's JSON."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from isogloss.core.errors import IsoglossError
from isogloss.reader import squad


def put(folder: Path, data: Any) -> Path:
    path = folder / "a.json"
    path.write_text(data if isinstance(data, str) else json.dumps(data, indent=1), "utf-8")
    return path


def article(*ids: str, title: str = "t", **rest: Any) -> dict[str, Any]:
    qas = [{"id": i, "question": f"q{i}"} | rest for i in ids]
    return {"title": title, "paragraphs": [{"context": "the context", "qas": qas}]}


def test_questions_come_with_article_and_line(tmp_path: Path) -> None:
    answers = [{"text": "the", "answer_start": 0}]
    path = put(tmp_path, {"data": [article("a", "b", answers=answers), article("c", title="u")]})
    found = squad.read(path)
    assert [(one.id, one.article, one.answers) for one in found] == [
        ("a", "t", answers), ("b", "t", answers), ("c", "u", None),
    ]  # fmt: skip
    lines = path.read_text(encoding="utf-8").splitlines()
    for one in found:
        assert f'"{one.id}"' in lines[int(one.where.rpartition(":")[2]) - 1]


@pytest.mark.parametrize(
    ("data", "said"),
    [
        ('{"data": [\n', r"a\.json:2: broken JSON"),
        ({"items": []}, r"a\.json: not in the form of SQuAD: no 'data'"),
        ([1], r"a\.json: not in the form of SQuAD"),
        ({"data": [1]}, r"a\.json: not in the form of SQuAD: no 'paragraphs' in article 1"),
        ({"data": {"a": 1}}, r"a\.json: not in the form of SQuAD: 'data' in the file is no list"),
        ({"data": "abc"}, r"'data' in the file is no list"),
        ({"data": [{"paragraphs": [[]]}]}, "no 'qas' in a paragraph of article 1"),
        ({"data": [{"paragraphs": [{"qas": [{"question": "q"}]}]}]}, "no 'id' in a question"),
        ({"data": [{"paragraphs": [{"qas": [{"id": None}]}]}]}, "an id in article 1 is None"),
        ({"data": [{"paragraphs": [{"qas": [{"id": "7"}]}]}]}, "no 'question' in '7'"),
        ("[" * 100_000, r"a\.json:1: broken JSON: nested too deeply"),
        ({"data": []}, r"a\.json: no question in it"),
    ],
)
def test_other_files(tmp_path: Path, data: Any, said: str) -> None:
    with pytest.raises(IsoglossError, match=said):
        squad.read(put(tmp_path, data))
