from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

import synthetic_store
from isogloss import plugin
from isogloss.analysis.alarm import alarms
from isogloss.analysis.compare import differences, mean_interval
from isogloss.analysis.findings_text import Evidence, findings
from isogloss.analysis.format import listed, measured_on, number, spell_rate
from isogloss.analysis.paper import bibliography, methods
from isogloss.analysis.select import choose
from isogloss.analysis.system import headline, metric, systems
from isogloss.analysis.table import Table, best, rank
from isogloss.core.errors import IsoglossError
from isogloss.core.metric import Metric
from isogloss.core.types import Row
from isogloss.store import Store

EXACT = Metric("1", (), lambda *_: [], lambda t: t, name="exact_match")


def row(lr: float = 1e-4, lang: str = "de", value: float | None = 0.5, **more: object) -> Row:
    """Give a row of a system that its rate and recipe name."""
    plain = {
        "run": f"{more.get('recipe', '')} {lr} {more.get('seed', 0)}",
        "cell": f"{more.get('recipe', '')} {lr}",
        "task": "made_up",
        "task_version": "1",
        "model": "m",
        "recipe": "",
        "lr": lr,
        "step": 100,
        "needs": "",
        "sources": "en",
        "target": lang,
        "condition": "",
        "split": "test",
        "metric": "exact_match",
        "signature": "",
        "value": value,
        "n": 50,
        "seed": 0,
    }
    return Row(**plain | more)  # type: ignore[arg-type]


def dev(lr: float, value: float, error: float = 0.0, **more: object) -> Row:
    ends = {"low": value - 1.96 * error, "high": value + 1.96 * error}
    return row(lr, "en", value, split="dev", **ends, **more)


def test_groups_seeds_and_leaves_snapshots_out() -> None:
    rows = [
        row(value=0.4, seed=0, low=0.35, high=0.45),
        row(value=0.6, seed=1, low=0.5, high=0.7),
        row(value=0.1, seed=0, step=50),
    ]
    (system,) = systems(rows)
    score = system.score("de", "exact_match")
    assert score is not None
    assert (score.value, score.values, system.seeds) == (0.5, (0.4, 0.6), (0, 1))
    assert (score.low, score.high) == (0.4, pytest.approx(0.6))  # widened to the seeds
    # items: 0.15 / (2 * 1.96); seeds: 0.1
    assert score.error == pytest.approx(0.107, abs=1e-3)


def test_orders_references_first_and_outside_last() -> None:
    rows = [
        row(recipe="lora()"),
        row(),
        row(recipe="untouched()"),
        row(recipe="majority()"),
        row(model="a", cell="x", run="x", sources="", note="outside"),
    ]
    found = systems(rows)
    names = ["majority()", "untouched()", "full", "lora()", "a"]
    assert [system.name for system in found] == names
    assert [system.reference for system in found] == [True, True, False, False, False]


def test_headline_is_the_tasks_first_metric_that_was_scored() -> None:
    plugin.offer(synthetic_store.TASK)
    found = systems([row(metric="chrf")])
    assert headline("made_up", found) == "chrf"
    assert headline("no such task", found) == "chrf"
    assert headline("made_up", systems([row(metric="chrf"), row()])) == "exact_match"


def chosen(*rows: Row, score: Metric = EXACT) -> list:
    return choose(systems(rows), score)


def test_chooses_the_best_source_dev() -> None:
    (choice,) = chosen(dev(1e-5, 0.2), dev(1e-4, 0.9), dev(1e-3, 0.7))
    assert choice.system.lr == 1e-4
    assert not choice.warnings
    assert [system.lr for system in choice.among] == [1e-5, 1e-4, 1e-3]


def test_a_tie_goes_to_the_smaller_rate_and_an_edge_is_told() -> None:
    (choice,) = chosen(dev(1e-5, 0.88, 0.02), dev(1e-4, 0.9, 0.02), dev(1e-3, 0.7, 0.02))
    assert choice.system.lr == 1e-5
    assert "tied" in choice.why
    assert "smallest of 3 tried" in choice.warnings[0]


