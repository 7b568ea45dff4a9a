"""Claims are read strictly, and judged as often wrongly as they say."""

from __future__ import annotations

import json
import math
import re
import runpy
from collections import Counter
from collections.abc import Callable, Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

import synthetic_claims
from calls import growth
from isogloss import Study, plugin
from isogloss.claim import checked, verdicts
from isogloss.claim.grammar import check, read
from isogloss.claim.law import laws, rungs
from isogloss.core.claim import Claim
from isogloss.core.errors import IsoglossError
from isogloss.core.method import Method
from isogloss.mini.bench import VERBALISE
from isogloss.plugin.claim import check_claims
from isogloss.study.gather import gather

ROOT = Path(__file__).parents[2]
HIGHER = {"higher": {"recipe": "a"}, "than": {"recipe": "b"}}
EQUAL = {"equal": [{"recipe": "a"}, {"recipe": "b"}], "margin": 0.1}
EXISTS = {"exists": {"higher": {"recipe": "a"}, "than": {"recipe": "b"}}}
INNER = {"inner_optimum": {"recipe": "a"}}
FIT = {"better_fit": {"recipe": ""}}
MORE = {
    "interaction": {
        "higher": {"recipe": "a"},
        "than": {"recipe": "b"},
        "where": {"model": "mini/mbart"},
        "more_than": {"model": "mini/mt5"},
    }
}


def judge(build: Callable[[Any], Any], claim: Mapping[str, Any], **more: Any) -> str:
    store = synthetic_claims.Drawn(**more)
    build(store)
    return str(store.judge(claim)[0].verdict)


def often(build: Callable[[Any], Any], claim: Mapping[str, Any], times: int) -> Counter[str]:
    return Counter(judge(build, claim, seed=seed) for seed in range(times))


def two(gap: float, **more: Any) -> Callable[[Any], Any]:
    return lambda store: (store.add("a", 0.4 + gap, **more), store.add("b", 0.4))


def grid(*skills: float, seeds: int = 3) -> Callable[[Any], Any]:
    return lambda store: [
        store.add("a", skill, lr=10.0 ** (place - 5), seeds=seeds if 0 < place < 4 else 3)
        for place, skill in enumerate(skills)
    ]


def ladder(law: Callable[[int], float], draws: int = 1) -> Callable[[Any], Any]:
    def build(store: Any) -> None:
        store.add("", law(0))
        for k in (1, 4, 16, 64, 256):
            for draw in range(draws):
                store.add(f"shots(k={k}{f', draw={draw}' if draw else ''})", law(k))

    return build


def on_two(gain: float) -> Callable[[Any], Any]:
    return lambda store: [
        store.add(
            recipe, 0.3 + level + (gain if model == "mini/mbart" and level else 0), model=model
        )
        for model in ("mini/mt5", "mini/mbart")
        for recipe, level in (("a", 0.1), ("b", 0.0))
    ]


@pytest.mark.parametrize(
    ("claim", "build", "verdict"),
    [
        (HIGHER, two(0.3), "supported"),
        (HIGHER, two(-0.3), "refuted"),
        (HIGHER, two(0.0), "undecided"),
        (EQUAL, two(0.35), "refuted"),
        (MORE, on_two(0.4), "supported"),
        (MORE, on_two(0.0), "undecided"),
        (EXISTS, two(-0.1, moved={"fi": 0.6}), "supported"),
        (EXISTS, two(-0.38), "refuted"),
        (INNER, grid(0.1, 0.4, 0.6, 0.4, 0.1), "supported"),
        (INNER, grid(0.1, 0.2, 0.4, 0.6, 0.9), "refuted"),
        (INNER, grid(0.4, 0.4, 0.4, 0.4, 0.4), "undecided"),
        (FIT, ladder(lambda k: 0.2 + 0.1 * math.log1p(k)), "supported"),
        (FIT, ladder(lambda k: 0.2 + 0.1 * math.log1p(k), draws=4), "supported"),
        (FIT, ladder(lambda k: 0.1 + 0.8 * k / 256), "refuted"),
        (FIT, ladder(lambda k: 0.4), "undecided"),
    ],
)
def test_every_kind_finds_what_is_there(claim: Any, build: Any, verdict: str) -> None:
    assert judge(build, claim) == verdict


