"""XQuAD, split by article."""

from __future__ import annotations

import hashlib
import json
from pathlib import Path

import pytest

from isogloss.core.errors import IsoglossError
from isogloss.core.task import SPLITS
from isogloss.reader import xquad
from isogloss.reader.xquad import ARTICLES, DEV, TEST, load, split_of
from isogloss.tasks.xquad import TASK


@pytest.fixture
def made(tmp_path: Path) -> Path:
    write(tmp_path, "Warsaw", "Oslo er fin", 8)
    return tmp_path


def write(folder: Path, title: str, context: str, start: int) -> None:
    qas = [{"id": "1", "question": "?", "answers": [{"text": "fin", "answer_start": start}]}]
    data = {"data": [{"title": title, "paragraphs": [{"context": context, "qas": qas}]}]}
    (folder / "xquad").mkdir(exist_ok=True)
    (folder / "xquad" / "xquad.de.json").write_text(json.dumps(data), encoding="utf-8")


def test_thirty_six_and_twelve_articles_by_the_hash_of_the_title() -> None:
    titles = [title for title, _ in ARTICLES]
    order = sorted(titles, key=lambda title: hashlib.sha256(title.encode()).hexdigest())
    assert (set(order[:12]), set(order[12:18])) == (set(TEST), set(DEV))
    assert [sum(split_of(title) == split for title in titles) for split in SPLITS] == [30, 6, 12]
    assert sum(count for _, count in ARTICLES) == 1190


def test_a_span_that_does_not_match_its_text(made: Path) -> None:
    (example,) = load("de", "test", made)
    assert example.target == (("fin", 8),)
    assert load("de", "dev", made) == []
    write(made, "Warsaw", "Oslo er fin", 7)
    with pytest.raises(IsoglossError, match=r"xquad\.de\.json:1: the answer 'fin' .*\n.*at 8"):
        load("de", "test", made)


def test_other_data_in_the_same_form(made: Path) -> None:
    write(made, "Oslo", "Oslo er fin", 8)
    with pytest.raises(IsoglossError, match=r"'Oslo' is no article of XQuAD\n.*\[task\.NAME\]"):
        load("de", "test", made)
    with pytest.raises(IsoglossError, match="unknown language of xquad here: 'fr'"):
        load("fr", "test", made)
    (made / "xquad" / "xquad.de.json").unlink()
    with pytest.raises(IsoglossError, match="no file of xquad"):
        load("de", "test", made)


def test_real_data_has_the_same_questions_in_every_language(data: Path) -> None:
    assert TASK.available is not None
    there = TASK.available(data)
    assert sorted(there) == ["ar", "de", "en", "es", "hi", "ro", "ru", "tr", "zh"]
    ids: dict[str, set[str]] = {}
    for lang in there:
        contexts: dict[str, set[str]] = {}
        for split in SPLITS:
            examples = load(lang, split, data)
            found = {example.id for example in examples}
            assert ids.setdefault(split, found) == found
            contexts[split] = {example.inputs["context"] for example in examples}
            for e in examples:
                for text, start in e.target:
                    assert e.inputs["context"][start : start + len(text)] == text
        assert not contexts["train"] & contexts["test"]
        assert not contexts["dev"] & (contexts["train"] | contexts["test"])
    assert {split: len(found) for split, found in ids.items()} == {
        "train": 764, "dev": 132, "test": 294,
    }  # fmt: skip
    assert not ids["train"] & ids["test"]
    assert not ids["dev"] & (ids["train"] | ids["test"])


def test_the_order_of_the_hub_is_the_order_of_the_files(data: Path) -> None:
    questions = json.loads((data / "xquad" / "xquad.ru.json").read_text(encoding="utf-8"))["data"]
    ids = [q["id"] for article in questions for p in article["paragraphs"] for q in p["qas"]]
    titles = [a["title"] for a in questions for p in a["paragraphs"] for _ in p["qas"]]
    assert xquad._articles(ids) == titles
    with pytest.raises(IsoglossError, match="has other questions, or another order"):
        xquad._articles(ids[1:])