def test_lower_can_be_better() -> None:
    lower = replace(EXACT, higher=False)
    (choice,) = chosen(dev(1e-5, 0.5), dev(1e-4, 0.1), dev(1e-3, 0.7), score=lower)
    assert choice.system.lr == 1e-4


def test_never_chooses_by_target_scores() -> None:
    (choice,) = chosen(row(1e-5, value=0.1), row(1e-4, value=0.9))
    assert choice.system.lr == 1e-5
    assert "no dev scores" in choice.warnings[0]


def test_tells_of_rates_without_dev_scores() -> None:
    (choice,) = chosen(dev(1e-5, 0.2), dev(1e-4, 0.9), row(1e-3))
    assert any("at 1e-3; not chosen from" in text for text in choice.warnings)


def test_other_settings_are_other_systems() -> None:
    assert len(chosen(dev(1e-4, 0.2), dev(1e-4, 0.3, cell="beams", run="beams"))) == 2


def test_unknown_policy_names_the_nearest() -> None:
    with pytest.raises(IsoglossError, match="did you mean 'source_dev'"):
        choose([], EXACT, "source-dev")


def test_means_are_over_shared_languages_alone() -> None:
    rows = [
        row(lang="en", value=1.0), row(lang="de", value=0.5), row(lang="th", value=0.1),
        row(recipe="lora()", lang="de", value=0.4), row(recipe="lora()", lang="th", value=None),
    ]  # fmt: skip
    table = Table("exact_match", tuple(systems(rows)))
    full, lora = table.systems
    assert (table.langs, table.shared) == (("de", "th"), ("de",))
    assert (table.mean(full), table.mean(lora)) == (0.5, 0.4)
    assert (table.gap(full), table.gap(lora)) == (0.5, None)
    assert table.worst(full) == [("th", 0.1), ("de", 0.5)]
    assert best(table) is full
    assert rank(table, table.systems, higher=False) == [lora, full]


def told(*rows: Row, store: Store | None = None) -> set[tuple[str, tuple[str, ...]]]:
    store = store or Store("nowhere")
    return {(alarm.kind, alarm.langs) for alarm in alarms(store, systems(rows), EXACT)}


def test_warns_of_what_is_no_better_than_references() -> None:
    rows = [
        row(lang="de", value=0.2), row(lang="fr", value=0.3), row(lang="en", value=0.0),
        row(recipe="majority()", lang="de", value=0.2),
        row(recipe="majority()", lang="fr", value=0.1),
        row(recipe="untouched()", lang="fr", value=0.3),
        row(recipe="untouched()", lang="en", value=0.3),
    ]  # fmt: skip
    assert {("majority", ("de",)), ("untouched", ("fr",))} <= told(*rows)


def test_warns_of_chance() -> None:
    plugin.offer(
        replace(synthetic_store.TASK, name="sorts", kind="classify", labels=("a", "b", "c"))
    )
    more = {"task": "sorts", "metric": "accuracy"}
    rows = [
        row(lang="de", value=0.4, low=0.3, high=0.5, **more),
        row(lang="fr", value=0.6, low=0.5, high=0.7, **more),
    ]
    assert ("chance", ("de",)) in told(*rows)


def test_warns_of_collapse_against_the_references_own_rate() -> None:
    rate = {"metric": "correct_language"}
    rows = [
        row(lang="de", value=0.4, **rate),
        row(lang="de", value=0.95, condition="reference", **rate),
        row(lang="vi", value=0.4, **rate),
        row(lang="vi", value=0.7, condition="reference", **rate),
    ]
    assert ("collapsed", ("de",)) in told(*rows)


