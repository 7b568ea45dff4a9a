"""A policy chooses from rows, declares what it read, and says how sure it was."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from isogloss import plugin
from isogloss.analysis.select import POLICIES, Choice, Selection, choose, choose_all
from isogloss.analysis.system import System, systems
from isogloss.core.errors import IsoglossError
from isogloss.core.metric import Metric
from isogloss.core.types import Row

EXACT = Metric("1", (), lambda *_: [], lambda t: t, name="exact_match")
KEPT = {"metric": "correct_language", "split": "input:pycld2"}


def row(lr: float, lang: str, value: float | None, error: float = 0.0, **more: Any) -> Row:
    """Give a row; ends of its interval follow from the standard error."""
    sources = more.get("sources", "en")
    cell = f"{more.get('recipe', '')} {sources} {lr}"
    ends = {} if value is None else {"low": value - 1.96 * error, "high": value + 1.96 * error}
    plain = {
        "run": f"{cell} {more.get('seed', 0)}", "cell": cell, "task": "made_up",
        "task_version": "1", "model": "m", "recipe": "", "lr": lr, "step": 100, "needs": "",
        "sources": sources, "target": lang, "condition": "", "split": "dev",
        "metric": "exact_match", "signature": "", "value": value, "n": 50, "seed": 0,
        "seconds": 2.0, "optimizer": "adamw", "settings": f"{more.get('recipe', '')} {sources}",
    }  # fmt: skip
    return Row(**plain | ends | more)


def one(rows: list[Row], policy: str = "source_dev", metric: Metric = EXACT, **more: Any) -> Choice:
    (choice,) = choose(systems(rows), metric, policy, **more)
    return choice


def test_ties_are_listed_and_the_tie_break_is_declared() -> None:
    rows = [row(1e-5, "en", 0.89, 0.02), row(1e-4, "en", 0.9, 0.02), row(1e-3, "en", 0.5, 0.02)]
    choice = one(rows)
    assert [system.lr for system in choice.tied] == [1e-5, 1e-4]
    assert choice.system.lr == 1e-5
    (choice,) = choose(systems(rows), EXACT, Selection.of({"tie": "largest"}))
    assert choice.system.lr == 1e-4
    assert choice.why.startswith("largest of 1e-5, 1e-4, tied on mean source dev")
    assert "the largest of those" in choice.rule


def test_seeds_that_only_some_rates_have_decide_nothing() -> None:
    rows = [row(1e-5, "en", 0.5), row(1e-4, "en", 0.6), row(1e-3, "en", 0.4)]
    confirmed = [row(1e-4, "en", 0.1, seed=1), row(1e-5, "en", 0.9, seed=1)]
    choice = one(rows + confirmed)
    assert choice.system.lr == 1e-4
    assert choice.system.seeds == (0, 1)  # what is reported has all seeds
    assert choice.why.endswith("; by seed 0")
    apart = [row(1e-5, "en", 0.5), row(1e-4, "en", 0.6, seed=1)]
    assert any("share no seed" in text for text in one(apart).warnings)


def test_counts_what_the_search_cost() -> None:
    rows = [row(lr, "en", 0.5, seed=seed) for lr in (1e-4, 1e-3) for seed in (0, 1)]
    assert one(rows).budget == (4, 400, 8.0)
    assert one([row(1e-4, "en", 0.5, step=0)]).budget == (0, 0, 0.0)


def test_several_sources_by_mean_or_by_the_worst() -> None:
    rows = [
        row(lr, lang, value, sources="de,en")
        for lr, values in ((1e-4, (0.6, 0.6)), (1e-3, (0.5, 0.9)))
        for lang, value in zip(("de", "en"), values, strict=True)
    ]
    assert one(rows, "multi_source_dev").system.lr == 1e-3
    assert one(rows, "multi_source_dev", over="worst").system.lr == 1e-4
    lower = replace(EXACT, higher=False)
    assert one(rows, "multi_source_dev", lower, over="worst").system.lr == 1e-4


@pytest.mark.parametrize("policy", ["multi_source_dev", "leave_one_source_out"])
def test_a_single_source_is_refused(policy: str) -> None:
    with pytest.raises(IsoglossError, match="by several sources, and there is one: en"):
        one([row(1e-4, "en", 0.5), row(1e-3, "en", 0.5)], policy)


def left_out(missing: bool = False) -> list[Row]:
    """Give rates that are good where they were trained, and others that carry over."""
    rows = [
        row(lr, lang, 0.9, sources="de,en", split=split)
        for lr in (1e-4, 1e-3)
        for lang, split in (("de", "dev"), ("en", "dev"), ("fr", "test"))
    ]
    rows += [row(lr, "en", value, sources="de") for lr, value in ((1e-4, 0.2), (1e-3, 0.4))]
    rows += [row(lr, "de", value, sources="en") for lr, value in ((1e-4, 0.2), (1e-3, 0.1))]
    return rows[:-1] if missing else rows


def test_leaves_one_source_out() -> None:
    choice = one(left_out(), "leave_one_source_out")
    assert choice.system.lr == 1e-3
    assert choice.why == "best mean left-out source dev exact match, 0.25"
    assert choice.budget.trainings == 6
    assert choice.needs == ()
    assert choice.system.name == "full"  # those trained to choose by are no systems of a table
    choice = one(left_out(missing=True), "leave_one_source_out")
    assert choice.system.lr == 1e-4
    assert any("at 1e-3; not chosen from" in text for text in choice.warnings)


def kept(shares: dict[float, float | None], dev: float = 0.9) -> list[Row]:
    rows = [row(lr, "fr", share, **KEPT) for lr, share in shares.items()]
    return rows + [row(lr, "en", dev + lr) for lr in shares]  # the highest rate is the best


def test_keeps_the_language() -> None:
    choice = one(kept({1e-4: 0.97, 1e-3: 0.92, 1e-2: 0.4}), "language_kept", langs=["fr"])
    assert choice.system.lr == 1e-3
    assert choice.system.needs == ("target_text",)
    assert [system.needs for system in choice.among] == [(), ("target_text",), ()]
    assert "language kept at least 0.9 (of 1e-4 0.97, 1e-3 0.92, 1e-2 0.40)" in choice.why
    assert "unlabelled French inputs" in choice.rule
    assert not choice.warnings
    loose = one(kept({1e-4: 0.97, 1e-2: 0.4}), "language_kept", langs=["fr"], least=0.4)
    assert loose.system.lr == 1e-2


def test_takes_the_highest_kept_rate_if_none_qualifies_and_says_so() -> None:
    choice = one(kept({1e-4: 0.5, 1e-3: 0.6, 1e-2: None}), "language_kept", langs=["fr"])
    assert choice.system.lr == 1e-3
    assert "no rate keeps the language at least 0.9; the highest is taken" in choice.why
    assert choice.warnings[0].startswith("full: no rate keeps the language")


def test_a_share_is_an_estimate() -> None:
    rows = [
        row(lr, "fr", share, 0.02, **KEPT)
        for lr, share in ((1e-4, 0.89), (1e-3, 0.91), (1e-2, 0.87))
    ]
    rows += [row(lr, "en", 0.9) for lr in (1e-4, 1e-3, 1e-2)]
    assert one(rows, "language_kept", langs=["fr"]).system.lr == 1e-4
    # none keeps it: the source decides among those near the highest share
    near = one(rows, "language_kept", langs=["fr"], least=0.99)
    assert [system.lr for system in near.tied] == [1e-4, 1e-3]
    assert "of the 2 highest, within a standard error, the best on the source" in near.why


def test_tells_of_rates_that_were_not_judged() -> None:
    rows = [*kept({1e-4: 0.95, 1e-3: 0.95}), row(1e-2, "en", 1.0)]
    choice = one(rows, "language_kept", langs=["fr"])
    assert choice.system.lr == 1e-3
    assert any("inputs at 1e-2; not chosen from" in text for text in choice.warnings)
    choice = one(rows, "language_kept", langs=["tr"])
    assert "run the study with this policy; the smallest rate stands in" in choice.why
    assert len(choice.warnings) == 1


def test_an_oracle_is_an_upper_bound_in_every_table() -> None:
    rows = [row(lr, "en", 1.0) for lr in (1e-4, 1e-3)]
    rows += [row(1e-4, "fr", 0.2), row(1e-3, "fr", 0.6), row(1e-3, "fr", 0.1, split="test")]
    choice = one(rows, "oracle")
    assert (choice.system.lr, choice.bound) == (1e-3, True)
    assert choice.system.needs == ("target_labels",)
    assert choice.system.name == "full (oracle)"
    assert one(rows).system.lr == 1e-4
    assert one([*rows[:2], row(1e-4, "fr", 1.0, split="test")], "oracle").system.lr == 1e-4


def test_optimizers_are_searches_of_their_own() -> None:
    rows = [row(lr, "en", 0.5, label="full") for lr in (1e-4, 1e-3)]
    other = {"optimizer": "adafactor", "settings": "other", "label": "ada"}
    rows += [row(lr, "en", lr, cell=f"a{lr}", run=f"a{lr}", **other) for lr in (1e-4, 1e-3)]
    found = choose_all(systems(rows), Selection())
    assert [(c.system.name, c.system.lr) for c in found] == [("full", 1e-4), ("ada", 1e-3)]
    assert [len(choice.among) for choice in found] == [2, 2]
    alike = systems([replace(one, label="full") for one in rows])
    assert {system.name for system in alike} == {"full, adamw", "full, adafactor"}


def test_seeds_of_a_system_can_be_left_out() -> None:
    (system,) = systems([row(1e-4, "en", 0.2), row(1e-4, "en", 0.6, seed=1)])
    assert system.only({0}).value("en", "exact_match", "dev") == 0.2
    assert system.only({0, 1, 2}) is system


@pytest.mark.parametrize(
    ("table", "says"),
    [
        ({"lr": "source-dev"}, "did you mean 'source_dev'"),
        ({"lr": {"langs": ["fr"]}}, "names no policy"),
        ({"lr": {"policy": "language_kept"}}, "language_kept needs langs"),
        ({"lr": {"policy": "language_kept", "langs": ["fr"], "leest": 1}}, "did you mean 'least'"),
        ({"lr": {"policy": "multi_source_dev", "over": "men"}}, "did you mean 'mean'"),
        ({"tie": "small"}, "did you mean 'smallest'"),
        ({"confirm": 3}, "confirm must be a list of entries, each an integer"),
        ({"rate": "source_dev"}, "unknown key of"),
    ],
)
def test_bad_settings_name_the_nearest(table: dict[str, Any], says: str) -> None:
    with pytest.raises(IsoglossError, match=says):
        Selection.of(table)


@pytest.mark.parametrize(
    ("settings", "says"),
    [
        ({"langs": []}, "no langs"),
        ({"langs": ["fr", "en"]}, "'en' is a source"),
        ({"langs": ["fra"]}, "write 'fr'"),
        ({"langs": ["qq"]}, "qq"),
        ({"langs": ["fr"], "least": 1.5}, "least is 1.5"),
        ({"langs": ["fr"], "identifier": "py3langid"}, "is the identifier that reports"),
        ({"langs": ["fr"], "identifier": "pycld"}, "did you mean 'pycld2'"),
    ],
)
def test_bad_languages_and_shares_are_refused(settings: dict[str, Any], says: str) -> None:
    with pytest.raises(IsoglossError, match=says):
        one([row(1e-4, "en", 0.5), row(1e-3, "en", 0.5)], "language_kept", **settings)


def test_asks_for_what_it_reads() -> None:
    task = plugin.task("verbalise")
    splits = {"en": ("train", "dev", "test"), "fr": ("train",), "tr": ("dev",), "ru": ("test",)}
    kept = POLICIES["language_kept"]
    assert kept(langs=("fr",)).pairs(task, ["fr", "tr"], splits) == (("fr", "input:pycld2"),)
    with pytest.raises(IsoglossError, match=r"language with dev or train inputs.*'ru'"):
        kept(langs=("ru",)).pairs(task, ["ru"], splits)
    with pytest.raises(IsoglossError, match="pip install heliport"):
        kept(langs=("fr",), identifier="heliport").pairs(task, ["fr"], splits)
    with pytest.raises(IsoglossError, match="tasks that write text; measure_kind is classify"):
        kept(langs=("fr",)).pairs(plugin.task("measure_kind"), ["fr"], splits)
    oracle = POLICIES["oracle"]()
    assert oracle.pairs(task, ["fr", "tr"], splits) == (("tr", "dev"),)
    with pytest.raises(IsoglossError, match="verbalise has none"):
        oracle.pairs(task, ["fr"], splits)
    parts = POLICIES["leave_one_source_out"]().parts(("en", "de"))
    assert parts == {("de",): (("en", "dev"),), ("en",): (("de", "dev"),)}


def test_every_policy_has_a_name_and_a_rule() -> None:
    for name, policy in POLICIES.items():
        made = policy(langs=("fr",)) if name == "language_kept" else policy()
        assert made.name == name
        assert made.rule("accuracy").startswith("the one with the best")
        assert str(made).startswith(name)


def test_never_a_system_by_itself() -> None:
    found: list[System] = systems([row(1e-4, "en", 0.5)])
    assert choose(found, EXACT)[0].why == "the only rate tried"
