"""A study file is read whole, and all that is wrong with it is shown at once."""

from __future__ import annotations

import ast
from collections import Counter
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from isogloss import Fit, Study, plugin
from isogloss.core import recipe, run
from isogloss.core.errors import IsoglossError
from isogloss.core.task import SPLITS, Task
from isogloss.study.plan import plan_study
from isogloss.study.study import RecipeEntry

GOOD = """
name   = "small"
tasks  = ["verbalise"]
models = ["mini/mt5"]
targets = ["fr", "tr"]
seeds  = [0, 1]

[fit]
steps = 5
snapshots = 5
lr = [1e-3, 1e-4]

[recipes]
plain = ""
two = { recipe = "lora(r=2) + average()", lr = [0.01, 0.1] }
untouched = "untouched()"
"""


def load(tmp_path: Path, text: str) -> Study:
    path = tmp_path / "study.toml"
    path.write_text(text, encoding="utf-8")
    return Study.load(path)


STUDIES = sorted((Path(__file__).parents[2] / "studies").glob("*.toml"))


@pytest.mark.parametrize("path", STUDIES, ids=lambda path: path.stem)
def test_shipped_studies_are_right(path: Path) -> None:
    study = Study.load(path)
    assert study.name == path.stem


def test_expands_rates_seeds_and_recipes(tmp_path: Path) -> None:
    plan = plan_study(load(tmp_path, GOOD))
    labels = [cell.label for cell in plan.cells]
    assert labels.count("plain") == 4
    assert labels.count("two") == 4
    assert labels.count("untouched") == 2
    assert ("en", "dev") in plan.cells[0].pairs
    assert ("fr", "test") in plan.cells[0].pairs


def test_targets_move_no_identity(tmp_path: Path) -> None:
    one = plan_study(load(tmp_path, GOOD))
    two = plan_study(load(tmp_path, GOOD.replace('["fr", "tr"]', '["fr", "tr", "ru"]')))
    assert [c.run.id for c in one.cells] == [c.run.id for c in two.cells]


def test_a_recipe_may_have_sources_of_its_own(tmp_path: Path) -> None:
    more = '[recipes]\nboth = { recipe = "", sources = ["en", "it"] }'
    plan = plan_study(load(tmp_path, GOOD.replace("[recipes]", more)))
    assert {c.run.sources for c in plan.cells if c.label == "both"} == {("en", "it")}
    assert {c.run.sources for c in plan.cells if c.label == "plain"} == {("en",)}
    assert ("it", "dev") in next(c for c in plan.cells if c.label == "both").pairs


def test_a_recipe_may_be_for_some_tasks(tmp_path: Path) -> None:
    more = '[recipes]\ntag = { recipe = "", tasks = ["tag_quantity"], models = ["mini/xlmr"] }'
    text = GOOD.replace('["verbalise"]', '["verbalise", "tag_quantity"]')
    text = text.replace('["mini/mt5"]', '["mini/mt5", "mini/xlmr"]').replace("[recipes]", more)
    study = load(tmp_path, text.replace("name ", 'page = ["matrix"]\nname ', 1))
    cells = [c.run for c in plan_study(study).cells if c.label == "tag"]
    assert {(run.task, run.model) for run in cells} == {("tag_quantity", "mini/xlmr")}
    assert study.said()["page"] == ["matrix"]
    with pytest.raises(IsoglossError, match="unknown task of recipe tag: 'tag_quantities'"):
        load(tmp_path, text.replace('tasks = ["tag_quantity"]', 'tasks = ["tag_quantities"]'))


def test_all_errors_at_once(tmp_path: Path) -> None:
    bad = """
name = "bad"
taks = ["uner"]
tasks = ["unre"]
models = ["mini/mt5"]
targets = ["jp"]
[fit]
stpes = 3
lr = "high"
[recipes]
a = "lorra()"
[select]
lr = "oracel"
"""
    with pytest.raises(IsoglossError) as error:
        load(tmp_path, bad)
    text = str(error.value)
    for part in ("'taks'", "'unre'", "'jp'", "'stpes'", "lr must be", "'lorra'", "'oracel'"):
        assert part in text
    assert "7 errors" in text


