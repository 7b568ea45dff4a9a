from __future__ import annotations

import random
from collections.abc import Sequence
from typing import Any

import numpy as np
import pytest

import isogloss
from isogloss.core.errors import IsoglossError
from isogloss.core.types import Example, Prediction
from isogloss.fidelity import KINDS, Judge, Verdict, judge, measure_fidelity
from isogloss.fidelity.candidate import (
    BIG,
    NEIGHBOURS,
    SIBLINGS,
    candidates,
    related_languages,
    siblings,
)
from isogloss.language.registry import find_language
from isogloss.metrics import correct_language, language_coverage, language_sibling

KNOWN = ["am", "ar", "el", "en", "he", "ja", "ka", "km", "ko", "my", "ne", "ru", "ta", "th", "zh"]
TABLES = {code for group in (*NEIGHBOURS, *SIBLINGS, BIG) for code in group}
LABELS = tuple(sorted(TABLES | set(KNOWN)))


class Always:
    """An identifier that gives the same scores to every text."""

    def __init__(self, **scores: float) -> None:
        self.labels = LABELS
        self.row = [scores.get(label, -9.0) for label in LABELS]

    def scores(self, texts: Sequence[str]) -> Any:
        return np.array([self.row] * len(texts))


class Only:
    """An identifier that knows English alone."""

    labels = ("en",)

    def scores(self, texts: Sequence[str]) -> Any:
        return np.zeros((len(texts), 1))


def one(text: str, lang: str, asked: str | None = None) -> Verdict:
    return judge()([text], lang, [asked])[0]


def test_every_script_is_right_and_english_is_wrong_in_all_others(texts) -> None:
    for lang, text in texts.items():
        assert str(one(text, lang)) == "right"
        if lang != "en":
            assert str(one(texts["en"], lang)) == "wrong:en"
            assert not one(text, "en").right


@pytest.mark.parametrize(
    ("text", "lang", "verdict"),
    [
        ("", "sw", "empty"),
        (" \n\u200b", "sw", "empty"),
        ("33 1/2", "ru", "unjudged"),
        ("https://example.org/a?b=c", "ru", "unjudged"),
        ("26 km", "ru", "short"),
        ("26 км", "en", "short"),
        ("hola", "es", "short"),
        ("Barack Obama", "sw", "short"),
        ("三天", "zh", "sibling"),
        ("三天之后", "zh", "sibling"),
        ("三天后我们会见面", "zh", "right"),
        ("込", "zh", "wrong:ja"),
        ("二十六日後", "ja", "sibling"),
        ("東京駅周辺", "ja", "right"),
        ("東京都知事選挙開票速報会場中止", "ja", "right"),
        ("本日上午十時在北京大學召開全國代表大會", "ja", "wrong:zh"),
        ("二十六小时", "ja", "wrong:zh"),
        ("二十六日後に", "ja", "right"),
        ("三天后我们会见面", "ja", "wrong:zh"),
        ("Hello", "en", "right"),
        ("twenty hours ago", "ru", "wrong:en"),
        ("twenty hours ago", "sw", "wrong:en"),
        ("двадцать часов назад", "ru", "right"),
        ("vor zwanzig Stunden", "fr", "wrong:de"),
        ("hace veinte horas", "es", "right"),
        ("om tjue timer", "nb", "sibling"),
        ("jeg kommer ikke i morgen", "nb", "right"),
        ("eg kjem ikkje i morgon", "nb", "wrong:nn"),
        ("eg kjem ikkje i morgon", "nn", "right"),
        ("prije dvadeset dana", "hr", "sibling"),
        ("tijekom prošlog tjedna", "hr", "right"),
        ("uvek je bilo lepo vreme posle kiše", "hr", "wrong:sr-Latn"),
        ("uvek je bilo lepo vreme posle kiše", "sr-Latn", "right"),
        ("mereka mengatakan bahwa harga naik karena hujan", "id", "right"),
        ("mereka berkata bahawa harga naik kerana hujan", "id", "wrong:ms"),
        ("佢哋喺香港食飯", "yue", "right"),
        ("香港今日天氣很好", "yue", "sibling"),
        ("пре двадесет сати", "sr", "right"),
        ("TWENTY HOURS AGO", "en", "right"),
        ("ᚑᚌᚆᚐᚋ", "ga", "script:und-Zzzz"),
        ("Сва људска бића рађају се слободна", "sr-Latn", "script:und-Cyrl"),
        ("Sva ljudska bića rađaju se slobodna", "sr", "script:und-Latn"),
        ("Барча одамлар эркин, қадр-қиммат ва ҳуқуқларда тенг", "uz", "script:und-Cyrl"),
        ("Все люди рождаются свободными и равными", "uz", "wrong:ru"),
        ("سارے انسان آزاد تے حقوق تے عزت دے لحاظ توں برابر", "pa", "script:und-Arab"),
        ("main ghar ja raha hoon aur khana kha raha hoon", "hi", "script:und-Latn"),
        ("這個國家的學生們都說漢語", "zh", "script:zh-Hant"),
        ("这个国家的学生们都说汉语", "zh-Hant", "script:zh"),
        ("na na na na na na", "sw", "repeated"),
        ("wowowowowowowowowowowowowowowo", "sw", "repeated"),
        ("ދިވެހިރާއްޖެ", "dv", "right"),
        ("Nit ñépp danuy juddu yam ci tawfeex ci sag", "wo", "unjudged"),
        ("The people of this country have many languages", "wo", "wrong:en"),
    ],
)
def test_verdict(text: str, lang: str, verdict: str) -> None:
    assert str(one(text, lang)) == verdict


