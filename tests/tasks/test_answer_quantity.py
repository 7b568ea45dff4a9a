"""Answers in words to questions on records in digits."""

from __future__ import annotations

from isogloss.mini.world import LANGS, TIME_KINDS, parse, split
from isogloss.tasks.answer_quantity import load


def test_the_answer_says_in_words_what_stands_at_the_place() -> None:
    for lang in ("fr", "ru", "ja"):
        for example in load(lang, "test", None):
            parts = [fact for fact, _ in parse(example.inputs["context"], lang)]
            asked = parse(example.inputs["question"], lang)[0][0]
            found = parts[parts.index(asked) + 2]
            assert parse(example.target, lang) == [(found, True)]
            assert example.target not in example.inputs["context"]


def test_parallel_and_of_one_split() -> None:
    for part in ("dev", "test"):
        english = load("en", part, None)
        for lang in LANGS:
            assert [e.id for e in load(lang, part, None)] == [e.id for e in english]
        for example in english:
            said = [fact for fact, _ in parse(example.inputs["context"], "en") if fact.number]
            assert {fact.kind for fact in said} <= set(TIME_KINDS)
            assert {split(fact) for fact in said} == {part}