@pytest.mark.parametrize(
    ("change", "says"),
    [
        (("mini/mt5", "mini/mt6"), "mini/mt5"),
        (('["verbalise"]', "[]"), "names no tasks"),
        (("[0, 1]", '"0"'), "seeds must be"),
        (("name ", 'sources = [["sw", "en", "swa"]]\nname '), "sources: 'sw' stands there twice"),
        (("steps = 5", "steps = 0"), "at least 1"),
        (("name ", "name = 3\nname "), "not TOML"),
        (("[0.01, 0.1]", "0.01"), "unequal numbers of learning rates: plain 2, two 1"),
        (("[0.01, 0.1]", "[0.01, 0.01]"), "two: lr has a rate twice"),
        (("[0.01, 0.1]", "[0.01, -0.1]"), "two: lr must be one of grid or a number, above 0"),
        (("[0.01, 0.1]", '[0.01, 0.1], optimiser = "adamw"'), "did you mean 'optimizer'"),
        (("[0.01, 0.1]", '[0.01, 0.1], optimizer = "adam"'), "did you mean 'adamw'"),
        (("[0.01, 0.1]", "[0.01, 0.1], steps = 0"), "two: steps must be an integer, at least 1"),
        (('"untouched()"', '{ recipe = "untouched()", lr = "grid" }'), "none of its methods"),
        (('"untouched()"', "3"), "recipes: untouched must be a string or a table, got 3"),
    ],
)
def test_bad_values_say_why(tmp_path: Path, change: tuple[str, str], says: str) -> None:
    with pytest.raises(IsoglossError) as error:
        plan_study(load(tmp_path, GOOD.replace(*change, 1)))
    assert says in str(error.value)


def test_a_missing_file_is_named(tmp_path: Path) -> None:
    with pytest.raises(IsoglossError, match="no study file"):
        Study.load(tmp_path / "none.toml")


def test_missing_splits_are_named_never_invented(tmp_path: Path) -> None:
    folder = tmp_path / "news" / "en"
    folder.mkdir(parents=True)
    (folder / "train.jsonl").write_text(
        '{"text": "a", "target": "x"}\n{"text": "b", "target": "y"}\n'
    )
    study = """
models = ["mini/xlmr"]
[task.news]
kind = "classify"
files = "news/{lang}/{split}.jsonl"
"""
    plan = plan_study(load(tmp_path, study))
    assert [w for w in plan.warnings if "no dev data in 'en'" in w]
    assert [w for w in plan.warnings if "no test data in 'en'" in w]
    assert plan.cells[0].pairs == ()


def test_claims_name_models_with_or_without_their_revision(tmp_path: Path) -> None:
    claim = '\n[[claims]]\nsays = "x"\ninner_optimum = { recipe = "plain", model = "%s" }\n'
    text = GOOD.replace('"mini/mt5"', '"a/b@1234"')
    for name in ("a/b", "a/b@1234"):
        load(tmp_path, text + claim % name)
    with pytest.raises(IsoglossError, match="unknown model of a claim: 'a/c'"):
        load(tmp_path, text + claim % "a/c")


def test_pinned_models_keep_their_recipes(tmp_path: Path) -> None:
    text = GOOD.replace('"mini/mt5"', f'"google/mt5-base@{"a" * 40}", "mini/mt5"')
    own = f'[recipes]\nown = {{ recipe = "", models = ["google/mt5-base@{"a" * 40}"] }}'
    cells = plan_study(load(tmp_path, text.replace("[recipes]", own)), away=True).cells
    assert {c.run.model for c in cells if c.label == "two"} == {"google/mt5-base", "mini/mt5"}
    assert {c.run.model for c in cells if c.label == "own"} == {"google/mt5-base"}


def test_a_large_plan_reads_nothing_twice(small: Task, monkeypatch: pytest.MonkeyPatch) -> None:
    counts: Counter[str] = Counter()

    def counted(name: str, call: Callable[..., Any]) -> Callable[..., Any]:
        def counting(*args: Any, **options: Any) -> Any:
            counts[name] += 1
            return call(*args, **options)

        return counting

    looks = {
        "available": counted("looks", lambda data: dict.fromkeys(small.langs, SPLITS)),
        "digest": counted("looks", lambda lang, split, data: lang),
    }
    plugin.offer(replace(small, **looks))
    monkeypatch.setattr(run, "_digest", counted("hashes", run._digest))
    monkeypatch.setattr(recipe.ast, "parse", counted("readings", ast.parse))
    found = {}
    for size in (10, 40):
        counts.clear()
        recipe._calls.cache_clear()
        lora = RecipeEntry("lora(r=2) + average(last=2)")
        plan = plan_study(
            Study(
                name="large",
                tasks=("small",),
                models=("mini/xlmr",),
                seeds=tuple(range(size)),
                fit=Fit(snapshots=2),
                lrs=(1e-3, 1e-4, 1e-5),
                recipes={"full": RecipeEntry(), "lora": lora},
            )
        )
        assert len(plan.cells) == 6 * size
        assert plan.trainings == 6 * size
        found[size] = Counter(counts)
    assert found[40]["hashes"] <= 4 * 6 * 40  # id, cell, settings and train key of each
    assert found[40]["hashes"] <= 4 * found[10]["hashes"]
    assert found[40]["looks"] == found[10]["looks"] <= 1 + len(small.langs)
    assert found[40]["readings"] == found[10]["readings"] == 1