@pytest.mark.parametrize(
    ("text", "lang", "into", "spans"),
    [
        ("il y a three jours", "fr", "en", ["three"]),
        ("twenty-six часов назад", "ru", "en", ["twenty-six"]),
        ("แม่น้ำ the river สูงขึ้นสามเมตร", "th", "en", ["the river"]),
        ("河水 the river 上涨了三米之后", "zh", "en", ["the river"]),
        (
            "Le gouvernement a dit que the new policy will be applied dans tout le pays",
            "fr",
            "en",
            ["the new policy will be applied"],
        ),
        (
            "Mto ulipanda, und die Menschen haben ihre Häuser verlassen, kwa mita tatu",
            "sw",
            "de",
            ["und die Menschen haben ihre Häuser verlassen"],
        ),
    ],
)
def test_foreign_words_are_found_in_place(
    text: str, lang: str, into: str, spans: list[str]
) -> None:
    verdict = one(text, lang)
    assert str(verdict) == f"mixed:{into}"
    assert [span.text for span in verdict.spans] == spans
    assert all(text[span.start : span.end] == span.text for span in verdict.spans)
    assert 0 < verdict.share < 0.7


def test_names_loanwords_and_code_are_not_foreign() -> None:
    swahili = "Rais Barack Obama alitembelea New York City jana na kuzungumza na wananchi"
    assert one(swahili, "sw").right
    assert one("La fonction `for item in list` parcourt les éléments de la liste", "fr").right
    assert one("Приложение iPhone от компании Apple вышло вчера", "ru").right


def test_a_copy_of_the_input_is_not_right() -> None:
    text = "Le fleuve a monté de trois mètres."
    assert one(text, "fr", text).kind == "copied"
    assert one("le fleuve a monté de trois mètres", "fr", text).kind == "copied"
    assert one(text, "fr", "Un autre texte.").right


def test_an_identifier_that_knows_nothing_but_english_does_not_pass_thai() -> None:
    assert str(Judge(Only())(["แม่น้ำสูงขึ้นสามเมตร"], "th")[0]) == "wrong:en"


def test_an_identifier_that_always_says_english_gives_every_other_language_nothing(texts) -> None:
    using = Judge(Always(en=0.0))
    for lang, text in texts.items():
        verdict = using([text], lang)[0]
        assert verdict.right == (lang == "en")
        assert verdict.judged
        if lang in ("th", "km"):
            assert str(verdict) == "wrong:en"


def test_a_neighbour_needs_more_than_a_hint() -> None:
    near = {"es": 0.0, "gl": 0.6}
    assert Judge(Always(**near))(["palabras del texto largo"], "es")[0].right
    verdict = Judge(Always(es=0.0, gl=1.0))(["palabras del texto largo"], "es")[0]
    assert verdict.kind == "unjudged"
    assert "es or gl" in verdict.reason
    verdict = Judge(Always(es=0.0, gl=1.6))(["palabras del texto largo"], "es")[0]
    assert str(verdict) == "wrong:gl"


