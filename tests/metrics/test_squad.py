from __future__ import annotations

import json
import random
import re
import string
import unicodedata
from collections import Counter

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from isogloss.core.errors import IsoglossError
from isogloss.core.types import Answer
from isogloss.metrics import squad_em, squad_f1
from isogloss.metrics.squad import exact, overlap, signature, tokens

PUNCTUATION = {
    chr(i) for i in range(0x110000) if unicodedata.category(chr(i)).startswith("P")
} | set(string.punctuation)
ARTICLES = {
    "en": "a an the",
    "es": "un una unos unas el la los las",
    "de": "ein eine einen einem eines einer der die das den dem des",
    "vi": "của là cái chiếc những",
}
WORDS = {
    "en": [
        "The",
        "cat",
        "a",
        "theory,",
        "U.S.",
        "an",
        "don't",
        "3.5",
        "$5",
        "“quoted”",
        "1066–1087",
        "東京",
    ],
    "es": ["La", "casa", "el", "niño,", "¿qué?", "unos", "1.000", "última"],
    "de": ["Der", "Größe", "des", "Straße.", "einem", "„Haus“", "dem", "Denver"],
    "vi": ["Những", "người", "của", "là", "năm", "2010,", "cái", "Hà"],
    "hi": ["भारत", "का", "राजधानी,", "दिल्ली", "है।", "15"],
    "zh": ["北京", "是", "，", "2008年", "the", "奥运会", "NBA", "。"],
}


def official(text: str, lang: str) -> list[str]:
    """Normalise as the papers describe: lower, no punctuation, articles or spare spaces."""
    marks = set(string.punctuation) if lang == "en" else PUNCTUATION
    text = "".join(c for c in text.lower() if c not in marks)
    if lang in ARTICLES:
        text = re.sub(rf"\b({ARTICLES[lang].replace(' ', '|')})\b", " ", text)
    if lang == "zh":
        text = re.sub(r"([\u4e00-\u9fa5])", r" \1 ", text)
    return text.split()


def official_f1(gold: str, guess: str, lang: str) -> float:
    left, right = official(gold, lang), official(guess, lang)
    same = sum((Counter(left) & Counter(right)).values())
    if not same:
        return 0.0
    precision, recall = same / len(right), same / len(left)
    return 2 * precision * recall / (precision + recall)


@settings(max_examples=300, deadline=None)
@given(st.data())
def test_agrees_with_the_official_scripts(data: st.DataObject) -> None:
    lang = data.draw(st.sampled_from(sorted(WORDS)))
    phrase = st.lists(st.sampled_from(WORDS[lang]), min_size=1, max_size=6).map(" ".join)
    gold, guess = data.draw(phrase), data.draw(phrase)
    assert tokens(gold, lang) == official(gold, lang)
    assert exact(gold, guess, lang) == (official(gold, lang) == official(guess, lang))
    if official(gold, lang):
        assert overlap(gold, guess, lang) == pytest.approx(official_f1(gold, guess, lang))


def test_english_keeps_the_punctuation_that_squad_keeps() -> None:
    assert tokens("The “great” fire – of 1666!", "en") == ["“great”", "fire", "–", "of", "1666"]
    assert tokens("The “great” fire – of 1666!", "en-GB") == tokens("“great” fire – of 1666", "en")
    assert exact("1066–1087", "10661087", "en") == 0
    assert exact("1066-1087", "10661087", "en") == 1
    assert exact("“Haus”", "Haus", "de") == 1
    assert tokens("Tokyo (東京都)", "en") == ["tokyo", "東京都"]
    assert signature("en") == "articles:en|punct:ascii|unspaced:words"
    assert signature("de") == "articles:de|punct:unicode|unspaced:letters"


def test_arabic_article_goes_only_from_the_front_of_words() -> None:
    assert tokens("الرجال في المدينة", "ar") == ["رجال", "في", "مدينة"]
    assert exact("المدينة", "مدينة", "ar") == 1
    assert exact("السَّفِينَة", "سَّفِينَة", "ar") == exact("اَلْمَدِينَة", "مَدِينَة", "ar") == 1


def test_scripts_without_spaces_fall_into_letters() -> None:
    assert 0 < overlap("กรุงเทพ", "กรุงเทพมหานคร", "th") < 1
    assert 0 < overlap("東京都", "東京", "ja") < 1
    assert overlap("Бангкок", "Бангкока", "ru") == 0


def test_the_nearest_of_several_answers_counts(run) -> None:
    golds = [(Answer("the cat", 3), Answer("a dog", 9)), "Paris"]
    assert run(squad_em.METRIC, golds, ["dog!", "in paris"]) == 0.5
    assert run(squad_f1.METRIC, golds, ["dog!", "in paris"]) == pytest.approx((1 + 2 / 3) / 2)


def test_identical_text_scores_one(run, texts) -> None:
    for lang, text in texts.items():
        for metric in (squad_em.METRIC, squad_f1.METRIC):
            assert run(metric, [text], [text], lang) == 1
    assert overlap("the", "The.", "en") == 1
    assert overlap("the", "cat", "en") == 0


def test_empty_and_missing_answers_are_wrong(run) -> None:
    assert run(squad_f1.METRIC, ["cat", "cat"], ["", None]) == 0


def test_an_example_without_answers_is_refused(run) -> None:
    with pytest.raises(IsoglossError, match="no reference text"):
        run(squad_f1.METRIC, [()], ["cat"])


@pytest.mark.parametrize("lang", ["en", "es", "zh"])
def test_agrees_with_the_official_scripts_on_xquad(data, lang: str) -> None:
    rng = random.Random(0)
    articles = json.loads((data / "xquad" / f"xquad.{lang}.json").read_text("utf-8"))["data"]
    paragraphs = [paragraph for article in articles for paragraph in article["paragraphs"]]
    for context, answer in ((p["context"], q["answers"][0]) for p in paragraphs for q in p["qas"]):
        gold, start = answer["text"], answer["answer_start"]
        end = start + len(gold) + rng.randint(-5, 12)
        guess = context[max(0, start - rng.randint(0, 12)) : end]
        assert exact(gold, guess, lang) == (official(gold, lang) == official(guess, lang))
        assert overlap(gold, guess, lang) == pytest.approx(official_f1(gold, guess, lang))
