"""Verdicts on real text: 44 languages in 16 scripts, from one word to thirty."""

from __future__ import annotations

import csv
import random
from pathlib import Path
from xml.etree import ElementTree

import pytest

from isogloss.fidelity import judge, measure_fidelity
from isogloss.fidelity.candidate import neighbours
from isogloss.fidelity.reliability import SIZES, doubts, measured, table
from isogloss.fidelity.text import words
from isogloss.language.registry import find_language

UDHR = {
    "am": "amh", "ar": "arb", "az": "azj_latn", "be": "bel", "bg": "bul", "bn": "ben",
    "cs": "ces", "da": "dan", "de": "deu_1996", "en": "eng", "es": "spa", "et": "est",
    "fa": "pes_1", "fi": "fin", "fr": "fra", "gl": "glg", "ha": "hau_NG", "hi": "hin",
    "hr": "hrv", "id": "ind", "ig": "ibo", "it": "ita", "ja": "jpn", "kn": "kan", "ko": "kor",
    "lb": "ltz", "mn": "khk", "mr": "mar", "mt": "mlt", "my": "mya", "nb": "nob", "nl": "nld",
    "pl": "pol", "pt": "por_PT", "ro": "ron_2006", "ru": "rus", "so": "som", "sv": "swe",
    "sw": "swh", "ta": "tam", "te": "tel", "tr": "tur", "uk": "ukr", "ur": "urd", "yi": "ydd",
    "yo": "yor", "zh": "cmn_hans", "zh-Hant": "cmn_hant",
}  # fmt: skip
LEAST = {1: (0.95, 0.75), 3: (0.98, 0.85), 5: (0.98, 0.9), 10: (0.99, 0.9), 30: (0.99, 0.95)}
"""Length in words -> share of the judged texts that pass: on average, and at least."""
COVERED = {1: 0.55, 3: 0.93, 5: 0.96, 10: 0.97, 30: 0.97}
"""Length in words -> share of the texts that are judged, on average."""


def pieces(data: Path, name: str, length: int, most: int = 15) -> list[str]:
    """Cut stretches of some words out of the Declaration of Human Rights."""
    root = ElementTree.parse(data / "udhr" / f"udhr_{name}.xml").getroot()
    rng = random.Random(length)
    found = []
    for node in root.iter():
        known = words(node.text or "") if node.tag.endswith("para") else []
        if len(known) >= length and len(found) < most and node.text:
            start = rng.randrange(len(known) - length + 1)
            found.append(node.text[known[start].start : known[start + length - 1].end])
    return found


@pytest.mark.parametrize("length", SIZES)
def test_real_text_in_every_language(data: Path, length: int) -> None:
    mean, least = LEAST[length]
    rates, covered = {}, []
    for lang, name in UDHR.items():
        texts = pieces(data, name, length)
        if not texts:  # no paragraph of thirty pieces
            continue
        found = measure_fidelity(texts, lang)
        covered.append(found.coverage)
        if found.total.judged >= 5:
            rates[lang] = found.rate
    assert len(rates) >= (40 if length < 30 else 30)
    assert sum(covered) / len(covered) >= COVERED[length]
    assert sum(rates.values()) / len(rates) >= mean
    assert min(rates.values()) >= least, min(rates, key=lambda lang: rates[lang])


@pytest.mark.parametrize("length", SIZES)
def test_no_language_takes_another_ones_text(data: Path, length: int) -> None:
    """English, French and Russian pass for none of the others."""
    for source, most in (("en", 1), ("fr", 1), ("ru", 0)):
        texts = pieces(data, UDHR[source], length)
        for lang in UDHR.keys() - {source, *neighbours(source)}:
            verdicts = judge()(texts, lang)
            assert sum(verdict.right for verdict in verdicts) <= most, (source, lang)


def test_a_sentence_of_english_in_another_language_is_mixed(data: Path) -> None:
    english = "and the committee will meet again on Monday"
    for lang, name in UDHR.items():
        if lang == "en":
            continue
        text = pieces(data, name, 10)[0]
        verdict = judge()([f"{text} {english}"], lang)[0]
        assert str(verdict) in ("mixed:en", "wrong:en"), (lang, verdict)
        if verdict.kind == "mixed":
            assert any("committee will meet" in span.text for span in verdict.spans), verdict


def test_real_model_outputs(data: Path) -> None:
    """Llama 2 answers most Arabic prompts in English, and Spanish ones in Spanish."""
    path = data / "language-confusion" / "outputs" / "llama-2-instruct.csv"
    with path.open(encoding="utf-8", newline="") as lines:
        rows = [row for row in csv.DictReader(lines) if row["task"] == "monolingual"]
    for lang, low, high in (("ar", 0.0, 0.05), ("es", 0.94, 0.99), ("en", 0.99, 1.0)):
        found = measure_fidelity(
            [row["completion"] for row in rows if row["language"] == lang], lang
        )
        assert low <= found.rate <= high
        assert found.coverage == 1.0
        assert found.interval[0] < found.rate or found.rate == 0.0


def test_the_shipped_figures_cover_forty_languages_in_twelve_scripts() -> None:
    known = {lang for lang, _ in table() if measured(lang)[0].right}
    assert len(known) >= 40
    assert len({find_language(lang).script for lang in known}) >= 12
    for one in table().values():
        assert one.right + one.sibling + one.wrong <= one.n
        assert one.kin_share <= 0.02, one
        assert one.passed <= one.foreign
    swahili = measured("sw")
    assert [one.words for one in swahili] == list(SIZES)
    assert swahili[2].judged > 0.9
    assert any("da pass for it" in line for line in doubts(["nb"]))
    assert any("may be ms" in line for line in doubts(["id"]))
    assert any("not measured" in line for line in doubts(["br"]))


@pytest.mark.slow
@pytest.mark.timeout(900)
def test_the_shipped_figures_are_those_of_the_code(data: Path, monkeypatch, tmp_path: Path) -> None:
    import importlib.util

    if len(list((data / "ntrex").glob("newstest2019-*.txt"))) < 128:
        pytest.skip("only a part of NTREX-128 is there")
    path = Path(__file__).parents[2] / "tools" / "reliability.py"
    spec = importlib.util.spec_from_file_location("reliability_tool", path)
    assert spec is not None
    assert spec.loader is not None
    tool = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(tool)
    shipped = tool.TABLE.read_text("utf-8")
    monkeypatch.setattr(tool, "TABLE", tmp_path / "reliability.tsv")
    tool.main(data)
    assert tool.TABLE.read_text("utf-8") == shipped