def test_equal_needs_evidence() -> None:
    """A difference that is not significant is not yet `performs like`."""

    def build(spread: float, seeds: int) -> Callable[[Any], Any]:
        return lambda store: [store.add(r, 0.5, spread=spread, seeds=seeds) for r in "ab"]

    assert judge(build(0.0, 8), EQUAL, n=300) == "supported"
    assert judge(build(0.1, 3), EQUAL, n=300) == "undecided"
    assert judge(build(0.1, 3), HIGHER, n=300) == "undecided"


@pytest.mark.parametrize(
    ("claim", "build"),
    [
        (HIGHER, two(0.0)),
        (HIGHER | {"scope": "languages"}, two(0.0)),
        (EQUAL, two(0.1)),
        (MORE, on_two(0.0)),
        (EXISTS, two(0.0)),
        (INNER, grid(0.4, 0.4, 0.4, 0.4, 0.4, seeds=1)),
    ],
    ids=["higher", "languages", "equal", "interaction", "exists", "inner_optimum"],
)
def test_verdicts_are_wrong_no_more_often_than_they_say(claim: Any, build: Any) -> None:
    """Of 80 studies without effect (or on the margin), 5 % may err: 9 is two errors above."""
    found = often(build, claim, 80)
    assert found["supported"] + found["refuted"] <= 9, found


def test_verdicts_have_the_power_they_state() -> None:
    store = synthetic_claims.Drawn()
    two(0.0)(store)
    gap = store.judge(HIGHER)[0].detectable
    assert gap is not None
    found = often(two(0.15), HIGHER, 40)
    assert found["supported"] >= 24, found
    assert found["refuted"] == 0


def test_a_bootstrap_over_three_seeds_errs_more() -> None:
    """Why the jackknife with Student's t stands here."""
    from isogloss.analysis.system import metric
    from isogloss.metrics.bootstrap import hierarchical

    head, wrong = metric("exact_match"), 0
    for seed in range(60):
        store = synthetic_claims.Drawn(seed, n=200)
        cells = []
        for name in "ab":
            runs = store.add(name, 0.4).runs
            cells.append(
                {lang: [store.kept[run, lang] for run in runs] for lang in synthetic_claims.LANGS}
            )
        wrong += hierarchical(cells[0], cells[1], head.score, n=300).p < 0.05
    assert wrong >= 7


def test_languages_in_general_need_families() -> None:
    store = synthetic_claims.Drawn()
    store.add("a", 0.7, moved={"fi": -0.3, "ja": -0.3})
    store.add("b", 0.4)
    these, general = store.judge(HIGHER, HIGHER | {"scope": "languages"})
    assert these.scope == "these 6 languages"
    assert general.scope == "languages in general, judged by 6 languages of 5 families"
    assert these.low is not None
    assert general.low is not None
    assert general.low < these.low
    near = HIGHER | {"scope": "languages", "langs": ["fr", "de"]}
    (alone,) = store.judge(near)
    assert alone.verdict == "not tested"
    assert "Indo-European" in alone.numbers


def test_trainings_that_stand_alone() -> None:
    store = synthetic_claims.Drawn()
    store.add("a", 0.9, seeds=1)
    store.add("b", 0.2, seeds=1)
    (found,) = store.judge(HIGHER)
    assert found.verdict == "undecided"
    assert "trained once" in found.numbers
    store = synthetic_claims.Drawn()
    store.add("a", 0.9, seeds=1)
    store.add("b", 0.2, seeds=4)
    (lent,) = store.judge(HIGHER)
    assert lent.verdict == "supported"
    assert lent.high is not None
    assert found.high is not None
    assert lent.high - lent.delta > found.high - found.delta


