"""Names and words in another script never make a sentence one of that script."""

from __future__ import annotations

from pathlib import Path

import pytest

from isogloss.fidelity import Verdict, judge
from isogloss.fidelity.text import main_script, scripts, unmix, weigh, words
from isogloss.language.registry import find_language
from scored import TEXTS

NO_TEXT = [
    "Instagram", "WhatsApp", "New York", "McDonald's", "iPhone", "Windows", "GPT-4", "NASA",
    "USB-C", "@user", "@instagram_official", "https://www.instagram.com/p/abc", "www.bbc.com",
    "#MondayMotivation", "5 km", "20 GB", "100 kWh", "<PERSON>", "[NAME]", "{name}", "❤️❤️❤️❤️",
]  # fmt: skip
OTHERS = [lang for lang in TEXTS if scripts(lang) != {"Latn"}]


def one(text: str, lang: str) -> Verdict:
    return judge()([text], lang)[0]


@pytest.mark.parametrize(
    ("text", "lang", "verdict"),
    [
        ("Instagram это сайт", "ru", "right"),
        ("это сайт Instagram", "ru", "right"),
        ("Instagram там", "ru", "right"),
        ("Instagram पर यह वीडियो है", "hi", "right"),
        ("WhatsApp है", "hi", "right"),
        ("Facebook มีวิดีโอใหม่", "th", "right"),
        ("Google 检索", "zh", "right"),
        ("Microsoft Teams ስብሰባ ነው", "am", "right"),
        ("NASA ISRO यह", "hi", "right"),
        ("5 km दूर", "hi", "right"),
        ("Telegram-канал открыт", "ru", "right"),
        ("Facebook\nInstagram\nWhatsApp\nयह सूची है", "hi", "right"),
        ("Leonardo da Vinci это художник", "ru", "right"),
        ("художник Leonardo da Vinci родился", "ru", "right"),
        ("The Beatles это группа", "ru", "right"),
        ("The Lord of the Rings это фильм", "ru", "right"),
        ("фильм The Lord of the Rings вышел вчера", "ru", "right"),
        ("Vincent van der Berg एक चित्रकार है", "hi", "right"),
        ("Node.js это платформа", "ru", "right"),
        ("report.pdf это файл", "ru", "right"),
        ("Vitamin C это важно", "ru", "right"),
        ("the river это большая река", "ru", "mixed:en"),
        ("The river rose, сказал он вчера вечером", "ru", "mixed:en"),
        ("Barack Obama Москва", "ru", "short"),
        ("Instagram", "ru", "script:und-Latn"),
        ("This is the main page of Россия", "ru", "wrong:en"),
        ("main ghar ja raha hoon मैं", "hi", "script:und-Latn"),
        ("Deep learning это интересно", "ru", "mixed:en"),
    ],
)
def test_a_name_in_another_script(text: str, lang: str, verdict: str) -> None:
    assert str(one(text, lang)) == verdict


@pytest.mark.parametrize("lang", OTHERS)
def test_what_is_in_no_language_moves_no_verdict_wherever_it_stands(lang: str) -> None:
    spaced = TEXTS[lang].split(" ")
    parts = spaced if len(spaced) > 3 else [TEXTS[lang][:12], TEXTS[lang][12:]]
    for known in (parts, parts[:3]):
        for place in (0, len(known) // 2, len(known)):
            texts = [" ".join([*known[:place], thing, *known[place:]]) for thing in NO_TEXT]
            for text, verdict in zip(texts, judge()(texts, lang), strict=True):
                assert verdict.right, (text, verdict)


@pytest.mark.parametrize(
    ("text", "lang", "spans"),
    [
        ("मैं आज office जाऊंगा", "hi", ["office"]),
        ("office में है", "hi", ["office"]),
        ("वह office में है", "hi", ["office"]),
        ("कल हमारी meeting है", "hi", ["meeting"]),
        ("मुझे कल meeting attend करनी है", "hi", ["meeting attend"]),
        ("मेरा favourite movie the dark knight है", "hi", ["favourite movie the dark knight"]),
        ("Thank you very much मेरे दोस्त", "hi", ["Thank you very much"]),
        ("என் meeting நாளை", "ta", ["meeting"]),
        ("ನಾನು office ಹೋಗುತ್ತೇನೆ", "kn", ["office"]),
        ("ผมไป office วันนี้", "th", ["office"]),
        ("나는 office 갔다", "ko", ["office"]),
        ("ዛሬ office እሄዳለሁ", "am", ["office"]),
        ("私は office に行く", "ja", ["office"]),
        ("أنا في office الآن", "ar", ["office"]),
    ],
)
def test_only_the_foreign_words_are_the_span(text: str, lang: str, spans: list[str]) -> None:
    verdict = one(text, lang)
    assert str(verdict) == "mixed:en"
    assert [span.text for span in verdict.spans] == spans
    assert all(text[span.start : span.end] == span.text for span in verdict.spans)
    assert verdict.share < 0.75


@pytest.mark.parametrize(
    ("text", "written"),
    [
        ("Вaшингтoнoв", "Вашингтонов"),
        ("СAД", "САД"),
        ("oвo", "ово"),
        ("Mоscow", "Moscow"),
        ("iPhoneом", "iPhoneом"),
        ("hello мир", "hello мир"),
    ],
)
def test_letters_of_one_look_are_of_the_word_they_stand_in(text: str, written: str) -> None:
    assert unmix(text) == written
    assert [word.text for word in words(text)] == [word.text for word in words(written)]


def test_a_text_with_letters_of_the_other_alphabet_is_in_its_language() -> None:
    text = "Стaв СAД изaзвao je нeгaтивну рeaкциjу, кoja je пoтврдилa свojу пoсвeћeнoст"
    assert one(text, "sr").right
    assert str(one(text.replace("у", "y"), "en")).startswith(("wrong", "script"))


def test_spans_stand_as_they_are_in_the_text() -> None:
    text = "Le gouvernement a dit que the new @user policy will be applied dans tout le pays"
    (span,) = one(text, "fr").spans
    assert text[span.start : span.end] == span.text == "the new @user policy will be applied"


def test_letters_weigh_alike_in_all_scripts() -> None:
    """One meaning has about the same weight wherever it is written."""
    english = weigh(TEXTS["en"])
    for lang, text in TEXTS.items():
        assert 0.6 < weigh(text) / english < 1.4, lang
    assert main_script("उसने कहा meeting है") == "Deva"
    assert main_script("강물이 rose") == "Hang"


def test_letters_weigh_alike_in_the_declaration_of_human_rights(data: Path) -> None:
    from xml.etree import ElementTree

    def weight(name: str) -> tuple[str, float]:
        root = ElementTree.parse(data / "udhr" / f"udhr_{name}.xml").getroot()
        paragraphs = (node.text or "" for node in root.iter() if node.tag.endswith("para"))
        return find_language(root.get("iso639-3") or "").script, weigh(" ".join(paragraphs))

    _, english = weight("eng")
    for name in ("amh", "arb", "ben", "hin", "jpn", "kan", "kor", "mya", "rus", "tam", "cmn_hans"):
        script, found = weight(name)
        assert 0.6 < found / english < 1.8, script
