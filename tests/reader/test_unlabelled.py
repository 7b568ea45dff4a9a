"""Inputs to be answered, from every form of file, whatever labels stand beside them."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from isogloss import plugin
from isogloss.core.errors import IsoglossError
from isogloss.core.types import Example
from isogloss.reader.unlabelled import inputs


def read(path: Path, kind: str, content: Any, **more: Any) -> list[Example]:
    if not isinstance(content, str):
        content = "".join(json.dumps(row) + "\n" for row in content)
    path.write_text(content)
    return inputs(
        path, "en", "test", kind=kind, fields=more.pop("fields", plugin.kind(kind).fields), **more
    )


def test_lines_of_text_are_named_by_their_numbers(tmp_path: Path) -> None:
    for kind in ("generate", "classify"):
        found = read(tmp_path / "a.txt", kind, "one, two\n\n  three\n")
        assert [(e.id, e.inputs, e.target) for e in found] == [
            ("test-1", {"text": "one, two"}, None),
            ("test-3", {"text": "three"}, None),
        ]


@pytest.mark.parametrize(
    ("content", "words"),
    [
        ("two words\nand three more\n", [("two", "words"), ("and", "three", "more")]),
        ("one\nTwo\n\nthree\n", [("one", "Two"), ("three",)]),
        ("one O\ntwo B-X\n", [("one", "two")]),
        ("one\tO\ntwo\tB-X\n\nfour\tO\n", [("one", "two"), ("four",)]),
        ("a sentence of its own\n\nand another one\n", None),
    ],
)
def test_words_stand_in_lines_or_in_columns(
    tmp_path: Path, content: str, words: list[tuple[str, ...]] | None
) -> None:
    found = read(tmp_path / "a.txt", "tag", content)
    if words is None:  # blank lines between whole sentences
        words = [tuple(line.split()) for line in content.splitlines() if line]
    assert [e.inputs["words"] for e in found] == words


def test_gold_may_be_there_or_not_or_broken(tmp_path: Path) -> None:
    columns = (("target", "topic"), ("text", "body"))
    for extra in ({}, {"topic": "x"}, {"topics": "x"}, {"topic": None}, {"topic": {"a": 1}}):
        found = read(tmp_path / "a.jsonl", "classify", [{"body": "a", **extra}], columns=columns)
        assert [(e.id, e.inputs) for e in found] == [("test-1", {"text": "a"})]
    span = {"question": "q", "context": "c", "target": "nowhere", "start": "x"}
    columns = (("start", "start"), ("target", "target"))
    (example,) = read(tmp_path / "a.jsonl", "span", [span], columns=columns)
    assert example.inputs == {"question": "q", "context": "c"}


def test_ids_and_languages_are_those_of_the_split(tmp_path: Path) -> None:
    rows = [{"t": "a", "l": "eng"}, {"t": "b", "l": "fr"}, {"t": "c", "l": "en"}]
    columns = (("lang", "l"), ("text", "t"))
    found = read(tmp_path / "a.jsonl", "classify", rows, columns=columns)
    assert [(e.id, e.inputs["text"]) for e in found] == [("test-1", "a"), ("test-2", "c")]
    rows = [{"t": "a", "id": 7}]
    (example,) = read(tmp_path / "a.jsonl", "classify", rows, columns=columns)
    assert example.id == "7"


def test_retrieval_chooses_from_the_file_or_from_the_split(tmp_path: Path) -> None:
    rows = [{"text": "a", "target": "x"}, {"text": "b", "target": "y"}]
    found = read(tmp_path / "a.jsonl", "retrieve", rows)
    assert [e.inputs["options"] for e in found] == [("x", "y")] * 2
    known = [Example("1", "en", {"text": "t", "options": ("p", "q")}, 0)]
    (example,) = read(tmp_path / "a.txt", "retrieve", "one\n", pool=lambda lang, split: known)
    assert example.inputs == {"text": "one", "options": ("p", "q")}
    with pytest.raises(IsoglossError, match="nothing to choose from"):
        read(tmp_path / "a.txt", "retrieve", "one\n")


@pytest.mark.parametrize(
    ("name", "kind", "content", "said"),
    [
        ("a.txt", "choose", "one\n", ""),
        ("a.txt", "span", "one\n", "a line of text is one input, and the task takes question"),
        ("a.jsonl", "classify", [{"txt": "a"}], "did you mean 'txt'"),
        ("a.jsonl", "classify", [{"text": "a"}, {"text": None}], "a.jsonl:2: text must be text"),
        ("a.jsonl", "choose", [{"text": "a"}], "options must be a list"),
        ("a.jsonl", "classify", [{"text": "a", "id": 1}] * 2, "id '1' is there already"),
        ("a.parquet", "classify", "x", "can't read '.parquet'"),
        ("a.txt", "classify", "\n", "the file is empty"),
    ],
)
def test_says_what_is_wrong(tmp_path: Path, name: str, kind: str, content: Any, said: str) -> None:
    with pytest.raises(IsoglossError) as caught:
        read(tmp_path / name, kind, content)
    assert said in str(caught.value)
    with pytest.raises(IsoglossError, match="no file"):
        inputs(tmp_path / "none.txt", "en", "test", kind=kind, fields=plugin.kind(kind).fields)