def test_claims_no_collapse_where_the_identifier_fails() -> None:
    rate = {"metric": "correct_language"}
    rows = [
        row(lang="ja", value=0.03, **rate),
        row(lang="ja", value=0.26, condition="reference", **rate),
    ]
    kinds = {kind for kind, _ in told(*rows)}
    assert "identifier" in kinds
    assert "collapsed" not in kinds


def test_warns_of_shares_beyond_the_references_own() -> None:
    rows = [
        row(lang="de", value=0.3, metric="empty"),
        row(lang="fr", value=0.5, metric="copied"),
        row(lang="fr", value=0.4, metric="copied", condition="reference"),
        row(lang="fi", value=0.5, metric="limit"),
    ]
    assert {kind for kind, _ in told(*rows)} >= {"empty", "limit"}
    assert "copied" not in {kind for kind, _ in told(*rows)}


def test_warns_of_mixed_precisions_and_missing_languages() -> None:
    rows = [
        row(lang="de", machine="cpu fp32 x86_64"),
        row(lang="th", machine="cpu fp32 x86_64"),
        row(recipe="lora()", lang="de", machine="cuda bf16 x86_64"),
        row(recipe="lora()", lang="th", value=None, note="no tag for th"),
    ]
    assert {("precision", ()), ("missing", ("th",))} <= told(*rows)
    found = alarms(Store("nowhere"), systems(rows), EXACT)
    assert any("no tag for th" in alarm.text for alarm in found)


def test_warns_of_constant_output(tmp_path: Path) -> None:
    from isogloss.core.run import Run
    from isogloss.core.types import Example, Prediction
    from isogloss.store import RunFolder

    one = row(run="r")
    with RunFolder(tmp_path / "runs" / "r", Run("made_up", "m", ("en",))) as folder:
        items = [Example(str(i), "de", {"text": "x"}, str(i)) for i in range(20)]
        answers = [Prediction(str(i), "always this") for i in range(20)]
        folder.commit("de", "test", answers, [one], examples=items)
    assert ("constant", ("de",)) in told(one, store=Store(tmp_path))


@pytest.fixture(scope="module")
def evidence(made: Store) -> Evidence:
    found = systems(made.rows())
    head = metric("exact_match")
    choices = choose(found, head)
    table = Table("exact_match", tuple(choice.system for choice in choices))
    full = next(s for s in table.systems if not s.recipe)
    tested = differences(made, table.systems, full, table.shared, head)
    everything = Table("exact_match", tuple(found))
    return Evidence(made, head, everything, table, tuple(choices), tuple(tested))


def test_pairs_systems_on_the_same_items(evidence: Evidence) -> None:
    found = {one.system.name: one for one in evidence.differences}
    table = evidence.table
    for one in found.values():
        expected = (table.mean(one.system) or 0) - (table.mean(one.baseline) or 0)
        assert one.delta == pytest.approx(expected)
        assert one.low < one.delta < one.high
        assert len(one.by_lang) == 12
    assert found["mixed in"].sure
    assert found["untouched"].delta < 0


def test_does_not_pair_other_items(made: Store, monkeypatch: pytest.MonkeyPatch) -> None:
    full, other = [s for s in systems(made.rows()) if s.name in ("full", "mixed in")][-2:]
    head = metric("exact_match")
    assert differences(made, [other], full, ["de", "fr"], head)
    monkeypatch.setattr(Store, "items", lambda self, run, lang, split="test": run)
    assert differences(made, [other], full, ["de", "fr"], head) == []


def test_gives_no_interval_without_statistics(made: Store) -> None:
    system = systems(made.rows())[0]
    low, high = mean_interval(made, system, ["de", "fr"], metric("exact_match"))
    assert low is not None
    assert high is not None
    assert mean_interval(made, system, ["de", "fr"], metric("chrf")) == (None, None)