def test_a_close_call_with_a_big_language_is_not_judged() -> None:
    verdict = Judge(Always(sw=0.0, en=0.5))(["maneno machache ya kutosha"], "sw")[0]
    assert verdict.kind == "unjudged"
    assert Judge(Always(sw=0.0, en=0.5))(["maneno"], "sw")[0].kind == "short"


def test_the_full_set_overrules_only_where_it_is_sure() -> None:
    assert "sv" not in candidates("sw")
    assert Judge(Always(sw=0.0, sv=2.0))(["maneno machache ya kutosha"], "sw")[0].right
    verdict = Judge(Always(sw=0.0, sv=3.0))(["maneno machache ya kutosha"], "sw")[0]
    assert str(verdict) == "wrong:sv"


def test_siblings_pass_for_each_other() -> None:
    indonesian = "Semua orang dilahirkan merdeka dan mempunyai martabat dan hak yang sama."
    for lang in ("id", "ms"):
        verdict = one(indonesian, lang)
        assert verdict.kind == "sibling"
        assert verdict.right
        assert verdict.reason == f"{lang} or {'ms' if lang == 'id' else 'id'}: no word tells"
    assert not one(indonesian, "tl").right


def test_a_verdict_follows_from_the_text_alone(texts) -> None:
    alone = {lang: judge()([text], lang)[0] for lang, text in texts.items()}
    together = measure_fidelity(list(texts.values()), list(texts))
    assert together.verdicts == list(alone.values())


def test_candidates_name_languages_of_the_registry() -> None:
    for code in TABLES:
        assert find_language(code).code in (code, *siblings(code)), code
    assert siblings("id") == siblings("ms") == {"id", "ms"}
    assert candidates("sr") >= {"sr", "hr", "bs", "en", "ru", "bg"}


def test_rate_with_all_it_leaves_open() -> None:
    texts = ["двадцать часов назад", "twenty hours ago", "", "26"]
    found = measure_fidelity(texts, "ru", references=["двадцать часов назад"] * 4)
    assert found.rate == pytest.approx(1 / 3)
    assert found.coverage == 0.75
    assert (found.total.worst, found.total.best) == (0.25, 0.5)
    low, high = found.interval
    assert low < 1 / 3 < high
    assert found.references["ru"].rate == 1.0
    plain = found.to_json()["ru"]
    assert plain["verdicts"]["empty"] == 1
    assert plain["into"] == {"en": 1}
    assert plain["signature"].startswith("py3langid 0.")


def test_isogloss_fidelity_needs_texts_that_fit() -> None:
    assert isogloss.measure_fidelity(["hace veinte horas"], "spa_Latn").rate == 1.0
    with pytest.raises(IsoglossError, match="2 texts and 1 inputs"):
        isogloss.measure_fidelity(["a", "b"], "es", inputs=["c"])
    with pytest.raises(IsoglossError, match="unknown language"):
        isogloss.measure_fidelity(["a"], "xx-Nope")
    assert np.isnan(isogloss.measure_fidelity([], "es").rate)


def test_unjudged_outputs_leave_the_rate_and_lower_the_coverage(run) -> None:
    outputs = ["двадцать часов назад", "twenty hours ago", "", "26"]
    assert run(correct_language.METRIC, [""] * 4, outputs, "ru") == pytest.approx(1 / 3)
    assert run(language_coverage.METRIC, [""] * 4, outputs, "ru") == 0.75
    assert np.isnan(run(correct_language.METRIC, [""], ["26"], "ru"))


def test_a_copy_counts_as_wrong_unless_it_is_the_answer(run) -> None:
    text = "двадцать часов назад"
    assert run(correct_language.METRIC, ["другое"], [text], "ru", inputs=[text]) == 0.0
    assert run(correct_language.METRIC, [text], [text], "ru", inputs=[text]) == 1.0


def test_the_signature_names_what_can_move_the_rate() -> None:
    signature = correct_language.METRIC.signature("sr")
    assert signature.startswith("py3langid 0.")
    assert "candidates:2:" in signature
    assert "expected:bs=hr=sr" in signature
    assert correct_language.METRIC.signature("ru") != signature


