"""Draws of labelled examples: nested, in no need of an order, and listed."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from isogloss.core.errors import IsoglossError
from isogloss.core.types import Example
from isogloss.run.shot import LISTED, shots


def some(count: int) -> list[Example]:
    return [Example(f"item-{number}", "fr", {"text": "x"}, "y") for number in range(count)]


def ids(found: list[Example]) -> list[str]:
    return [example.id for example in found]


def test_a_draw_depends_on_task_language_and_number() -> None:
    examples = some(50)
    first = ids(shots(examples, 16, "t", "fr"))
    assert ids(shots(examples, 4, "t", "fr")) == first[:4]
    assert ids(shots(examples[::-1], 16, "t", "fr")) == first
    others = [("u", "fr", 0), ("t", "de", 0), ("t", "fr", 1)]
    assert all(ids(shots(examples, 16, task, lang, draw=d)) != first for task, lang, d in others)
    assert ids(shots(examples, 16, "t", "fr", "dev")) != first


def test_the_list_is_saved_whole(tmp_path: Path) -> None:
    examples, path = some(600), tmp_path / "t" / "fr-2.json"
    few = shots(examples, 4, "t", "fr", draw=2, folder=tmp_path)
    listed = json.loads(path.read_bytes())
    assert listed[:4] == ids(few)
    assert len(listed) == LISTED
    many = shots(examples, 300, "t", "fr", draw=2, folder=tmp_path)
    assert json.loads(path.read_bytes()) == ids(many)
    shots(examples, 4, "t", "fr", draw=2, folder=tmp_path)
    assert len(json.loads(path.read_bytes())) == 300


def test_other_data_than_the_list_says_is_refused(tmp_path: Path) -> None:
    shots(some(20), 4, "t", "fr", folder=tmp_path)
    with pytest.raises(IsoglossError, match="lists other examples"):
        shots(some(19), 4, "t", "fr", folder=tmp_path)


@pytest.mark.parametrize("text", ["", "{", "[" * 100_000, "null\x00"])
def test_a_broken_list_is_written_again(
    tmp_path: Path, text: str, caplog: pytest.LogCaptureFixture
) -> None:
    items = [Example(str(n), "en", {"text": "x"}, "y") for n in range(9)]
    drawn = shots(items, 4, "toy", "en", folder=tmp_path)
    path = tmp_path / "toy" / "en-0.json"
    whole = path.read_text()
    path.write_text(text)
    assert shots(items, 4, "toy", "en", folder=tmp_path) == drawn
    assert path.read_text() == whole
    assert f"{path} is broken" in caplog.text
    path.write_text("{}")
    with pytest.raises(IsoglossError, match="lists other examples"):
        shots(items, 4, "toy", "en", folder=tmp_path)