def test_the_untouched_model_needs_no_seeds() -> None:
    store = synthetic_claims.Drawn()
    store.add("untouched()", 0.1, seeds=1)
    store.add("a", 0.6)
    store.recipes = {"untouched": "untouched()"}
    claim = {"higher": {"recipe": "a"}, "than": {"recipe": "untouched"}}
    assert store.judge(claim)[0].verdict == "supported"


def test_rates_are_named_in_four_ways() -> None:
    store = synthetic_claims.Drawn()
    for lr, skill in ((1e-5, 0.2), (1e-4, 0.7), (1e-2, 0.0)):
        store.add("a", skill, lr=lr)
    found = store.judge(
        *(
            {"higher": {"recipe": "a"}, "than": {"recipe": "a", "lr": lr}}
            for lr in ("lowest", "highest", 0.01, 1e-4, 3e-3)
        ),
        chosen=[1e-4],
    )
    assert [one.verdict for one in found] == ["supported"] * 3 + ["not tested"] * 2
    assert "same system" in found[3].numbers
    assert "its rates are 1e-5, 1e-4, 1e-2" in found[4].numbers
    assert str(found[0]) == "supported on the mini world"


def test_what_has_no_results_is_not_tested() -> None:
    store = synthetic_claims.Drawn()
    two(0.3)(store)
    found = store.judge(
        {"higher": {"recipe": "c"}, "than": {"recipe": "b"}},
        HIGHER | {"langs": ["sw"]},
        {"not_tested": "no such checkpoint"},
        INNER,
        FIT | {"better_fit": {"recipe": "a"}},
        HIGHER | {"model": "google/mt5-base"},
    )
    assert {one.verdict for one in found} == {"not tested"}
    assert "recipe 'c'" in found[0].numbers
    assert "Swahili" in found[1].numbers
    assert found[2].numbers == "no such checkpoint"
    assert "fewer than three rates" in found[3].numbers
    assert "fewer than four numbers of shots" in found[4].numbers
    assert "google/mt5-base" in found[5].numbers


def test_only_the_same_items_are_compared() -> None:
    store = synthetic_claims.Drawn()
    two(0.3)(store)
    store.items_of[store.systems[0].runs[0], "fr"] = "others"
    assert store.judge(HIGHER)[0].scope == "these 5 languages"
    assert store.judge(HIGHER | {"langs": ["fr"]})[0].verdict == "not tested"


def test_more_claims_need_more_evidence() -> None:
    store = synthetic_claims.Drawn()
    two(0.3)(store)
    (alone,) = store.judge(HIGHER)
    many = store.judge(*[HIGHER] * 20)
    assert many[0].p == pytest.approx(min(1, 20 * (alone.p or 0)))
    assert many[0].detectable > alone.detectable
    assert "corrected for 20 claims" in many[0].numbers


def test_backbones_are_averaged_and_named() -> None:
    store = synthetic_claims.Drawn()
    on_two(0.3)(store)
    (found,) = store.judge(HIGHER)
    assert found.models == ("mini/mt5", "mini/mbart")
    assert "mini/mbart +0." in found.numbers


def test_the_work_grows_with_the_claims() -> None:
    store = synthetic_claims.Drawn(n=50)
    langs = ("fr", "de", "es", "ru", "tr", "fi", "ar", "ja", "ko", "vi")
    for model in ("mini/mt5", "mini/mbart", "mini/nllb"):
        for recipe in "abcdef":
            store.add(recipe, 0.4, seeds=5, model=model, langs=langs)
    pairs = [(x, y) for x in "abcdef" for y in "abcdef" if x < y]
    asked = [{"higher": {"recipe": x}, "than": {"recipe": y}} for x, y in pairs]

    def judge(count: int) -> None:
        assert len(store.judge(*asked[:count])) == count

    assert growth(judge, 7) < 2.1


def test_ladders_are_found_in_recipes() -> None:
    there = {"", "shots(k=4)", "shots(k=4, draw=1)", "lora() + shots(k=4)", "gone()", "lora()"}
    assert rungs(there, "") == {(0, 0): "", (4, 0): "shots(k=4)", (4, 1): "shots(k=4, draw=1)"}
    assert rungs(there, "lora()") == {(0, 0): "lora()", (4, 0): "lora() + shots(k=4)"}
    with pytest.raises(IsoglossError, match="differ in more"):
        rungs({"shots(k=4)", "shots(k=1, steps=9)"}, "")


