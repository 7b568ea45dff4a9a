"""The world's text: coverage, grammar, the exact translator, determinism."""

from __future__ import annotations

import json
import re

import pytest

from isogloss.core.errors import IsoglossError
from isogloss.language.registry import find_language as known
from isogloss.mini import cldr, facts, spelling, world
from isogloss.mini.documents import SHARES, documents
from isogloss.mini.world import EVALUATED, LANGS, NUMBERS, TIME_KINDS, TIMES, Fact, render

WANTED = {"fr", "de", "es", "ru", "tr", "fi", "ar", "ja", "ko", "vi"}


def test_coverage() -> None:
    langs = [known(lang) for lang in LANGS]
    assert len(LANGS) >= 24
    assert len(set(LANGS)) == len(LANGS)
    assert len({lang.family for lang in langs}) >= 8
    assert len({lang.script for lang in langs}) >= 8
    assert set(EVALUATED) >= WANTED
    assert set(EVALUATED) <= set(LANGS)
    assert set(SHARES) == set(LANGS)


def test_times_exist_everywhere() -> None:
    for lang in LANGS:
        for fact in world.quantities():
            if fact.kind in TIME_KINDS:
                assert facts.can_render(fact, lang, words=True), (lang, fact)


def test_one_text_one_meaning() -> None:
    for lang in LANGS:
        seen: dict[str, Fact] = {}
        for fact in world.quantities():
            for words in (False, True):
                if facts.can_render(fact, lang, words=words):
                    text = render(fact, lang, words=words)
                    assert seen.setdefault(text, fact) == fact, (lang, text)


def test_words_have_no_digits() -> None:
    for lang in LANGS:
        for fact in world.quantities():
            if fact.number in (3, 21, 42) and facts.can_render(fact, lang, words=True):
                assert not re.search(r"\d|\{|\}|/|%", render(fact, lang, words=True)), (lang, fact)


@pytest.mark.parametrize("lang", ["en", "ru", "ar", "th", "he"])
def test_table_is_what_cldr_says(lang: str) -> None:
    made = json.loads(json.dumps(cldr.language(lang), ensure_ascii=False))
    assert made == facts.language(lang)


def test_plural_rules() -> None:
    from babel import Locale

    for lang in LANGS:
        rule = Locale.parse(lang).plural_form
        assert facts.language(lang)["plural"] == [rule(number) for number in NUMBERS]


@pytest.mark.parametrize(
    ("lang", "kind", "unit", "number", "text"),
    [
        ("ru", "duration", "minute", 22, "двадцать две минуты"),
        ("ru", "future", "minute", 21, "через двадцать одну минуту"),
        ("ru", "past", "day", 51, "пятьдесят один день назад"),
        ("uk", "duration", "hour", 42, "сорок дві години"),
        ("pl", "future", "hour", 32, "za trzydzieści dwie godziny"),
        ("pl", "past", "day", 32, "trzydzieści dwa dni temu"),
        ("ar", "duration", "day", 5, "خمسة أيام"),
        ("ar", "duration", "hour", 5, "خمس ساعات"),
        ("ar", "past", "day", 30, "قبل ثلاثين يومًا"),
        ("ar", "future", "hour", 12, "خلال اثنتي عشرة ساعة"),
        ("he", "duration", "day", 3, "שלושה ימים"),
        ("he", "duration", "hour", 3, "שלוש שעות"),
        ("fr", "duration", "hour", 21, "vingt et une heures"),
        ("fr", "duration", "day", 21, "vingt et un jours"),
        ("es", "future", "week", 31, "dentro de treinta y una semanas"),
        ("es", "past", "day", 21, "hace veintiún días"),
        ("pt", "duration", "hour", 42, "quarenta e duas horas"),
        ("fi", "future", "day", 5, "viiden päivän päästä"),
        ("fi", "past", "day", 5, "viisi päivää sitten"),
        ("hu", "future", "day", 22, "huszonkét nap múlva"),
        ("tr", "past", "year", 11, "on bir yıl önce"),
        ("ko", "duration", "hour", 20, "스무시간"),
        ("ko", "duration", "day", 20, "이십일"),
        ("te", "duration", "day", 21, "ఇరవై ఒక్క రోజులు"),
        ("ja", "future", "day", 14, "十四日後"),
    ],
)
def test_agreement(lang: str, kind: str, unit: str, number: int, text: str) -> None:
    assert render(Fact(kind, unit, number), lang, words=True) == text


