"""Forecasts: what they learn, how sure they are, and what they say of bad input."""

from __future__ import annotations

import math
import random
from dataclasses import replace
from pathlib import Path

import pytest

from isogloss.core.errors import IsoglossError
from isogloss.relation.transfer.forecast import Cell, Forecast, forecast, ground, share
from isogloss.relation.transfer.kinship import kinship
from isogloss.relation.transfer.observation import Observation

LEVELS = {"en": 1.6, "de": 1.4, "nl": 1.45, "fr": 1.2, "es": 1.25, "pt": 1.2, "ru": 0.9,
          "uk": 0.85, "hi": 0.5, "sw": -0.2, "tr": 0.6, "fi": 0.7}  # fmt: skip
MIXES = tuple((("en", 1000 * 3**step),) for step in range(4))


def observation(mix: tuple[tuple[str, int], ...], lang: str, noise: float = 0.0) -> Observation:
    own = dict(mix).get(lang, 0)
    rest = sum(count for other, count in mix if other != lang)
    logit = LEVELS[lang] + 0.08 * math.log1p(own) + 0.05 * math.log1p(rest) + noise
    return Observation("made", "xlm-roberta-base", mix, lang, float(share(logit)))


@pytest.fixture(scope="module")
def table() -> list[Observation]:
    rng = random.Random(0)
    return [observation(mix, lang, rng.gauss(0, 0.02)) for mix in MIXES for lang in LEVELS]


def cell(lang: str, mix: tuple[tuple[str, int], ...] = MIXES[1]) -> Cell:
    return Cell("made", "xlm-roberta-base", mix, lang)


def one(known: list[Observation], asked: Cell) -> Forecast:
    (found,) = forecast(known, [asked])
    return found


def test_an_unseen_mix_of_known_languages(table: list[Observation]) -> None:
    mix = (("en", 5000),)
    for lang in LEVELS:
        found = one(table, cell(lang, mix))
        assert found.score == pytest.approx(observation(mix, lang).score, abs=0.015)
        assert found.low < found.score < found.high
        assert found.high - found.low < 0.15


def test_an_unseen_language_is_like_its_kin_and_less_certain(table: list[Observation]) -> None:
    known = [row for row in table if row.target != "nl"]
    seen, unseen = one(table, cell("nl")), one(known, cell("nl"))
    truth = observation(MIXES[1], "nl").score
    mean = sum(row.score for row in known) / len(known)
    assert abs(unseen.score - truth) < abs(mean - truth)
    assert unseen.low < truth < unseen.high
    assert unseen.high - unseen.low > 2 * (seen.high - seen.low)


def test_own_examples_help_and_those_of_kin_too(table: list[Observation]) -> None:
    rng = random.Random(1)
    more = [
        observation((("en", 1000), (lang, n)), target, rng.gauss(0, 0.02))
        for lang, n in (("hi", 100), ("sw", 1000), ("tr", 3000))
        for target in LEVELS
    ]
    owned = ((), (("ru", 100),), (("ru", 10000),))
    asked = [cell("ru", (("en", 1000), *own)) for own in owned]
    none, some, many = (found.score for found in forecast([*table, *more], asked))
    assert none < some < many


def test_without_scores_the_prior_says_so_and_is_wide() -> None:
    found = one([], cell("sw"))
    assert "from the prior alone" in found.notes[0]
    assert found.high - found.low > 0.7
    few = one([observation(MIXES[1], "en")], cell("sw"))
    assert few.notes[0] == "scores on 1 language only: mostly from the prior"
    assert few.high - few.low < found.high - found.low


def test_a_language_without_facts_is_named_and_less_certain(table: list[Observation]) -> None:
    found = one(table, cell("jam"))
    assert any(note.startswith("jam: not known are ") for note in found.notes)
    known = [row for row in table if row.target != "nl"]
    covered = one(known, cell("nl"))
    assert found.high - found.low > covered.high - covered.low


def test_a_language_that_the_model_never_saw_is_less_certain() -> None:
    levels = [observation(MIXES[1], lang) for lang in LEVELS]
    seen = one(levels, cell("yo"))
    unknown = one([replace(row, model="mine") for row in levels], replace(cell("yo"), model="mine"))
    assert seen.high - seen.low > unknown.high - unknown.low