def test_the_right_law_fits() -> None:
    import numpy as np

    shots = [(k, 0) for k in (0, 1, 4, 16, 64)]
    (better, _), (slope, _) = laws(shots)
    log = np.log1p(np.array([k for k, _ in shots]))
    assert better(0.1 * log) > 0.01
    assert slope(0.1 * log) == pytest.approx(0.1)
    assert better(np.array([k for k, _ in shots]) / 100) < -0.01


@pytest.mark.parametrize(
    ("table", "what"),
    [
        ({}, "one kind"),
        (HIGHER | INNER, "one kind"),
        ({"higher": {"recipe": "a"}}, "lacks than"),
        ({"higher": "a", "than": {"recipe": "b"}}, "is a table"),
        (HIGHER | {"colour": 1}, "colour"),
        (HIGHER | {"kind": "equal"}, "unknown argument of a claim: 'kind'"),
        ({"higher": {"recpe": "a"}, "than": {"recipe": "b"}}, "recpe"),
        ({"higher": {"recipe": "a", "lr": "best"}, "than": {"recipe": "b"}}, "lr"),
        ({"higher": {"recipe": "a"}, "than": {"recipe": "a"}}, "both sides"),
        ({"higher": {"recipe": "a", "model": "m"}, "than": {"recipe": "b"}}, "one side only"),
        ({"higher": {"recipe": "a", "langs": ["fr"]}, "than": {"recipe": "b"}}, "same languages"),
        ({"higher": {}, "than": {"recipe": "b"}}, "of which recipe"),
        (EQUAL | {"margin": 0.0}, "how far apart"),
        (HIGHER | {"margin": 0.1}, "takes no margin"),
        ({"equal": {"recipe": "a"}, "margin": 0.1}, "two selectors"),
        (EXISTS | {"scope": "languages"}, "no sample"),
        (HIGHER | {"scope": "all"}, "scope"),
        ({"interaction": {"higher": {"recipe": "a"}}}, "lacks"),
        ({"interaction": MORE["interaction"] | {"where": {"model": "mini/mt5"}}}, "are the same"),
        ({"not_tested": ""}, "why"),
    ],
)
def test_bad_claims_are_refused(table: Any, what: str) -> None:
    with pytest.raises(IsoglossError, match=what):
        read({"says": "it", **table})


def test_a_study_refuses_names_that_it_lacks(tmp_path: Path) -> None:
    path = tmp_path / "study.toml"
    path.write_text(
        """
        tasks = ["verbalise"]
        models = ["mini/mt5"]
        [recipes]
        plain = ""
        lora = "lora()"
        [[claims]]
        says = "one"
        metric = "exact_mach"
        method = "lorra"
        langs = ["fr", "xx"]
        higher = { recipe = "loras" }
        than = { recipe = "plain", lr = 1e-3 }
        [[claims]]
        says = "two"
        inner_optimum = { recipe = "plain", model = "mini/mt" }
        [[claims]]
        says = "three"
        """
    )
    with pytest.raises(IsoglossError) as caught:
        Study.load(path)
    for near in ("exact_match", "'lora'", "mini/mt5", "one kind", "'xx'"):
        assert near in str(caught.value)
    path.write_text('tasks = ["verbalise"]\nmodels = ["mini/mt5"]\n[claims]\nsays = "it"\n')
    with pytest.raises(IsoglossError, match="above each claim"):
        Study.load(path)
    found, errors = check([INNER | {"says": "it"}], recipes=["a"], tasks=[], models=[])
    assert len(found) == 1
    assert not errors


def test_every_method_has_its_claim_checked() -> None:
    """A method with a claim says how it is tested, or why it is not."""
    studies = [Study.of(table) for table in gather(plugin.names("method"))]
    entries = {claim.get("method") for study in studies for claim in study.claims}
    methods: dict[str, type[Method]] = {
        name: plugin.method(name) for name in plugin.entries("method")
    }
    assert {name for name, method in methods.items() if method.claim} == entries
    assert not any(0 in study.seeds for study in studies), "rates are taken at seed 0"


