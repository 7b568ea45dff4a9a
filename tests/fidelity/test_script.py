from __future__ import annotations

import pytest

from isogloss.fidelity.script import base, letters, mostly_unspaced, scripts, unspaced
from isogloss.language.word import words


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("Don't panic: 3.14 snake_case!", "don t panic 3 14 snake case"),
        ("Das Haus, 2. Stock", "das haus 2 stock"),
        ("नमस्ते दुनिया।", "नमस्ते दुनिया"),
        ("می‌خواهم بروم", "می‌خواهم بروم"),
        ("二十六小时 ago", "二 十 六 小 时 ago"),
        ("ラーメン", "ラ ー メ ン"),
        ("ชั่วโมง abc", "ชั่ ว โ ม ง abc"),
        ("이틀 동안", "이틀 동안"),
        ("😀 …", ""),
    ],
)
def test_words_in_any_script(text: str, expected: str) -> None:
    assert words(text) == expected.split()


def test_words_ignore_the_unicode_form() -> None:
    assert words("cafe\u0301") == words("caf\u00e9")


def test_scripts_of_languages() -> None:
    assert scripts("sr") == {"Cyrillic", "Latin"}
    assert scripts("sr-Latn") == {"Latin"}
    assert scripts("ja") == {"Han", "Hiragana", "Katakana"}
    assert scripts("zh-Hant-TW") == {"Han"}
    assert scripts("xx") is None


def test_aliases() -> None:
    given = ("nb", "zh_Hans", "fil", "SWH", "pt-BR")
    assert [base(lang) for lang in given] == ["no", "zh", "tl", "sw", "pt"]


def test_unspaced_languages() -> None:
    assert all(unspaced(x) for x in ("zh", "ja", "th", "lo", "km", "my", "bo", "yue"))
    assert not any(unspaced(x) for x in ("ko", "vi", "en", "hi", "xx"))
    assert mostly_unspaced("ห้า kg ชั่วโมง")
    assert not mostly_unspaced("five ชั่ว kilograms")


def test_letters_leave_digits_and_shared_signs_out() -> None:
    assert letters("5 km², ーµ") == 2
