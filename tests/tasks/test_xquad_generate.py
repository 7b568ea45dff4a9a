"""XQuAD, its answers written."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from isogloss import Study
from isogloss.core.errors import IsoglossError
from isogloss.core.task import SPLITS
from isogloss.reader.xquad import load as spans
from isogloss.study.plan import plan_study
from isogloss.tasks.xquad_generate import TASK, load


def write(folder: Path, lang: str, *answers: str) -> None:
    context = " ".join(answers)
    qas = [
        {
            "id": str(number),
            "question": "?",
            "answers": [{"text": text, "answer_start": context.index(text)}],
        }
        for number, text in enumerate(answers)
    ]
    data = {"data": [{"title": "Warsaw", "paragraphs": [{"context": context, "qas": qas}]}]}
    (folder / "xquad").mkdir(exist_ok=True)
    path = folder / "xquad" / f"xquad.{lang}.json"
    path.write_text(json.dumps(data), encoding="utf-8")


def test_numbers_are_left_out_where_the_english_answer_has_one(tmp_path: Path) -> None:
    write(tmp_path, "en", "four", "in 1851", "Ann")
    write(tmp_path, "de", "4", "damals", "Anna")
    found = load("de", "test", tmp_path)
    assert [(e.id, e.target) for e in found] == [("0", "4"), ("2", "Anna")]
    assert found[0].inputs == {"question": "?", "context": "4 damals Anna"}


def test_english_decides_and_has_to_be_there(tmp_path: Path) -> None:
    write(tmp_path, "de", "Anna")
    with pytest.raises(IsoglossError, match="unknown language of xquad here: 'en'"):
        load("de", "test", tmp_path)
    write(tmp_path, "en", "Ann")
    assert TASK.digest is not None
    before = TASK.digest("de", "train", tmp_path)
    write(tmp_path, "en", "Ann of 1851")
    assert load("de", "test", tmp_path) == []
    assert TASK.digest("de", "train", tmp_path) != before


def test_real_data_has_the_same_questions_in_every_language(data: Path) -> None:
    assert TASK.available is not None
    for split, count in zip(SPLITS, (633, 108, 205), strict=True):
        english = [example.id for example in load("en", split, data)]
        assert len(english) == count
        for lang in TASK.available(data):
            found = load(lang, split, data)
            assert [example.id for example in found] == english
            by_id = {example.id: example for example in spans(lang, split, data)}
            assert all(e.target == by_id[e.id].target[0].text for e in found)


def test_the_study_plans_all_languages_at_hand(data: Path) -> None:
    path = Path(__file__).parents[2] / "studies" / "xquad_generate.toml"
    cells = plan_study(Study.load(path, data=data)).cells
    assert [cell.run.recipe for cell in cells] == ["untouched()", ""]