def test_the_catalogue_shows_what_became_of_claims(monkeypatch: pytest.MonkeyPatch) -> None:
    from isogloss.cli.list import entries
    from isogloss.cli.show import rows

    one = checked.Checked(
        "lora", "It forgets less", "x", "refuted", "on the mini world", "these 3 languages",
        "0.1 against 0.2", -0.1, -0.15, -0.05, ("mini/mt5",), "claims", "2026-11-21", "1", ("r",),
    )  # fmt: skip
    kept = {"lora": (one,)}
    monkeypatch.setattr(checked, "_read", lambda path: kept.get(path.stem, ()))
    shown = dict(entries("methods"))
    assert "refuted on the mini world, −0.10 [−0.15, −0.05]" in shown["lora"]
    assert "[" not in shown["average"]
    known = rows("lora", Path("out"))
    assert ("seen on", "mini backbones") in known
    assert any("It forgets less: 0.1 against 0.2" in text for _, text in known)
    assert ("checked", "not yet: make claims") in rows("average", Path("out"))
    assert ("seen on", "random checkpoints only") in rows("average", Path("out"))


def test_what_is_kept_is_of_the_catalogue() -> None:
    """Each verdict is of a claim that its method's file makes, word for word."""
    kept = {path.stem for path in checked.FOLDER.glob("*.json")}
    assert kept <= plugin.entries("method").keys()
    for name in kept:
        said = {claim.says for claim in plugin.method(name).claims}
        assert {one.says for one in checked.checked(name)} == said


SLOW = {"lr": 0.3, "optimizer": "adafactor", "schedule": "constant"}
LANGS = "['fr', 'ru', 'tr', 'fi', 'ar', 'ja', 'vi']"
RUN: Any = {
    "claims": [
        {"recipe": ""},
        {"recipe": "adapter()", "lr": 5e-4},
        {"recipe": "average(last=5)"},
        {"recipe": "freeze(what=['embeddings', 'decoder'])"},
        {"recipe": f"intermediate(langs={LANGS}, steps=150)"},
        {"recipe": "lora()", "lr": 5e-4},
        {"recipe": "lora() + arithmetic(langs=['fr', 'tr', 'ja'], steps=100)", "lr": 5e-4},
        {"recipe": f"mix_in(langs={LANGS})"},
        {"recipe": "prompt_tuning(length=20)", **SLOW},
        {
            "recipe": "factorized_prompts(langs=['fr', 'tr', 'ja'], length=10, part=10, steps=100)",
            **SLOW,
        },
        {"recipe": "shots(k={k})", "k": [1, 4, 16, 64]},
        {"recipe": "smooth()"},
        {"recipe": "translate_test()"},
        {"recipe": "translate_train(langs=['fr', 'ru', 'fi', 'ja'])"},
    ],
    "ensemble": [
        {"recipe": ""},
        {"recipe": "", "sources": ["en"]},
        {"recipe": "bea()"},
        {"recipe": "bea(vote=True)"},
        {"recipe": "bea(level='token')"},
        {"recipe": "bea(level='token', vote=True)"},
        {"recipe": "bea(labels=100)"},
        {"recipe": "rare(labels=100)"},
    ],
    "text": [
        {"recipe": ""},
        {
            "recipe": "continue_pretraining("
            "langs=['uk', 'hu', 'bn', 'am', 'te', 'az'], steps=200, lr=1e-3)"
        },
    ],
}


def test_shipped_claims_make_the_runs_that_their_verdicts_are_from() -> None:
    for table in gather({name for name in plugin.names("method") if checked.checked(name)}):
        made = [value for value in table["recipes"].values() if value in RUN[table["name"]]]
        assert len(made) == len(RUN[table["name"]]), table["recipes"]


LORA = {"higher": {"recipe": "lora()"}, "than": {"recipe": ""}}


