"""The time of a study: from finished runs, from a measurement, from sizes."""

from __future__ import annotations

import dataclasses
import re
from pathlib import Path

import pytest

from isogloss.cli import main
from isogloss.core.errors import IsoglossError
from isogloss.core.run import Fit
from isogloss.core.task import Task
from isogloss.models.family.backbone import backbone
from isogloss.models.family.size import parameters, working
from isogloss.store import Store
from isogloss.study import cost
from isogloss.study.grid import run_study
from isogloss.study.plan import plan_study
from isogloss.study.study import RecipeEntry, Study


def study(model: str, **change: object) -> Study:
    base = Study(
        name="timed",
        tasks=("small",),
        models=(model,),
        fit=Fit(steps=10, batch=4, lr=1e-3),
        lrs=(1e-3, 1e-4),
        recipes={
            "full": RecipeEntry(),
            "mean": RecipeEntry("average(last=1)"),
            "none": RecipeEntry("untouched()"),
        },
    )
    return dataclasses.replace(base, **change)  # type: ignore[arg-type]


def test_a_forecast_adds_up_what_is_left(small: Task, tiny_xlmr: str, tmp_path: Path) -> None:
    plan = plan_study(study(tiny_xlmr))
    paces = {("small", tiny_xlmr, ""): cost.Pace(start=10.0, step=1.0, score=0.5)}
    found = cost.forecast(plan, paces)
    runs = len(plan.cells)
    assert found.runs == runs == 5
    # two trainings of ten steps, five starts, four scores each
    assert found.seconds == pytest.approx(2 * 10 + runs * (10 + 4 * 0.5))
    assert found.guessed == ("average(last=1)",)
    assert cost.forecast(plan, {}).unknown == (f"small on {tiny_xlmr}",)


def test_finished_runs_tell_the_time_of_the_others(
    small: Task, tiny_xlmr: str, tmp_path: Path
) -> None:
    one = study(tiny_xlmr, lrs=(1e-3,), recipes={"full": RecipeEntry()})
    run_study(one, tmp_path)
    store = Store(tmp_path)
    paces = cost.seen(store)
    assert list(paces) == [("small", tiny_xlmr, "")]
    (pace,) = paces.values()
    (key,) = store.runs()
    total = sum(commit.seconds for commit in store.commits(key))
    assert 0 < pace.step * 10 + pace.start < total
    assert cost.forecast(plan_study(one), paces, store).runs == 0
    more = cost.forecast(plan_study(study(tiny_xlmr)), paces, store)
    assert more.runs == 4
    assert 0.5 * pace.step * 10 < more.seconds < 8 * total


def test_sizes_and_gpus(small: Task, tiny_xlmr: str) -> None:
    found = backbone(tiny_xlmr)
    weights = sum(
        int.from_bytes(path.read_bytes()[:8], "little") for path in found.path.glob("*.safetensors")
    )
    assert weights > 0
    assert 1000 < (parameters(found) or 0) < 10_000_000
    away = dataclasses.replace(found, path=None)
    for name, size in (
        ("google/mt5-base", 580e6),
        ("facebook/nllb-200-distilled-600M", 600e6),
        ("facebook/mbart-large-50", 611e6),
        ("bigscience/bloom-560m", 560e6),
        ("Qwen/Qwen3-0.6B", 600e6),
        ("somebody/model", None),
    ):
        assert parameters(dataclasses.replace(away, name=name)) == size
    plan = plan_study(study(tiny_xlmr))
    slow, fast = (cost.forecast(plan, cost.rough(plan, gpu)).seconds for gpu in ("l4", "h100"))
    assert slow > 5 * fast > 0
    with pytest.raises(IsoglossError, match=r"(?s)unknown GPU 'a1000'.*a100"):
        cost.rough(plan, "a1000")


def test_updates_of_small_models_take_their_time_and_large_ones_grow(tiny_xlmr: str) -> None:
    found = backbone(tiny_xlmr)
    size, whole = working(found) or 0, parameters(found) or 0
    assert 0 < size < whole
    small = cost.updates(1800, 344_000, 16 * 60, cost.CPU)
    assert 60 < small < 600
    assert cost.updates(1, 10**9, 1000, cost.CPU) > 9 * cost.updates(1, 10**8, 1000, cost.CPU)
    assert cost.updates(1, 10**9, 1000, cost.GPU) < cost.updates(1, 10**9, 1000, cost.CPU) / 100
    away = dataclasses.replace(found, path=None, name="google/mt5-base")
    assert working(away) == 196e6
    assert working(dataclasses.replace(away, name="somebody/model")) is None


@pytest.mark.parametrize(
    ("seconds", "says"), [(5.23, "5.2 s"), (42.4, "42 s"), (340, "6 min"), (7500, "2 h 5 min")]
)
def test_durations_as_people_say_them(seconds: float, says: str) -> None:
    assert cost.spell(seconds) == says


def test_the_plan_says_the_time(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    path = tmp_path / "s.toml"
    path.write_text('tasks = ["verbalise"]\nmodels = ["mini/mt5"]\ntargets = ["fr"]\n')
    main(["plan", str(path), "--out", str(tmp_path / "out")])
    assert "time not known: verbalise on mini/mt5; --measure tells" in capsys.readouterr().out
    main(["plan", str(path), "--out", str(tmp_path / "out"), "--gpu", "a100"])
    assert re.search(r"time: about .* for 1 runs, on one a100, a rough", capsys.readouterr().out)


def test_embeddings_are_looked_up_and_cost_nothing(
    small: Task, tiny_xlmr: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    plan = plan_study(study(tiny_xlmr))
    [pace] = set(cost.rough(plan, "a100").values())
    fit, size = plan.cells[0].run.fit, working(backbone(tiny_xlmr)) or 0
    read = min(fit.tokens, fit.batch * (fit.max_source + fit.max_target))
    assert pace.step == pytest.approx(6 * size * read / (312e12 * cost.TRAINING))
    # A hub model's config.json says how large its table is.
    monkeypatch.setattr("huggingface_hub.constants.HF_HUB_CACHE", str(tmp_path))
    folder = tmp_path / "models--bigscience--bloom-560m" / "snapshots" / "abc"
    away = dataclasses.replace(
        backbone(tiny_xlmr), path=None, name="bigscience/bloom-560m", revision="abc"
    )
    assert working(away) == 560e6
    folder.mkdir(parents=True)
    (folder / "config.json").write_text('{"vocab_size": 250880, "hidden_size": 1024}')
    assert working(away) == 560e6 - 250880 * 1024
