from __future__ import annotations

import random

import numpy as np
import pytest

from calls import growth
from isogloss.analysis.transfer.gain import gains, ridge
from isogloss.analysis.transfer.observation import Observation
from isogloss.analysis.transfer.prior import prior
from isogloss.analysis.transfer.rank import Ask, Ranking, known_kind, rank_sources
from isogloss.core.errors import IsoglossError
from isogloss.data.typology import languages

ASK = Ask({}, None, None)
LANGS = ("en", "de", "fr", "ru", "tr", "ar", "hi", "zh", "fi", "id", "sw", "yo")


def ask(target: str, langs: tuple[str, ...], own: list[Observation] | None = None) -> Ranking:
    return rank_sources(target, langs, task="ner", kind="tag", observations=own or [], ask=ASK)


def run(source: str, target: str, score: float, task: str = "ner") -> Observation:
    return Observation(task, "model", ((source, 1000),), target, score, 100)


def odd(source: str, target: str) -> float:
    """A world against the published one: only the alphabetical place of the source counts."""
    return 0.3 + 0.04 * LANGS.index(source) + 0.01 * random.Random(source + target).random()


def test_relatives_come_first_before_any_run() -> None:
    found = ask("uk", ("zh", "ja", "ru", "ko", "fi", "bg", "ta"))
    assert {one.lang for one in found.sources[:2]} == {"ru", "bg"}
    assert all(one.low < one.score < one.high <= 1 for one in found.sources)
    assert any("no run of your own" in text for text in found.basis)
    names = {reason.name for one in found.sources for reason in one.reasons}
    assert "genetic" in names


def test_better_with_the_users_own_runs() -> None:
    truth = {source: odd(source, "sw") for source in LANGS if source != "sw"}
    langs = tuple(truth)
    kept = []
    for targets in ((), LANGS[:3], LANGS[:10]):
        own = [run(s, t, odd(s, t)) for t in targets for s in LANGS if s != t and t != "sw"]
        found = {one.lang: one for one in ask("sw", langs, own).sources}
        fit = np.corrcoef([found[lang].gain for lang in langs], [*truth.values()])[0, 1]
        off = np.mean([abs(found[lang].score - truth[lang]) for lang in langs])
        kept.append((fit, off))
    assert kept[0][0] < kept[1][0] < kept[2][0]
    assert kept[2][0] > 0.8
    assert kept[0][1] > 3 * kept[2][1]


def test_a_run_on_the_target_itself_is_believed_and_helps_the_others() -> None:
    langs = ("en", "de", "zh")
    before = {one.lang: one for one in ask("nl", langs).sources}
    after = {one.lang: one for one in ask("nl", langs, [run("en", "nl", 0.4)]).sources}
    assert after["en"].tested == 0.4
    assert after["en"].score == pytest.approx(0.4, abs=0.03)
    assert after["de"].score < before["de"].score
    wide, narrow = (one["de"].high - one["de"].low for one in (before, after))
    assert narrow < wide
    assert after["en"].high - after["en"].low < narrow


def test_intervals_cover() -> None:
    own = [run(s, t, odd(s, t)) for t in LANGS[:8] for s in LANGS if s != t]
    langs = tuple(lang for lang in LANGS if lang != "yo")
    found = ask("yo", langs, own).sources
    inside = [one.low <= odd(one.lang, "yo") <= one.high for one in found]
    assert np.mean(inside) > 0.8


def test_missing_facts_widen() -> None:
    found = {one.lang: one for one in ask("de", ("nl", "fr", "sk")).sources}
    assert "syntactic" in found["sk"].missing
    assert "syntactic" not in found["nl"].missing
    assert found["sk"].error > 0


def test_a_kind_without_published_runs_can_be_at_any_level() -> None:
    found = rank_sources("sw", ("en", "fr"), task="x", kind="generate", ask=ASK)
    assert all(one.low < 0.1 and one.high == 1 for one in found.sources)
    assert any("none of them of this kind" in text for text in found.basis)


def test_few_candidates_are_judged_as_among_many() -> None:
    many = {one.lang: one.score for one in ask("uk", prior("tag").langs).sources}
    few = {one.lang: one.score for one in ask("uk", ("ru", "zh")).sources}
    assert few["ru"] - few["zh"] == pytest.approx(many["ru"] - many["zh"], abs=0.02)
    assert len(ask("uk", ("ru",)).sources) == 1


def test_gains_of_mixes() -> None:
    draw = np.random.default_rng(0)
    worth = {"en": 0.02, "de": 0.05, "fr": 0.0}
    own = []
    for _ in range(40):
        mix = tuple((lang, 1000) for lang in worth if draw.random() < 0.5)
        score = 0.6 + sum(worth[lang] for lang, _ in mix) + draw.normal(0, 0.002)
        own.append(Observation("ner", "m", mix, "nl", float(score)))
    own = [one for one in own if one.mix]
    found = {pair.source: pair.score for pair in gains(own, ASK.features)}
    assert found["de"] > found["en"] > found["fr"]
    assert ridge(["en", "de", "fr"], own)[1]["de"] == pytest.approx(0.05, abs=0.01)


def test_the_work_grows_with_the_candidates() -> None:
    langs = tuple(lang for lang in languages() if lang != "sw")

    def rank(count: int) -> None:
        assert len(ask("sw", langs[:count]).sources) == count

    assert growth(rank, 20) < 2.1


def test_kinds() -> None:
    assert known_kind("ner") == ("ner", "tag")
    assert known_kind("NLI") == ("nli", "classify")
    assert known_kind("sib200") == ("sib200", "classify")
    assert known_kind("mine", ["mine"]) == ("mine", "")
    with pytest.raises(IsoglossError, match="unknown task 'nerr'"):
        known_kind("nerr")
