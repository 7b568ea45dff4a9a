"""Rates are chosen after the fact: the plan adds what a policy reads, and no training."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

import tiny
from isogloss import Study, plugin, report
from isogloss.analysis.system import systems
from isogloss.core.errors import IsoglossError
from isogloss.core.run import Fit
from isogloss.core.task import Task
from isogloss.core.types import Example
from isogloss.store import Store
from isogloss.study.confirm import confirming
from isogloss.study.grid import run_study
from isogloss.study.plan import plan_study
from isogloss.study.study import RecipeEntry

TABLE: dict[str, Any] = {
    "name": "s",
    "tasks": ["verbalise"],
    "models": ["mini/mt5"],
    "targets": ["fr", "tr"],
    "fit": {"steps": 5, "lr": [1e-4, 1e-3, 1e-2]},
    "recipes": {"full": "", "untouched": "untouched()"},
}


def study(**more: Any) -> Study:
    return Study.of(TABLE | more)


def test_a_recipe_has_its_own_grid_and_optimizer() -> None:
    prompt = {
        "recipe": "prompt_tuning(length=4)",
        "lr": [0.3, 0.1, 1.0],
        "optimizer": "adafactor",
        "schedule": "constant",
    }
    plan = plan_study(study(recipes={"full": "", "prompt": prompt}))
    fits = [cell.run.fit for cell in plan.cells if cell.label == "prompt"]
    assert [fit.lr for fit in fits] == [0.3, 0.1, 1.0]
    assert {(fit.optimizer, fit.schedule, fit.steps) for fit in fits} == {
        ("adafactor", "constant", 5)
    }
    assert {cell.run.fit.optimizer for cell in plan.cells if cell.label == "full"} == {"adamw"}
    own = study(recipes={"full": "", "lora": {"recipe": "lora()", "lr": "grid"}}).recipes["lora"]
    assert own.lr == plugin.method("lora").lrs


def test_the_plan_adds_what_a_policy_reads_and_moves_no_identity() -> None:
    plain = plan_study(study())
    kept = {"policy": "language_kept", "langs": ["ru"]}
    for lr, pair, extra in (
        (kept, ("ru", "input:pycld2"), 3),
        ("oracle", ("tr", "dev"), 6),
        ("source_dev", ("en", "dev"), 0),
    ):
        plan = plan_study(study(select={"lr": lr}))
        assert [cell.run.id for cell in plan.cells] == [cell.run.id for cell in plain.cells]
        assert plan.extra == extra
        assert pair in plan.cells[0].pairs
    assert plan.cells[-1].pairs == plain.cells[-1].pairs  # an untouched model has no rate


def test_the_plan_adds_the_runs_that_leave_a_source_out() -> None:
    sources = [["en", "de"], ["en"]]
    with pytest.raises(IsoglossError, match="there is one: en"):
        study(sources=sources, select={"lr": "leave_one_source_out"})
    plan = plan_study(study(sources=sources[:1], select={"lr": "leave_one_source_out"}))
    parts = [cell for cell in plan.cells if len(cell.run.sources) == 1]
    assert [(cell.run.sources, cell.pairs) for cell in parts[:2]] == [
        (("de",), (("en", "dev"),)),
        (("en",), (("de", "dev"),)),
    ]
    assert len(parts) == plan.extra == 6


@pytest.mark.parametrize(
    ("select", "says"),
    [
        ({"lr": "oracel"}, "did you mean 'oracle'"),
        ({"lr": "multi_source_dev"}, "there is one: en"),
        ({"lr": {"policy": "language_kept", "langs": ["fr"], "least": -1}}, "least is -1"),
        ({"lr": {"policy": "language_kept", "langs": ["sw"]}}, "dev or train inputs of verbalise"),
        ({"confirm": [0, 1]}, "seed 0 is in seeds too"),
        ({"lrs": "oracle"}, "did you mean 'lr'"),
    ],
)
def test_bad_selections_say_why(select: dict[str, Any], says: str) -> None:
    with pytest.raises(IsoglossError, match=says):
        plan_study(study(select=select))


def test_all_rates_run_at_one_seed_and_the_chosen_ones_at_more(
    small: Task, tiny_xlmr: str, tmp_path: Path
) -> None:
    asked = Study(
        name="s",
        tasks=("small",),
        models=(tiny_xlmr,),
        sources=(("en", "de"),),
        targets=("fr",),
        fit=Fit(steps=1, batch=2),
        lrs=(1e-5, 1e-4, 1e-3, 1e-2),
        recipes={"full": RecipeEntry(), "none": RecipeEntry("untouched()")},
        select={"lr": "leave_one_source_out", "confirm": [1]},
    )
    plan, store = plan_study(asked), Store(tmp_path)
    assert confirming(asked, plan, store) == ()  # nothing to choose from yet
    assert (len(plan.cells), len(plan.later), plan.confirming) == (4 + 1 + 8, 5, 4)
    results = run_study(asked, tmp_path)
    built = report.build(results)
    (full,) = [c for c in built.sections[0].columns if c.chosen and c.kind == "trained"]
    seeds = {s.lr: s.seeds for s in systems(results.rows) if s.label == "full" and s.langs}
    twice = [lr for lr, found in seeds.items() if found == (0, 1)]
    assert len(twice) in (2, 3)
    assert full.seeds == (0, 1)
    assert full.search is not None
    assert full.search.trainings == 4 + len(twice) + 8
    assert [c.name for c in built.sections[0].columns if c.kind == "trained"] == ["full"] * 4
    assert built.sections[0].policy == "leave_one_source_out"
    assert store.study()["select"]["confirm"] == [1]

    trained = {p.name: p.stat().st_mtime_ns for p in (tmp_path / "weights").iterdir()}
    run_study(replace(asked, select={"lr": "oracle", "confirm": [1]}), tmp_path)
    (section,) = report.build(store).sections
    assert section.bound
    assert {c.name for c in section.columns if c.chosen} >= {"full (oracle)"}
    assert section.findings[0].startswith("Rates were chosen by target labels (oracle)")
    assert not any("Best on average" in text for text in section.findings[1:])
    assert report.build(store, select="source_dev").sections[0].policy == "source_dev"
    fresh = {p.name for p in (tmp_path / "weights").iterdir()} - set(trained)
    assert len(fresh) <= 2  # another rate's confirming seed at most


def test_rates_of_claims_are_confirmed_too(small: Task, tiny_xlmr: str) -> None:
    above = {"says": "a", "higher": {"recipe": "full"}, "than": {"recipe": "full", "lr": 1e-2}}
    whole = {"says": "b", "inner_optimum": {"recipe": "half"}}
    plan = plan_study(
        Study(
            name="s",
            tasks=("small",),
            models=(tiny_xlmr,),
            sources=(("en",),),
            targets=("fr",),
            fit=Fit(steps=1, batch=2),
            lrs=(1e-5, 1e-4, 1e-3, 1e-2),
            recipes={"full": RecipeEntry(), "half": RecipeEntry("freeze(what=['embeddings'])")},
            select={"lr": "source_dev", "confirm": [1]},
            claims=(above, whole),
        )
    )
    found = {(c.label, c.run.fit.lr) for c in plan.later if c.run.id in plan.claimed}
    assert found == {("full", 1e-2), *(("half", lr) for lr in (1e-5, 1e-4, 1e-3, 1e-2))}
    assert plan.confirming == 3 + 5


TEXTS = {
    "en": ("in five days", "in two weeks", "after two weeks", "the city", "the ship"),
    "fr": ("dans cinq jours", "dans deux semaines", "après deux semaines", "la ville", "le bateau"),
}


def load(lang: str, split: str, data: Path | None) -> list[Example]:
    """Say the text again; the last dev item of French is a test item too."""
    texts = {"train": TEXTS[lang][:3], "dev": TEXTS[lang][2:], "test": TEXTS[lang][4:]}[split]
    return [Example(f"{split}-{i}", lang, {"text": t}, t) for i, t in enumerate(texts)]


@pytest.fixture
def again() -> Iterator[Task]:
    task = Task("1", "generate", tuple(TEXTS), load, ("exact_match",), name="again")
    plugin.offer(task)
    yield task
    plugin._added["task"].pop("again", None)


def test_outputs_on_unlabelled_inputs_are_judged_by_another_identifier(
    again: Task, tmp_path: Path, tmp_path_factory: pytest.TempPathFactory
) -> None:
    model = str(tiny.checkpoint("mt5", tmp_path_factory.mktemp("mt5")))
    kept = {"policy": "language_kept", "langs": ["fr"], "least": 0.0}
    asked = Study.of(
        {
            "tasks": ["again"],
            "models": [model],
            "fit": {"steps": 1, "batch": 2, "lr": [1e-4, 1e-3]},
            "generate": {"max_tokens": 4},
            "recipes": {"full": ""},
            "select": {"lr": kept},
        }
    )
    results = run_study(asked, tmp_path)
    rows = results.select(split="input:pycld2").rows
    assert {(row.target, row.metric, row.condition, row.n) for row in rows} == {
        ("fr", "correct_language", "", 2)  # of three dev inputs, one is in the test set
    }
    assert len(rows) == 2
    assert all("pycld2 0" in row.signature for row in rows)
    shown = Store(tmp_path).shown(rows[0].run, "fr", "input:pycld2")
    assert {one.input for one in shown} == {"après deux semaines", "la ville"}
    assert {one.gold for one in shown} == {""}
    (section,) = report.build(results).sections
    assert [c.needs for c in section.columns if c.chosen] == [("target_text",)]
    assert "correct_language" not in {matrix.metric for matrix in section.others}
    assert "unlabelled French inputs" in section.methods
    with pytest.raises(IsoglossError, match="language_kept needs langs"):
        report.build(report_without_study(tmp_path), select="language_kept")


def report_without_study(out: Path) -> Store:
    (out / "study.json").unlink()
    return Store(out)
