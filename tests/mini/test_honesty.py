"""Nothing that is tested may occur in any text that pretraining sees."""

from __future__ import annotations

from itertools import chain

import pytest

from isogloss.mini.documents import documents
from isogloss.mini.world import LANGS, MEASURES, TIME_KINDS, Fact, clear, split
from isogloss.tasks import (
    answer_quantity,
    choose_quantity,
    find_quantity,
    match_quantity,
    measure_kind,
    same_quantity,
    tag_quantity,
    verbalise,
    verbalise_records,
)

TASKS = (
    answer_quantity, choose_quantity, find_quantity, match_quantity, measure_kind,
    same_quantity, tag_quantity, verbalise, verbalise_records,
)  # fmt: skip
DOCUMENTS = list(documents(0, 6000))


def test_no_fact_of_dev_or_test() -> None:
    for drawn in DOCUMENTS:
        for fact, _ in drawn.parts:
            if fact.number and fact.kind not in ("number", "date"):
                assert split(fact) == "train", drawn


def test_times_stand_in_one_form() -> None:
    """No document has a duration, in or ago, beside a text in the other form."""
    for drawn in DOCUMENTS:
        if any(fact.kind in TIME_KINDS for fact, _ in drawn.parts):
            forms = {words for fact, words in drawn.parts if fact.number}
            assert len(forms) == 1, drawn


def test_glosses_tell_their_language() -> None:
    for drawn in DOCUMENTS:
        facts = [fact for fact, _ in drawn.parts]
        if Fact("mark", "dash") not in facts:
            continue
        if all(fact.kind in ("number", "mark") for fact in facts):
            assert Fact("mark", "and") in facts, drawn
        for fact in facts:
            assert fact.kind not in MEASURES or clear(fact, drawn.lang), drawn


def test_verbalise_has_one_answer() -> None:
    answers: dict[str, set[str]] = {}
    for lang in LANGS:
        for example in (*verbalise.load(lang, "dev", None), *verbalise.load(lang, "test", None)):
            answers.setdefault(example.inputs["text"], set()).add(example.target)
    assert {len(each) for each in answers.values()} == {1}


def test_no_test_text() -> None:
    texts = [drawn.say() for drawn in DOCUMENTS]
    for lang in LANGS:
        asked = {e.inputs["text"] for e in verbalise.load(lang, "test", None)}
        asked |= {e.target for e in verbalise.load(lang, "test", None)}
        assert not asked & set(texts)


@pytest.mark.parametrize("task", TASKS, ids=lambda task: task.__name__.split(".")[-1])
def test_splits(task) -> None:
    ids = {}
    for part in ("train", "dev", "test"):
        examples = task.load("fr", part, None)
        ids[part] = [example.id for example in examples]
        assert len(set(ids[part])) == len(ids[part])
        assert all(example.target is not None for example in examples)
        assert task.load("fr", part, None) == examples
    assert len(ids["train"]) >= 600
    assert min(len(ids["dev"]), len(ids["test"])) >= 120
    assert len(set(chain(*ids.values()))) == sum(map(len, ids.values()))
    # The same facts in every language: a language may lack some forms.
    for lang in ("en", "ar", "ja"):
        assert {e.id for e in task.load(lang, "test", None)} <= set(ids["test"])


def test_verbalise_is_parallel() -> None:
    english = [e.id for e in verbalise.load("en", "test", None)]
    for lang in LANGS:
        assert [e.id for e in verbalise.load(lang, "test", None)] == english
    train = {e.inputs["text"] for e in verbalise.load("en", "train", None)}
    assert not train & {e.inputs["text"] for e in verbalise.load("en", "test", None)}


def test_items() -> None:
    for example in choose_quantity.load("ru", "test", None):
        assert len(set(example.inputs["options"])) == 4
    for example in find_quantity.load("th", "test", None):
        (answer,) = example.target
        assert example.inputs["context"][answer.start :].startswith(answer.text)
    for lang in LANGS:
        for example in tag_quantity.load(lang, "test", None):
            words, tags = example.inputs["words"], example.target
            assert len(words) == len(tags)
            assert all(words)
            assert "B-NUMBER" in tags
            assert "B-PLACE" in tags
            assert set(tags) <= set(tag_quantity.LABELS)
    options = {id(e.inputs["options"]) for e in match_quantity.load("vi", "test", None)}
    assert len(options) == 1