def test_missing_cells_are_left_out_and_odd_scores_refused(table: list[Observation]) -> None:
    holes = [replace(row, score=math.nan) if row.target == "fr" else row for row in table]
    without = [row for row in table if row.target != "fr"]
    assert one(holes, cell("fr")) == one(without, cell("fr"))
    with pytest.raises(IsoglossError, match="a score of made on fr is 61") as caught:
        forecast([replace(table[0], target="fr", score=61)], [cell("fr")])
    assert "divide percentages by 100" in caught.value.hint


def test_a_language_twice_in_a_mix(table: list[Observation]) -> None:
    with pytest.raises(IsoglossError, match="'swh' is twice in a mix"):
        forecast(table, [cell("fr", (("sw", 10), ("swh", 20)))])
    with pytest.raises(IsoglossError, match="-1 examples of 'sw'"):
        forecast(table, [cell("fr", (("sw", -1),))])
    with pytest.raises(IsoglossError, match="unknown language"):
        forecast(table, [cell("frr_")])


def test_spelling_and_order_do_not_matter(table: list[Observation]) -> None:
    found = forecast(table, [cell("deu"), cell("fr"), cell("de")])
    assert found[0].score == pytest.approx(found[2].score)
    assert one(table, cell("fr")).score == pytest.approx(found[1].score, abs=1e-6)
    assert forecast(table, []) == []


def test_chance_to_beat(table: list[Observation]) -> None:
    found = one(table, cell("fr"))
    assert found.beats(float(share(found.logit))) == pytest.approx(0.5)
    assert found.beats(found.high) == pytest.approx(0.025, abs=1e-3)
    assert found.beats(0) > 0.99 > 0.01 > found.beats(1)


def test_large_tables_are_cut(monkeypatch: pytest.MonkeyPatch) -> None:
    from isogloss.relation.transfer import ground as module

    rng = random.Random(2)
    table = [
        observation((("en", 500 + step),), lang, rng.gauss(0, 0.02))
        for step in range(150)
        for lang in LEVELS
    ]
    sizes = []
    plain = module.fitted
    monkeypatch.setattr(module, "fitted", lambda p, *a: sizes.append(len(p.lang)) or plain(p, *a))
    found = forecast(table, [cell("sw", (("en", 580),)), cell("hi", (("en", 580),))])
    assert sizes == [1000, 1000]  # each target on its own scores, and no more than can be used
    for got, lang in zip(found, ("sw", "hi"), strict=True):
        assert got.score == pytest.approx(observation((("en", 580),), lang).score, abs=0.01)


def test_the_same_answer_each_time(table: list[Observation]) -> None:
    assert one(table, cell("sw")) == one(table, cell("sw"))
    base = ground(table)
    assert base.langs == len(LEVELS)
    assert base.size == len(table)


def test_kinship_is_positive_and_fills_nothing() -> None:
    import numpy as np

    found = kinship(["en", "de", "ru", "uk", "sw", "jam", "de"])
    assert found.langs == ("en", "de", "ru", "uk", "sw", "jam")
    assert np.linalg.eigvalsh(found.level).min() > 0
    assert found.alike[2, 3] > found.alike[2, 4]
    assert set(found.gaps) == {"jam"}


def test_intervals_hold_on_measured_tables(data: Path) -> None:
    """Nine in ten at least, some languages unseen in turn, and below half of the mean's error."""
    import json

    path = data / "sumeval/train/TyDiQA_XLMR_OOD.json"
    if not path.is_file():
        pytest.skip("no tables of SumEval")
    table = [
        Observation("qa", "xlm-roberta-large", tuple((k, v) for k, v in mix.items() if v), lang, y)
        for row in json.loads(path.read_text(encoding="utf-8"))
        for mix in (row["train_config"],)
        for lang, y in row["eval_results"].items()
    ]
    inside, error, plain = [], [], []
    for lang in sorted({row.target for row in table})[::5]:
        known = [row for row in table if row.target != lang]
        asked = [row for row in table if row.target == lang]
        mean = sum(row.score for row in known) / len(known)
        cells = [Cell(row.task, row.model, row.mix, row.target) for row in asked]
        for row, got in zip(asked, forecast(known, cells), strict=True):
            inside.append(got.low <= row.score <= got.high)
            error.append(abs(got.score - row.score))
            plain.append(abs(mean - row.score))
    assert sum(inside) / len(inside) > 0.9
    assert sum(error) < 0.5 * sum(plain)
