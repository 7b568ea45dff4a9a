"""Methods add up: whole recipes go through the pipeline."""

from __future__ import annotations

from pathlib import Path

import pytest

from isogloss import plugin
from isogloss.core.errors import IsoglossError
from isogloss.core.run import Fit, Generate
from isogloss.study.grid import run_study
from isogloss.study.plan import plan_study
from isogloss.study.study import RecipeEntry, Study
from isogloss.testing import tiny, toy

RECIPES = {
    ("generate", "mt5"): {
        "": "",
        "mix_in(langs=['sw'], share=0.2) + lora(r=2) + average(last=2)": "target_text",
        "freeze(what=['decoder']) + adapter(size=4) + smooth(consistency=1.0)": "",
        "average(last=2, seeds=[1])": "",
        "lora(r=2, start=0) + average(last=2, seeds=[1], rates=[0.01])": "",
        "lora(r=2) + arithmetic(langs=['sw'])": "target_text",
        "intermediate(langs=['sw'], steps=2) + translate_test()": "target_text,translator",
        "untouched()": "",
    },
    ("generate", "mbart"): {
        "translate_train(langs=['de']) + prompt_tuning(length=4)": "translator",
        "factorized_prompts(langs=['sw'], length=2, part=2, steps=2)": "target_text",
    },
    ("tag", "xlm-roberta"): {
        "majority()": "",
        "lora(r=2) + shots(k=3, steps=2)": "target_labels",
    },
}


def study(kind: str, architecture: str, *recipes: str) -> Study:
    return Study(
        name="recipes",
        tasks=(f"toy_{kind}",),
        models=(str(tiny.backbone(architecture)),),
        targets=("sw",),
        fit=Fit(steps=3, batch=4, lr=1e-3, snapshots=2),
        generate=Generate(max_tokens=4),
        recipes={recipe or "plain": RecipeEntry(recipe) for recipe in recipes},
    )


@pytest.fixture(autouse=True)
def _toys(monkeypatch: pytest.MonkeyPatch) -> None:
    toys = {f"toy_{kind}": toy.task(kind) for kind in ("generate", "tag")}
    monkeypatch.setattr(plugin, "_added", {g: {} for g in plugin.FOLDERS} | {"task": toys})


@pytest.mark.parametrize(("kind", "architecture"), RECIPES)
def test_runs_and_says_what_it_used(kind: str, architecture: str, tmp_path: Path) -> None:
    expected = RECIPES[kind, architecture]
    rows = run_study(study(kind, architecture, *expected), tmp_path).rows
    needs = {row.recipe: row.needs for row in rows}
    assert needs == expected
    scored = [row for row in rows if row.target == "sw" and row.metric == toy.task(kind).metrics[0]]
    assert all(row.value is not None for row in scored if not row.condition)
    trained = {row.recipe: row.trained for row in rows}
    assert all(
        (trained[recipe] == 0) == (recipe in ("untouched()", "majority()")) for recipe in trained
    )


def test_a_language_without_shots_is_an_empty_row(tmp_path: Path) -> None:
    rows = run_study(study("tag", "xlm-roberta", "shots(k=99)"), tmp_path).rows
    empty = [row for row in rows if row.target == "sw" and not row.condition]
    assert empty
    assert all(row.value is None and "99 labelled examples" in row.note for row in empty)


def test_too_few_snapshots_stop_the_plan(tmp_path: Path) -> None:
    with pytest.raises(IsoglossError, match="needs as many snapshots"):
        plan_study(study("generate", "mt5", "average(last=5)"))