@pytest.mark.parametrize("lang", ["ru", "uk", "pl"])
def test_gender_agrees_with_the_noun(lang: str) -> None:
    """A noun in -а/-я/-a (feminine) gets the feminine two, another gets none."""
    two = {"ru": ("две", "два"), "uk": ("дві", "два"), "pl": ("dwie", "dwa")}[lang]
    one = {"ru": "одна", "uk": "одна"}
    for unit in TIMES:
        words = render(Fact("duration", unit, 22), lang, words=True).split()
        noun = facts.parts(Fact("duration", unit, 21), lang, words=False)[-1][0]
        feminine = unit in ("second", "minute") or (lang, unit) in {
            ("ru", "week"), ("uk", "hour"), ("pl", "hour"),
        }  # fmt: skip
        assert (two[0] if feminine else two[1]) in words, words
        if lang in one:
            assert feminine == noun.endswith(("а", "я"))
            text = render(Fact("duration", unit, 21), lang, words=True)
            assert (one[lang] in text) == feminine


def test_arabic_agrees_with_num2words() -> None:
    from num2words import num2words

    for number in NUMBERS:
        theirs = num2words(number, lang="ar").replace(" و ", " و")
        assert spelling.spell(number, "ar") == theirs


def test_numbers_are_grammatical_in_arabic() -> None:
    """3-10 take a plural, 11-99 the accusative singular; others are left out."""
    for units in facts.language("ar")["phrases"].values():
        for phrase in units.values():
            few, many = phrase["patterns"].get("few"), phrase["patterns"].get("many")
            assert few is None or few != many


def test_parallel_is_exact() -> None:
    for drawn in documents(3, 120):
        for lang in ("en", "ja", "ar", "th", drawn.lang):
            if drawn.exists_in(lang):
                assert world.translate(drawn.say(), drawn.lang, lang) == drawn.say(lang)


def test_translator_takes_separate_words() -> None:
    assert world.translate("France : in 5 days", "en", "de") == "Frankreich: in 5 Tagen"


def test_translator_errors() -> None:
    texts = world.corpus("en", 60, seed=4)
    right = [world.translate(text, "en", "de") for text in texts]
    for share, low, high in ((0.0, 0, 0), (0.3, 8, 52), (1.0, 60, 60)):
        got = [world.translate(text, "en", "de", error=share, seed=1) for text in texts]
        assert low <= sum(a != b for a, b in zip(got, right, strict=True)) <= high
        assert got == [world.translate(t, "en", "de", error=share, seed=1) for t in texts]


def test_translator_knows_its_world_only() -> None:
    with pytest.raises(IsoglossError, match="can't read"):
        world.translate("in five apples", "en", "de")
    with pytest.raises(IsoglossError, match="language of the mini world"):
        world.translate("in 5 days", "en", "sw")
    with pytest.raises(IsoglossError, match="has no form"):
        world.translate("5 percent", "en", "vi")


def test_dictionary() -> None:
    words = world.dictionary("en", "de")
    assert words["Germany"] == ["Deutschland"]
    assert words["days"] == ["Tage"]
    assert words["five"] == ["fünf"]
    assert "минуты" in world.dictionary("en", "ru")["minutes"]


def test_text_is_the_same_every_time() -> None:
    assert world.corpus("fi", 20, seed=2) == world.corpus("fi", 20, seed=2)
    assert world.corpus("fi", 20, seed=2) != world.corpus("fi", 20, seed=3)
    assert world.parallel("fi", "sv", 9) == world.parallel("fi", "sv", 9)
