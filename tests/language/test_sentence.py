"""A text is split into sentences, and a long one parted, with nothing lost."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from isogloss.language.sentence import parted, sentences

TEXTS = {
    "en": ["Mr. Smith saw 3.5 km of road! ", "Did he? ", '"Yes," she said.'],
    "de": ["Am 3. Mai kam Dr. Müller. ", "Er ging z. B. heim."],
    "hi": ["यह एक वाक्य है। ", "यह दूसरा है। ", "क्या?"],
    "ta": ["இது ஒரு வாக்கியம். ", "இது மற்றொன்று."],
    "ar": ["مرحبا. ", "كيف حالك؟ ", "بخير."],
    "am": ["ሰላም ነው። ", "ደህና ነኝ።"],
    "zh-Hant": ["你好。", "再見！"],
    "ja": ["五日後に船は町へ行く。", "二週間後に戻る！"],
    "th": ["อีกห้าวันเรือจะไปเมือง และกลับมาหลังสองสัปดาห์"],
}


@pytest.mark.parametrize("lang", TEXTS)
def test_sentences_of_many_scripts(lang: str) -> None:
    assert sentences("".join(TEXTS[lang]), lang) == TEXTS[lang]


@settings(max_examples=30, deadline=None)
@given(st.text(st.sampled_from("ab. !?\n\r\t。।ก\u0301\u200d👩e"), max_size=40), st.integers(1, 9))
def test_nothing_is_lost(text: str, most: int) -> None:
    for lang in ("en", "th", "zh", "aii"):
        assert "".join(sentences(text, lang)) == text
    assert "".join(parted(text, lambda part: len(part) <= most)) == text


def test_parts_end_at_sentences_then_words_then_characters() -> None:
    def short(part: str) -> bool:
        return len(part) <= 14

    assert parted("ខ្ញុំទៅផ្សារ។ គាត់នៅផ្ទះ។", short) == ["ខ្ញុំទៅផ្សារ។ ", "គាត់នៅផ្ទះ។"]
    assert parted("बिना विराम का बहुत लंबा वाक्य", short) == ["बिना विराम का ", "बहुत ", "लंबा वाक्य"]
    assert all(len(part) % 2 == 0 for part in parted("e\u0301" * 30, short))
    family = "👨‍👩‍👧"
    assert set(parted(family * 5, short)) <= {family, 2 * family}
    assert parted(family, lambda part: False) == [family]