@pytest.mark.parametrize(
    ("test", "change", "said"),
    [
        ({"highest": {"recipe": "lora()"}}, {}, "one of these in its test: higher"),
        ({**LORA, "exists": {}}, {}, "higher and exists"),
        ({"higher": {"recipe": "lora()"}}, {}, "higher than what"),
        ({"better_fit": {}}, {}, "of which recipe"),
        (LORA, {"task": "verbalize"}, "did you mean 'verbalise'"),
        (LORA, {"models": ("mini/mt6",)}, "no backbone 'mini/mt6'|unknown backbone"),
        (LORA, {"models": ("mt5",)}, "is no backbone"),
    ],
)
def test_a_method_with_a_claim_that_cannot_be_tested_is_refused(
    test: Any, change: Any, said: str
) -> None:
    claim = Claim("it helps", "", replace(VERBALISE, **change), test)
    method = type("Mine", (Method,), {"claims": (claim,)})
    with pytest.raises(IsoglossError) as caught:
        check_claims(method, "mine", plugin.names("task"))
    assert re.search(said, str(caught.value)), caught.value


def test_benches_of_one_name_are_one(monkeypatch: pytest.MonkeyPatch) -> None:
    claim = Claim("it helps", "", replace(VERBALISE, sources=("de",)), LORA)
    monkeypatch.setattr(plugin.method("smooth"), "claims", (claim,))
    with pytest.raises(IsoglossError, match="another bench 'claims' than 'lora'"):
        gather(["lora", "smooth"])
    tag = replace(VERBALISE, name="tags", task="tag_quantity")
    monkeypatch.setattr(plugin.method("intermediate"), "kinds", ("generate",))
    monkeypatch.setattr(plugin.method("intermediate"), "claims", (replace(claim, bench=tag),))
    with pytest.raises(IsoglossError, match="not for tag"):
        gather(["intermediate"])


def test_verdicts_stand_in_every_form_of_the_report(tmp_path: Path) -> None:
    import synthetic_store as made
    from isogloss import report

    store = made.fill(tmp_path)
    store.keep_study(
        {
            "name": "made",
            "recipes": {"full": "", "adapter": "adapter(size=32)"},
            "claims": [
                {
                    "says": "The <rate> matters",
                    "cite": "1234.5678",
                    "metric": "correct_language",
                    "higher": {"recipe": "full"},
                    "than": {"recipe": "full", "lr": "highest"},
                },
                {"says": "Elsewhere too", "not_tested": "no other backbone"},
            ],
        }
    )
    built = report.build(store)
    assert [one.verdict for one in built.claims] == ["supported", "not tested"]
    assert built.claims[0].delta == pytest.approx(0.9, abs=0.1)
    for path in report.write(built, tmp_path):
        text = path.read_text(encoding="utf-8")
        assert "supported" in text
        assert "no other backbone" in text
        assert "<rate>" not in text or path.suffix == ".json"
    assert "supported on mini/mt5: The <rate> matters." in report.summary(built)
    assert verdicts(store, [], [], []) == []


def test_verdicts_are_kept_by_method_beside_those_of_other_studies(tmp_path: Path) -> None:
    import synthetic_store as made

    store = made.fill(tmp_path / "out")
    claim = {
        "says": "It forgets less",
        "metric": "correct_language",
        "higher": {"recipe": "full"},
        "than": {"recipe": "full", "lr": "highest"},
    }
    other = {"study": "real", "says": "It helps"}
    (tmp_path / "lora.json").write_text(json.dumps([other, {"study": "made", "says": "stale"}]))
    said = {"name": "made", "recipes": {"full": ""}, "claims": [{**claim, "method": "lora"}, claim]}
    store.keep_study(said)
    runpy.run_path(str(ROOT / "tools" / "claims.py"))["keep"](store, tmp_path)
    kept = json.loads((tmp_path / "lora.json").read_text())
    assert [(one["study"], one["says"]) for one in kept] == [
        ("made", "It forgets less"),
        ("real", "It helps"),
    ]
    assert kept[0]["verdict"] == "supported"
    assert [path.name for path in tmp_path.glob("*.json")] == ["lora.json"]
