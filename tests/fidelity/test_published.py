"""The published measures against their procedures, and where they mislead."""

from __future__ import annotations

import csv
import math
from collections.abc import Callable, Sequence
from itertools import groupby
from pathlib import Path

import pytest

from fake_identifier import always, telling
from isogloss import plugin
from isogloss.core.errors import IsoglossError
from isogloss.core.identifier import Identifier
from isogloss.fidelity import Judge, published
from isogloss.fidelity.identify import identify
from isogloss.fidelity.published import confusion

ENGLISH = frozenset({"The", "the", "this", "that", "with", "your", "effects", "Paris"})
"""Stands for the word list, which is not ours to ship."""
PUNCTUATION = "!\"#$%&'()*+,-./:;<=>?@[\\]^_`{|}~"

Scores = dict[str, float]


def reference(
    responses: Sequence[str],
    lang: str,
    identifier: Identifier,
    english: frozenset[str],
    tokens_of: Callable[[str], Sequence[str]],
) -> Scores:
    """Follow the written procedure of the language confusion benchmark, step by step."""
    frequent = {word for word in english if word == word.lower() and len(word) >= 4}
    kept = line_failed = word_failed = 0
    accuracies = []
    for response in responses:
        head = response.partition("\nQ:")[0].strip()
        for sign in PUNCTUATION:
            head = head.replace(sign, "")
        head = head.replace("\u2014", " ").replace("\u060c", "")
        pairs = [(line, tokens_of(line)) for line in head.split("\n")]
        pairs = [(line, tokens) for line, tokens in pairs if len(tokens) > 4]
        if not pairs:
            continue
        kept += 1
        good = 0
        for line, _ in pairs:
            ranked = identify(identifier, [line])[0]
            label = ranked[0][0] if ranked and ranked[0][1] > 0.3 else "unknown"
            good += label == lang
        accuracies.append(good / len(pairs))
        if good < len(pairs):
            line_failed += 1
        elif any(token.strip() in frequent for _, tokens in pairs for token in tokens):
            word_failed += 1
    scores = {
        "acc": sum(accuracies) / len(accuracies) if accuracies else 1.0,
        "lpr": 1 - line_failed / max(1, kept),
    }
    if lang in {"ar", "hi", "ja", "ko", "ru", "zh"}:
        scores["wpr"] = 1 - word_failed / max(1, kept - line_failed)
        both = scores["lpr"] + scores["wpr"]
        scores["lcpr"] = 2 * scores["lpr"] * scores["wpr"] / both if both else 0.0
    return scores


def outputs(data: Path) -> dict[tuple[str, str], list[str]]:
    """Read the released responses by (source, language)."""
    found: dict[tuple[str, str], list[str]] = {}
    for path in sorted((data / "language-confusion" / "outputs").glob("*.csv")):
        with path.open(encoding="utf-8", newline="") as file:
            for row in csv.DictReader(file):
                key = (f"{row['task']}/{row['source']}", row["language"])
                found.setdefault(key, []).append(row["completion"])
    return found


def tokens(lang: str) -> Callable[[str], Sequence[str]]:
    """Give the script's tokenizer, or letters where it is not installed."""
    try:
        return published.tokenizer(lang)
    except IsoglossError:
        return list


def same(cells: dict[tuple[str, str], list[str]]) -> None:
    """Compare every cell and the average with the reference procedure."""
    default = plugin.identifier()
    ours, theirs = {}, {}
    for key, texts in cells.items():
        split = tokens(key[1])
        cell = confusion(texts, key[1], identifier=default, english=ENGLISH, tokenize=split)
        theirs[key] = reference(texts, key[1], default, ENGLISH, split)
        ours[key] = cell
        for name in ("acc", "lpr", "wpr", "lcpr"):
            value, want = getattr(cell, name), theirs[key].get(name)
            assert value == (None if want is None else pytest.approx(want, abs=1e-9)), (key, name)
    means = published.average(ours)
    for name in ("acc", "lpr", "wpr"):
        ordered = sorted(key for key in theirs if name in theirs[key])
        by_lang = [
            [theirs[key][name] for key in group]
            for _, group in groupby(sorted(ordered, key=lambda k: k[1]), key=lambda k: k[1])
        ]
        want = sum(sum(one) / len(one) for one in by_lang) / len(by_lang)
        assert means[name] == pytest.approx(want, abs=1e-9)


def test_equals_the_procedure(data: Path) -> None:
    cells = outputs(data)
    assert len({lang for _, lang in cells}) == 15
    same({key: texts[:3] for key, texts in cells.items()})


@pytest.mark.slow
@pytest.mark.timeout(1200)
def test_equals_the_procedure_on_every_response(data: Path) -> None:
    cells = outputs(data)
    assert sum(map(len, cells.values())) > 6000
    same(cells)


