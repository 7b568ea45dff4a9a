from __future__ import annotations

import csv
from collections.abc import Iterator, Mapping
from pathlib import Path
from xml.etree import ElementTree

import numpy as np
import pytest

from isogloss.core.errors import IsoglossError
from isogloss.metrics import correct_language, identify, language_coverage
from isogloss.metrics.correct_language import judge


@pytest.fixture
def fresh() -> Iterator[None]:
    """Forget verdicts, before and after an identifier is put in the place of another."""
    identify._judge.cache_clear()
    yield
    identify._judge.cache_clear()


def test_every_script_is_right_and_english_is_wrong_in_all_others(texts) -> None:
    for lang, text in texts.items():
        assert judge(text, lang) == "right"
        if lang != "en":
            assert judge(texts["en"], lang) == "wrong:en"
            assert judge(text, "en").startswith("wrong:")


@pytest.mark.parametrize(
    ("text", "lang", "verdict"),
    [
        ("", "sw", "empty"),
        (" \n\u200b", "sw", "empty"),
        ("ᚑᚌᚆᚐᚋ", "ga", "wrong:und"),
        ("33 1/2", "ru", "unjudged"),
        ("26 km", "ru", "unjudged"),
        ("26 км", "en", "unjudged"),
        ("三天", "zh", "right"),
        ("twenty hours ago", "ru", "wrong:en"),
        ("twenty hours ago", "sw", "wrong:en"),
        ("двадцать часов назад", "ru", "right"),
        ("vor zwanzig Stunden", "fr", "wrong:de"),
        ("hace veinte horas", "es", "right"),
        ("om tjue timer", "nb", "right"),
        ("пре двадесет сати", "sr", "right"),
        ("Сва људска бића рађају се слободна", "sr-Latn", "wrong:sr"),
        ("TWENTY HOURS AGO", "en", "right"),
    ],
)
def test_short_text(text: str, lang: str, verdict: str) -> None:
    assert judge(text, lang) == verdict


def test_siblings_pass_for_each_other() -> None:
    indonesian = "Semua orang dilahirkan merdeka dan mempunyai martabat dan hak yang sama."
    assert judge(indonesian, "id") == judge(indonesian, "ms") == "right"
    assert judge(indonesian, "tl").startswith("wrong:")


def test_a_language_or_script_unknown_to_the_identifier_is_refused(run) -> None:
    for lang in ("wo", "xx", "ru-Latn"):
        with pytest.raises(IsoglossError, match="leave correct_language out"):
            run(correct_language.METRIC, ["a"], ["some words"], lang)


def test_an_identifier_that_always_says_english_gives_thai_nothing(
    run, texts, monkeypatch, fresh
) -> None:
    def english(words: str) -> Mapping[str, float]:
        return {label: float(label == "en") for label in identify.labels()}

    monkeypatch.setattr(identify, "likelihoods", english)
    for lang, text in texts.items():
        assert run(correct_language.METRIC, [text], [text], lang) == (lang == "en")


def test_a_close_call_goes_to_the_expected_language(monkeypatch, fresh) -> None:
    for odds, verdict in ((1.9, "right"), (2.1, "wrong:gl")):
        found = dict.fromkeys(identify.labels(), -9.0) | {"es": 0.0, "gl": float(np.log(odds))}
        monkeypatch.setattr(identify, "likelihoods", lambda words, found=found: found)
        identify._judge.cache_clear()
        assert judge("palabras", "es") == verdict


def test_unjudged_outputs_leave_the_rate_and_lower_the_coverage(run) -> None:
    outputs = ["двадцать часов назад", "twenty hours ago", "", "26"]
    assert run(correct_language.METRIC, [""] * 4, outputs, "ru") == pytest.approx(1 / 3)
    assert run(language_coverage.METRIC, [""] * 4, outputs, "ru") == 0.75
    assert np.isnan(run(correct_language.METRIC, [""], ["26"], "ru"))


def test_the_signature_names_what_can_move_the_rate() -> None:
    signature = correct_language.METRIC.signature("sr")
    assert signature.startswith("py3langid 0.")
    assert "expected:bs=hr=sr|odds:2" in signature
    assert correct_language.METRIC.signature("ru") != signature


def test_the_tables_name_labels_that_exist() -> None:
    assert identify.labels() >= identify.RARE
    assert all(identify.labels() >= set(group) for group in identify.SIBLINGS)
    assert all(identify.scripts(label) for label in identify.labels() - {"zxx"})
    assert identify.candidates("gug") - identify.candidates("en") == {"gug"}


UDHR = {
    "am": "amh", "ar": "arb", "az": "azj_latn", "be": "bel", "cs": "ces", "da": "dan",
    "de": "deu_1996", "en": "eng", "es": "spa", "fi": "fin", "fr": "fra", "ha": "hau_NG",
    "id": "ind", "it": "ita", "ko": "kor", "mr": "mar", "nl": "nld", "no": "nob", "pl": "pol",
    "pt": "por_PT", "ru": "rus", "so": "som", "sw": "swh", "ta": "tam", "tr": "tur", "ur": "urd",
    "yo": "yor",
}  # fmt: skip


def paragraphs(data: Path, name: str, words: int) -> list[str]:
    root = ElementTree.parse(data / "udhr" / f"udhr_{name}.xml").getroot()
    texts = [node.text for node in root.iter() if node.tag.endswith("para") and node.text]
    return [" ".join(text.split()[:words]) for text in texts if len(text) > 30][:30]


@pytest.mark.parametrize(("words", "least"), [(12, 0.99), (4, 0.97)])
def test_real_text(data: Path, words: int, least: float) -> None:
    english = paragraphs(data, "eng", words)
    rates = []
    for lang, name in UDHR.items():
        verdicts = [judge(text, lang) for text in paragraphs(data, name, words)]
        rates.append(verdicts.count("right") / len(verdicts))
        passed = [text for text in english if judge(text, lang) == "right"]
        assert len(passed) == len(english) if lang == "en" else len(passed) <= 1
    assert np.mean(rates) >= least
    assert min(rates) >= least - 0.1


def test_real_model_outputs(data: Path) -> None:
    """Llama 2 answers most Arabic prompts in English, and Spanish ones in Spanish."""
    path = data / "language-confusion" / "outputs" / "llama-2-instruct.csv"
    with path.open(encoding="utf-8", newline="") as lines:
        rows = [row for row in csv.DictReader(lines) if row["task"] == "monolingual"]
    for lang, low, high in (("ar", 0.0, 0.05), ("es", 0.95, 0.99), ("en", 0.99, 1.0)):
        verdicts = [judge(row["completion"], lang) for row in rows if row["language"] == lang]
        assert low <= verdicts.count("right") / len(verdicts) <= high
