"""What is counted in corpora, and what is not known of small ones."""

from __future__ import annotations

from math import isnan
from pathlib import Path

import pytest

from isogloss.core.errors import IsoglossError
from isogloss.relation.statistic import FEWEST, KEYS, profile, profiles, statistics

ENGLISH = ["The river rose by three metres."] * 20
GERMAN = ["Der Fluss stieg um drei Meter."] * 40


def test_profile_counts() -> None:
    found = profile(["The river rose.", "the River"], "eng")
    assert (found.lang, found.size, found.tokens, found.script) == ("en", 2, 5, "Latn")
    assert found.types == {"the", "river", "rose"}
    assert found.subwords is None


def test_statistics_are_those_of_langrank() -> None:
    source = profile([*ENGLISH, "drei"], "en")
    target = profile(GERMAN, "de")
    found = statistics(source, target)
    assert tuple(found) == KEYS
    assert found["word_overlap"] == pytest.approx(1 / (7 + 6))
    assert found["source_size"] == 21
    assert found["size_ratio"] == pytest.approx(21 / 40)
    assert found["source_ttr"] == pytest.approx(7 / 121)
    assert found["ttr_distance"] == pytest.approx((1 - (7 / 121) / (6 / 240)) ** 2)
    assert found["same_script"] == 1.0
    assert isnan(found["subword_overlap"])
    assert isnan(found["source_fertility"])


def test_tokens_of_a_backbone() -> None:
    def tokenize(text: str) -> list[str]:
        return [letter if letter.isascii() else "<unk>" for letter in text if letter != " "]

    one = profile(["abc é"] * 60, "fr", tokenize)
    other = profile(["abd e"] * 60, "en", tokenize)
    found = statistics(one, other)
    assert found["source_fertility"] == 2.0
    assert found["source_unknown"] == 0.25
    assert found["target_unknown"] == 0.0
    assert found["subword_overlap"] == pytest.approx(2 / 7), "<unk> is shared by nothing"


def test_letters_are_the_words_of_unspaced_scripts() -> None:
    assert profile(["水很冷"], "zh").tokens == 3
    found = statistics(profile(["水很冷"] * 40, "zh"), profile(["water"] * 100, "en"))
    assert found["word_overlap"] == 0.0
    assert found["same_script"] == 0.0


def test_too_little_text_is_not_compared() -> None:
    few, enough = profile(["word"] * (FEWEST - 1), "en"), profile(["Wort"] * FEWEST, "de")
    found = statistics(few, enough)
    for name in ("word_overlap", "source_ttr", "ttr_distance"):
        assert isnan(found[name]), name
    assert found["source_size"] == FEWEST - 1
    assert found["target_ttr"] == 1 / FEWEST


@pytest.mark.parametrize("texts", [[], [""], ["... !"]])
def test_no_word_at_all(texts: list[str]) -> None:
    with pytest.raises(IsoglossError, match="no word in the"):
        profile(texts, "en")


def test_one_string_is_no_list_of_texts() -> None:
    with pytest.raises(IsoglossError, match="one string"):
        profile("The river rose.", "en")


def test_profiles_of_a_folder(tmp_path: Path) -> None:
    (tmp_path / "sw.txt").write_text("Mto uliongezeka.\nMvua kubwa.\n", encoding="utf-8")
    (tmp_path / "deu.txt").write_text("Der Fluss stieg.\n", encoding="utf-8")
    found = profiles(tmp_path)
    assert list(found) == ["de", "sw"]
    assert found["sw"].size == 2


def test_real_text(data: Path) -> None:
    folder = data / "ntrex"
    if not folder.is_dir():
        pytest.skip("no ntrex")
    from isogloss.reader.corpus import texts

    def read(name: str) -> list[str]:
        return texts(folder / f"newstest2019-{name}.txt")[:300]

    german, english, turkish = (
        profile(read(name), lang)
        for name, lang in [("ref.deu", "de"), ("src.eng", "en"), ("ref.tur", "tr")]
    )
    near, far = statistics(english, german), statistics(english, turkish)
    assert near["word_overlap"] > far["word_overlap"] > 0
    assert turkish.ttr > german.ttr > english.ttr