def russian(share: float = 0.9) -> Identifier:
    return telling(lambda line: ("en" if "bad" in line else "ru", share))


@pytest.mark.parametrize(
    ("text", "lpr", "wpr"),
    [
        ("раз два три четыре пять", 1.0, 1.0),
        ("раз два три четыре пять\nbad two three four five", 0.0, 1.0),
        ("раз два три четыре пять\nbad two three four", 1.0, 1.0),
        ("раз два три this пять", 1.0, 0.0),
        ("раз два три The пять", 1.0, 1.0),
        ("раз два три (this), пять", 1.0, 0.0),
        ("раз два три пять—this", 1.0, 0.0),
        ("раз два три пять this\nQ: bad bad bad bad bad bad", 1.0, 0.0),
        ("раз два three", 1.0, 1.0),
        ("", 1.0, 1.0),
    ],
)
def test_lines_and_words(text: str, lpr: float, wpr: float) -> None:
    cell = confusion([text], "ru", identifier=russian(), english=ENGLISH)
    assert (cell.lpr, cell.wpr) == (lpr, wpr)
    assert published.lpr([text], "ru", identifier=russian()) == lpr
    assert published.wpr([text], "ru", identifier=russian(), english=ENGLISH) == wpr
    want = 0.0 if lpr + wpr == 0 else 2 * lpr * wpr / (lpr + wpr)
    assert published.lcpr([text], "ru", identifier=russian(), english=ENGLISH) == want


def test_unsure_labels_fail() -> None:
    text = "раз два три четыре пять"
    assert published.lpr([text], "ru", identifier=russian(0.31)) == 1.0
    assert published.lpr([text], "ru", identifier=russian(0.29)) == 0.0


def test_words_are_for_six_languages() -> None:
    cell = confusion(["un deux trois quatre cinq"], "fr", identifier=always("fr"), english=ENGLISH)
    assert (cell.wpr, cell.lcpr) == (None, None)
    with pytest.raises(IsoglossError, match="not defined for 'fr'"):
        published.wpr(["a"], "fr", identifier=always("fr"), english=ENGLISH)
    assert confusion(["a"], "ru", identifier=always("ru")).wpr is None


def test_counts_any_number_of_texts(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(published, "BATCH", 3)
    texts = ["раз два три четыре пять", "bad two three four five", "short"] * 4
    cell = confusion(iter(texts), "ru", identifier=russian())
    assert (cell.n, cell.skipped, cell.line_errors, cell.lpr) == (12, 4, 4, 0.5)


@pytest.mark.parametrize(
    ("lang", "text"),
    [
        ("th", "แม่น้ำสูงขึ้นสามเมตรหลังจากฝนตกหนักสองวัน"),
        ("km", "ទន្លេបានឡើងបីម៉ែត្របន្ទាប់ពីភ្លៀងធ្លាក់ខ្លាំងពីរថ្ងៃ"),
        ("sw", ""),
        ("sw", "yes it is"),
    ],
)
def test_where_the_script_passes_what_it_skips(lang: str, text: str) -> None:
    english = always("en")
    assert published.lpr([text] * 3, lang, identifier=english) == 1.0
    honest = Judge(english)([text] * 3, lang)
    assert not any(one.right for one in honest)


def test_always_english_fails_thai(texts: dict[str, str]) -> None:
    assert {one.kind for one in Judge(always("en"))([texts["th"]], "th")} == {"wrong"}


def test_missing_tokenizer(monkeypatch: pytest.MonkeyPatch) -> None:
    published.tokenizer.cache_clear()
    for lang, module in (("zh", "jieba"), ("ja", "fugashi")):
        monkeypatch.setitem(__import__("sys").modules, module, None)
        with pytest.raises(IsoglossError, match=f"pip install {module}"):
            confusion(["a"], lang, identifier=always("en"))
    assert confusion(["a b c d e"], "zh", identifier=always("zh"), tokenize=list).lpr == 1.0


def test_correct_language_rate_skips_short_outputs() -> None:
    mock = telling(lambda text: ("fr" if "\n" not in text and "le" in text else "en", 0.9))
    texts = ["le chat\nest dans le jardin", "the cat is in the yard", "x" * 20, "le", ""]
    assert published.correct_language_rate(texts, "fr", identifier=mock) == (0.5, 0.6)
    rate, skipped = published.correct_language_rate(["le"], "fr", identifier=mock)
    assert math.isnan(rate)
    assert skipped == 1.0


def test_mean_confidence() -> None:
    mock = telling(lambda text: (text, 0.8))
    found = published.mean_confidence(["fr", "en", ""], "fr", identifier=mock)
    assert found == pytest.approx((0.8 + 0.2 / 11 + 0.0) / 3)


def test_valid_output_rate() -> None:
    assert published.valid_output_rate(["Yes ", "no", "maybe", ""], ["yes", "no"]) == 0.5