def test_finds_the_collapse_first_and_in_numbers(evidence: Evidence) -> None:
    first, second, *rest = findings(evidence)
    assert first.startswith("At learning rate 1e-2, “full” answers in English: its correct-")
    assert "rate is 0.02 on average over 12 target languages. At 3e-5 it is 0.9" in first
    assert "the references' own is 0.95" in first
    assert "“mixed in” with exact match 0.6" in second
    assert "uses target text" in second
    assert any(text.startswith("Scores higher than “full”") for text in rest)
    assert any(text.startswith("Hardest for “mixed in”: Vietnamese") for text in rest)


def test_says_when_systems_are_not_told_apart(evidence: Evidence) -> None:
    unsure = tuple(replace(one, p=0.4) for one in evidence.differences)
    text = " ".join(findings(replace(evidence, differences=unsure)))
    assert "Not told apart from “full”" in text
    assert "Scores higher" not in text


def test_writes_the_methods_paragraph(evidence: Evidence) -> None:
    text = methods(evidence, evidence.store.runs(), "9.9")
    for part in (
        "mini/mt5 was trained on English made_up (version 1) for 300 updates",
        "3e-5, 1e-4, 1e-3, 1e-2",
        "no target label was used",
        "12 languages (Arabic, German",
        "2 seeds",
        "mixed in used target text",
        "isogloss 9.9 on cpu fp32",
    ):
        assert part in text


def test_cites_task_methods_and_metrics(evidence: Evidence) -> None:
    recipes = [system.recipe for system in evidence.everything.systems]
    cited = bibliography(["made_up"], recipes, ["exact_match", "correct_language"])
    assert cited[0] == "Nobody et al. 2026, 2601.00001"
    assert plugin.metric("correct_language").cite in cited
    assert plugin.method("mix_in").cite in cited


@pytest.mark.parametrize(
    ("lr", "text"), [(1e-4, "1e-4"), (2.5e-5, "2.5e-5"), (0.01, "1e-2"), (0, "0"), (3e-5, "3e-5")]
)
def test_spells_rates(lr: float, text: str) -> None:
    assert spell_rate(lr) == text


def test_spells_lists_and_numbers() -> None:
    assert listed([]) == ""
    assert listed(["a"]) == "a"
    assert listed(["a", "b", "c"]) == "a, b and c"
    assert (number(0.456), number(45.6, 100), number(-0.1)) == ("0.46", "45.6", "−0.10")


def test_names_tell_systems_apart() -> None:
    assert [s.name for s in systems([row(), row(1e-3)])] == ["full", "full"]
    two = [row(), row(model="n", cell="n", run="n")]
    assert [s.name for s in systems(two)] == ["full, m", "full, n"]
    two = [row(), row(sources="en,fr", cell="n", run="n")]
    assert [s.name for s in systems(two)] == ["full, from en", "full, from en+fr"]
    two = [row(label="x"), row(recipe="lora()", label="x")]
    assert [s.name for s in systems(two)] == ["x, plain", "x, lora()"]
    two = [row(), row(step=200, cell="n", run="n")]
    assert [s.name for s in systems(two)] == ["full, 100 steps, 1", "full, 200 steps, 2"]


def test_zero_has_no_sign() -> None:
    from isogloss.report.plain import signed

    assert (number(-0.001), signed(-0.001), signed(-0.2)) == ("0.00", "±0.00", "−0.20")


@pytest.mark.parametrize(
    ("models", "tasks", "place"),
    [
        ({"mini/mt5", "mini/xlmr"}, {"verbalise", "measure_kind"}, "the mini world"),
        ({"mini/mt5"}, {"sib200"}, "mini/mt5"),
        ({"mini/mt5"}, {"verbalise", "a_table_of_a_study"}, "mini/mt5"),
        ({"mini/mt5", "google/mt5-base"}, {"verbalise"}, "google/mt5-base and mini/mt5"),
        ({"/a/b/smol"}, {"verbalise"}, "smol"),
    ],
)
def test_what_was_measured_on_is_named(models: set[str], tasks: set[str], place: str) -> None:
    assert measured_on(models, tasks) == place