def test_the_interval_is_widened_by_what_the_identifier_misses() -> None:
    from isogloss.fidelity.rate import Rate, wilson

    def rate(into: str, words: int, measured: bool = True) -> Rate:
        found = Rate("nb", measured)
        for kind in ["right"] * 80 + ["wrong"] * 20:
            found.add(Verdict(kind, into if kind == "wrong" else "nb", words=words))
        return found

    plain = wilson(80, 100)
    english, danish, longer = rate("en", 3), rate("da", 3), rate("da", 10)
    assert english.interval[0] <= plain[0]
    assert english.interval[1] >= plain[1]
    # at three words, for each Danish text that is noticed about another one passes
    assert danish.interval[0] < english.interval[0] - 0.08
    assert danish.interval[0] < longer.interval[0] - 0.05
    assert rate("en", 3, measured=False).interval[1] > english.interval[1]
    assert Rate("nb").interval == (0.0, 1.0)


def test_what_may_be_in_a_sibling_counts_as_right_and_lowers_the_low_end_alone() -> None:
    texts = ["prije dvadeset dana"] * 3 + ["tijekom prošlog tjedna", "twenty hours ago", "26"]
    found = measure_fidelity(texts, "hr").total
    assert (found.rate, found.sibling, found.coverage) == (4 / 5, 3 / 5, 5 / 6)
    assert (found.worst, found.best) == (1 / 6, 5 / 6)
    surely = measure_fidelity(texts[3:5] + ["tijekom prošlog tjedna"] * 3, "hr").total
    assert surely.rate == found.rate
    assert found.interval[0] < surely.interval[0] - 0.2
    assert found.interval[1] == pytest.approx(surely.interval[1], abs=0.01)
    assert found.to_json()["sibling"] == 0.6


def test_siblings_count_as_right_in_a_row_and_lower_its_interval(run) -> None:
    from isogloss.run.score import measure

    texts = ["prije dvadeset dana"] * 15 + ["tijekom prošlog tjedna"] * 5
    assert run(correct_language.METRIC, [""] * 20, texts, "hr") == 1.0
    assert run(language_sibling.METRIC, [""] * 20, texts, "hr") == 0.75
    items = [Example(str(i), "hr", {}, "") for i in range(20)]
    guesses = [Prediction(str(i), text) for i, text in enumerate(texts)]
    stats = correct_language.METRIC.stats(items, guesses, "hr")
    value, low, high = measure(correct_language.METRIC, stats)
    assert (value, high) == (1.0, 1.0)
    assert 0.0 < low < 0.25


def test_a_code_for_the_whole_group_and_another_script_have_no_siblings() -> None:
    for lang in ("ar", "zh", "fa", "sr", "sw"):
        assert related_languages(lang) == frozenset()
    assert related_languages("hr") == {"bs", "sr-Latn"}
    assert related_languages("arz") >= {"ar", "ary"}
    assert related_languages("am") == {"ti"}


def test_letters_tell_amharic_from_tigrinya() -> None:
    tigrinya = "ኣብ ሃገርና ብዙሓት ሰባት ኣለዉ"
    assert one(tigrinya, "ti").kind == "right"
    assert str(one(tigrinya, "am")) == "wrong:ti"
    assert one("ሰላም", "am").kind == "sibling"


def test_whatever_a_model_writes_gets_a_verdict() -> None:
    rng = random.Random(0)
    blocks = ((0, 0x80), (0xA0, 0x600), (0x600, 0x1400), (0x2000, 0x2070), (0x3000, 0x5000))
    blocks += ((0xAC00, 0xB000), (0xD800, 0xE000), (0x10000, 0x10800), (0x1F600, 0x1F640))
    langs = ["en", "zh", "ja", "th", "sr", "wo", "ar", "km", "dv", "zgh", "ii"]
    for _ in range(300):
        text = "".join(chr(rng.randrange(*rng.choice(blocks))) for _ in range(rng.randrange(40)))
        if rng.random() < 0.2:
            text = text[:3] * rng.randrange(1, 30)
        verdict = one(text, rng.choice(langs), text[::-1])
        assert verdict.kind in KINDS
        assert 0.0 <= verdict.share <= 1.0
        assert all(0 <= span.start < span.end <= len(text) for span in verdict.spans)
