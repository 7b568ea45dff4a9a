from __future__ import annotations

import random
from dataclasses import replace

import numpy as np
import pytest

from isogloss.core.errors import IsoglossError
from isogloss.relation.statistic import Profile
from isogloss.relation.transfer.gain import gains, ridge
from isogloss.relation.transfer.observation import Observation
from isogloss.relation.transfer.prior import prior
from isogloss.relation.transfer.rank import Ask, Ranking, Source, known_kind, rank_sources
from isogloss.relation.typology import languages

ASK = Ask({}, None, None)
XLMR = "xlm-roberta-base"
LANGS = ("en", "de", "fr", "ru", "tr", "ar", "hi", "zh", "fi", "id", "sw", "yo")


def ask(target: str, langs: tuple[str, ...], own: list[Observation] | None = None) -> Ranking:
    return rank_sources(target, langs, task="ner", kind="tag", observations=own or [], ask=ASK)


def run(source: str, target: str, score: float, task: str = "ner") -> Observation:
    return Observation(task, "model", ((source, 1000),), target, score, 100)


def width(one: Source) -> float:
    """In logits, which are as wide near 1 as in the middle."""
    low, high = np.clip([one.low, one.high], 0.005, 0.995)
    return float(np.log(high / (1 - high)) - np.log(low / (1 - low)))


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
    assert kept[0][0] < min(kept[1][0], kept[2][0])
    assert kept[2][0] > 0.8
    assert kept[0][1] > 3 * kept[2][1]


def test_a_run_on_the_target_itself_is_believed_and_helps_the_others() -> None:
    langs = ("en", "de", "zh")
    before = {one.lang: one for one in ask("nl", langs).sources}
    after = {one.lang: one for one in ask("nl", langs, [run("en", "nl", 0.4)]).sources}
    assert after["en"].tested == 0.4
    assert after["en"].score == pytest.approx(0.4, abs=0.03)
    assert after["de"].score < before["de"].score
    wide, narrow = (width(one["de"]) for one in (before, after))
    assert narrow < wide
    assert width(after["en"]) < narrow


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
    assert all(one.low < 0.1 and one.high > 0.95 for one in found.sources)
    assert "the level may be any" in found.basis
    assert found.decides.endswith("there are no published runs of this kind of task")


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


def test_each_pair_is_described_once(monkeypatch: pytest.MonkeyPatch) -> None:
    described = []
    plain = Ask.features
    monkeypatch.setattr(Ask, "features", lambda *pair: described.append(pair[1:]) or plain(*pair))
    for number in (50, 200):
        described.clear()
        langs = tuple(lang for lang in languages() if lang != "sw")[:number]
        assert len(ask("sw", langs).sources) == number
        assert len(described) == len(set(described)) <= number + len(prior("tag").langs)


def test_gains_and_level_add_up_to_scores() -> None:
    own = [run(s, t, odd(s, t)) for t in LANGS[:7] for s in LANGS if s != t]
    for runs in ([], own):
        found = ask("yo", LANGS[:11], runs)
        assert sum(one.gain for one in found.sources) == pytest.approx(0, abs=1e-9)
        for one in found.sources:
            assert found.level + one.gain == pytest.approx(one.score)
            assert one.gain_low < one.gain < one.gain_high
            assert one.error * 3.92 == pytest.approx(one.gain_high - one.gain_low)
        assert sum(one.best for one in found.sources) == pytest.approx(1)


def test_no_evidence_is_no_order() -> None:
    assert not ask("sw", ("en", "zu", "zh")).told
    own = [run(s, t, odd(s, t)) for t in LANGS[:10] for s in LANGS if s != t]
    assert ask("yo", LANGS[:11], own).told


def test_a_backbone_that_never_saw_the_target_scores_lower_and_less_surely() -> None:
    seen = frozenset(["en", "de", "sw", "yo"])
    saw, not_ = (
        rank_sources("yo", ("en", "de", "sw"), task="ner", kind="tag", ask=Ask({}, langs, None))
        for langs in (seen, seen - {"yo"})
    )
    assert not_.level < saw.level - 0.05
    assert width(not_.sources[0]) > width(saw.sources[0])
    script = rank_sources(
        "am", ("en", "de"), task="ner", kind="tag", ask=Ask({}, seen | {"ti"}, None)
    )
    alien = rank_sources("am", ("en", "de"), task="ner", kind="tag", ask=Ask({}, seen, None))
    assert alien.level < script.level


def test_a_source_that_the_backbone_never_saw_is_worth_less() -> None:
    langs = ("de", "nl", "sv")
    ahead = []
    for seen in (frozenset(["en", *langs]), frozenset(["en", "nl", "sv"])):
        found = rank_sources("en", langs, task="ner", kind="tag", ask=Ask({}, seen, None))
        gains = {one.lang: one.gain for one in found.sources}
        ahead.append(gains["de"] - gains["sv"])
    assert ahead[1] < ahead[0] - 0.01


def test_a_finely_split_target_scores_lower() -> None:
    def corpus(pieces: int) -> dict[str, Profile]:
        plain = Profile("en", 500, 1000, frozenset("abc"), frozenset("abc"), 1500, 0, "Latn")
        split = replace(plain, lang="yo", pieces=pieces)
        return {"en": plain, "de": replace(plain, lang="de"), "yo": split}

    levels = [
        rank_sources("yo", ("en", "de"), task="ner", kind="tag", ask=Ask(corpus(n), None, None))
        for n in (1500, 6000)
    ]
    assert levels[1].level < levels[0].level - 0.02


def test_published_levels_are_those_of_languages_not_trained_on() -> None:
    """One source is worth less than the mixes that the tables hold, and targets differ."""
    levels = {
        lang: rank_sources(lang, ("fr", "ru"), task="pos", kind="tag", ask=ASK, model=XLMR).level
        for lang in ("de", "ko", "yo", "chr")
    }
    assert max(levels.values()) < 0.83
    assert levels["de"] > levels["ko"] > levels["yo"] > levels["chr"]
    assert levels["de"] - levels["chr"] > 0.25


def test_runs_that_help() -> None:
    found = ask("yo", ("en", "fr", "ha", "ig", "sw", "zh"))
    assert [run.target for run in found.on_target.runs] == ["yo"] * 5
    assert len({run.source for run in found.on_target.runs}) == 5
    assert all(run.target != "yo" != run.source for run in found.elsewhere.runs)
    assert found.on_target.left < found.elsewhere.left < 1
    done = found.on_target.runs[0]
    after = ask("yo", ("en", "fr", "ha", "ig", "sw", "zh"), [run(done.source, "yo", 0.6)])
    assert done not in after.on_target.runs
    widths = [next(width(x) for x in s.sources if x.lang == done.source) for s in (found, after)]
    assert widths[1] < widths[0] / 2
    assert ask("yo", ("en",)).on_target.runs == ()


def test_kinds() -> None:
    assert known_kind("ner") == ("ner", "tag")
    assert known_kind("NLI") == ("nli", "classify")
    assert known_kind("sib200") == ("sib200", "classify")
    assert known_kind("mine", ["mine"]) == ("mine", "")
    with pytest.raises(IsoglossError, match="unknown task 'nerr'"):
        known_kind("nerr")
