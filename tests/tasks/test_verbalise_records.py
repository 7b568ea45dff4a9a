"""Several sentences in words, the same facts in every language."""

from __future__ import annotations

from isogloss.mini.world import LANGS, TIME_KINDS, parse, split
from isogloss.tasks.verbalise_records import RECORDS, TASK, load


def test_a_sentence_for_each_record() -> None:
    example = load("en", "train", None)[0]
    texts = (example.inputs["text"].split(". "), example.target.split(". "))
    assert [len(sentences) for sentences in texts] == [RECORDS, RECORDS]
    for digits, words in zip(*texts, strict=True):
        assert digits.split(": ")[0] == words.split(": ")[0]
        assert any(letter.isdigit() for letter in digits)
        assert not any(letter.isdigit() for letter in words)


def test_parallel_and_of_one_split() -> None:
    english = {part: load("en", part, None) for part in ("dev", "test")}
    for lang in LANGS:
        for part, others in english.items():
            examples = load(lang, part, None)
            assert [e.id for e in examples] == [e.id for e in others]
    for part, examples in english.items():
        for example in examples:
            said = [fact for fact, _ in parse(example.target, "en") if fact.number]
            assert {fact.kind for fact in said} <= set(TIME_KINDS)
            assert {split(fact) for fact in said} == {part}
            assert example.id == said[0].id


def test_whole_texts_tell_their_language() -> None:
    answers: dict[str, set[str]] = {}
    for lang in LANGS:
        for example in load(lang, "test", None):
            answers.setdefault(example.inputs["text"], set()).add(example.target)
    assert all(len(targets) == 1 for targets in answers.values())
    assert TASK.metrics[0] == "exact_match"


def test_no_reference_is_longer_than_the_limit() -> None:
    from isogloss.core.run import Fit
    from isogloss.models.decode.limit import limits, measure
    from isogloss.models.load import build

    model, fit = build("mini/mt5", TASK), Fit()
    source = measure(model, load("en", "train", None), fit)
    for lang in ("fr", "ja", "ko", "vi"):
        examples = load(lang, "test", None)
        most = limits(model, source, examples, fit).of(lang)
        targets = model.tokenizer([str(e.target) for e in examples])["input_ids"]
        assert max(map(len, targets)) <= min(most, fit.max_target)
