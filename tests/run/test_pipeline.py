"""A run goes through all stages, resumes, shares, and refuses what is undeclared."""

from __future__ import annotations

import json
import shutil
from dataclasses import dataclass, replace
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest

from isogloss import plugin
from isogloss.core.errors import Failed, IsoglossError
from isogloss.core.machine import Machine
from isogloss.core.material import Reading
from isogloss.core.method import Context, Method, Train
from isogloss.core.run import Fit, Run
from isogloss.core.task import Task
from isogloss.core.types import Example
from isogloss.run.pipeline import Setting, access, trained
from isogloss.run.score import Cost
from isogloss.run.use import reopen
from isogloss.store import Held, Results, Store
from isogloss.study.grid import run_study
from isogloss.study.plan import plan_study
from isogloss.study.study import RecipeEntry, Study

FREE = ("seconds", "created", "machine")


def study(tiny_xlmr: str, **change: Any) -> Study:
    base = Study(
        name="test",
        tasks=("small",),
        models=(tiny_xlmr,),
        targets=("fr", "de"),
        fit=Fit(steps=4, batch=4, lr=1e-3),
    )
    return replace(base, **change)


def table(results: Results) -> list[dict[str, Any]]:
    """Rows as values, without the columns that may differ between equal runs."""
    rows = [{f: getattr(row, f) for f in row.__slots__ if f not in FREE} for row in results.rows]
    return sorted(rows, key=str)


def test_scores_every_target_and_the_source(small: Task, tiny_xlmr: str, tmp_path: Path) -> None:
    results = run_study(study(tiny_xlmr), tmp_path)
    scored = {(r.target, r.split) for r in results.select(metric="accuracy").rows}
    assert scored == {("en", "dev"), ("en", "test"), ("fr", "test"), ("de", "test")}
    row = results.select(metric="accuracy", target="fr").rows[0]
    assert row.value is not None
    assert row.low <= row.value <= row.high
    assert row.n == len(small.load("fr", "test", None))
    assert row.trained > 0
    assert row.needs == ""


def test_running_again_does_nothing(small: Task, tiny_xlmr: str, tmp_path: Path) -> None:
    one = run_study(study(tiny_xlmr), tmp_path)
    files = {p: p.stat().st_mtime_ns for p in tmp_path.rglob("*.safetensors")}
    two = run_study(study(tiny_xlmr), tmp_path)
    assert [r.created for r in one.rows] == [r.created for r in two.rows]
    assert files == {p: p.stat().st_mtime_ns for p in tmp_path.rglob("*.safetensors")}


def test_a_new_target_costs_no_training(small: Task, tiny_xlmr: str, tmp_path: Path) -> None:
    run_study(study(tiny_xlmr, targets=("fr",)), tmp_path / "a")
    weights = {p: p.stat().st_mtime_ns for p in tmp_path.rglob("*.safetensors")}
    both = run_study(study(tiny_xlmr), tmp_path / "a")
    assert weights == {p: p.stat().st_mtime_ns for p in tmp_path.rglob("*.safetensors")}
    assert table(both) == table(run_study(study(tiny_xlmr), tmp_path / "b"))


def test_late_methods_share_the_training(small: Task, tiny_xlmr: str, tmp_path: Path) -> None:
    fit = Fit(steps=4, batch=4, lr=1e-3, snapshots=2)
    recipes = {"full": RecipeEntry(), "mean": RecipeEntry("average(last=2)")}
    found = study(tiny_xlmr, fit=fit, recipes=recipes)
    assert plan_study(found).shared == 1
    run_study(found, tmp_path)
    assert len(list((tmp_path / "weights").iterdir())) == 1


def test_watching_moves_no_weight(small: Task, tiny_xlmr: str, tmp_path: Path) -> None:
    run_study(study(tiny_xlmr), tmp_path / "a")
    watched = run_study(study(tiny_xlmr, watch=("fr",)), tmp_path / "b")
    final = "weights/*/phase-1/step-*/model.safetensors"
    (one,), (two,) = ((tmp_path / x).glob(final) for x in "ab")
    assert one.read_bytes() == two.read_bytes()
    steps = {r.step for r in watched.select(target="fr", metric="accuracy").rows}
    assert len(steps) > 1


@dataclass(frozen=True)
class Twice(Method):
    """Train in two phases."""

    def train(self, train: Train, ctx: Context) -> Train:
        return lambda model, examples: train(train(model, examples), examples)


def test_watching_counts_steps_over_phases(
    small: Task, tiny_xlmr: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(plugin._added["method"], "twice", Twice)
    found = run_study(
        study(tiny_xlmr, watch=("fr",), recipes={"twice": RecipeEntry("twice()")}), tmp_path
    )
    steps = [r.step for r in found.select(target="fr", metric="accuracy").rows]
    assert sorted(steps) == [1, 2, 3, 4, 5, 6, 7, 8, 8]  # the last one on all items as well


@dataclass(frozen=True)
class Peek(Method):
    """Look at target labels without saying so."""

    split: str = "train"

    def reads(self, run: Run) -> tuple[Reading, ...]:
        return (Reading("examples", ("fr",), "data"),)

    def data(self, train: list[Example], ctx: Context) -> list[Example]:
        return train + ctx.labels("fr", split=self.split)


@pytest.mark.parametrize(
    ("needs", "split", "says"),
    [
        ((), "train", "uses target_labels without declaring it"),
        (("target_labels",), "test", "asked for the test split"),
    ],
)
def test_undeclared_supervision_is_refused(
    small: Task,
    tiny_xlmr: str,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    needs: tuple[str, ...],
    split: str,
    says: str,
) -> None:
    monkeypatch.setattr(Peek, "needs", needs)
    monkeypatch.setitem(plugin._added["method"], "peek", Peek)
    with pytest.raises(Failed, match=says):
        run_study(
            study(tiny_xlmr, recipes={"peek": RecipeEntry(f"peek(split='{split}')")}), tmp_path
        )


def test_a_failing_cell_stops_no_other(
    small: Task, tiny_xlmr: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(plugin._added["method"], "peek", Peek)
    found = study(tiny_xlmr, recipes={"bad": RecipeEntry("peek()"), "full": RecipeEntry()})
    with pytest.raises(Failed, match="1 of 2 runs failed"):
        run_study(found, tmp_path)
    store = Store(tmp_path)
    assert len(store.errors()) == 1
    assert store.results().select(label="full").rows
    monkeypatch.setattr(Peek, "needs", ("target_labels",))
    results = run_study(found, tmp_path)
    assert not store.errors()
    assert results.select(label="bad").rows[0].needs == "target_labels"


def test_the_plan_names_what_it_skips(small: Task, tiny_xlmr: str) -> None:
    plan = plan_study(
        study(
            tiny_xlmr, recipes={"mix": RecipeEntry("mix_in(langs=['fr'])"), "full": RecipeEntry()}
        )
    )
    assert len(plan.cells) == 1
    assert "mix_in" in plan.skipped[0][1]


def test_a_target_without_data_is_refused(small: Task, tiny_xlmr: str) -> None:
    with pytest.raises(IsoglossError, match="no test data in 'sw'"):
        plan_study(study(tiny_xlmr, targets=("sw",)))
    with pytest.raises(IsoglossError, match="source language of small"):
        plan_study(study(tiny_xlmr, sources=(("sw",),)))


def test_a_changed_backbone_is_refused(small: Task, tiny_xlmr: str, tmp_path: Path) -> None:
    own = tmp_path / "own"
    shutil.copytree(tiny_xlmr, own)
    run_study(study(str(own)), tmp_path / "out")
    (key,) = Store(tmp_path / "out").runs()
    config = json.loads((own / "config.json").read_text())
    (own / "config.json").write_text(json.dumps(config | {"layer_norm_eps": 0.5}))
    with pytest.raises(IsoglossError, match="has changed"):
        reopen(key, out=tmp_path / "out")


def test_a_collapse_is_told_while_training(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level("INFO", logger="isogloss")
    run_study(
        Study(
            name="watch",
            tasks=("verbalise",),
            models=("mini/mt5",),
            targets=("fr",),
            watch=("fr",),
            fit=Fit(steps=20, batch=16, lr=1e-2),
        ),
        tmp_path,
    )
    assert "fr: exact_match" in caplog.text
    assert "collapsing" in caplog.text


def test_seconds_of_parts_count_once(tmp_path: Path) -> None:
    run = Run("verbalise", "m", ("en",), "arithmetic(langs=['fr', 'en'])")
    for seconds, key in enumerate(sorted({run.train_key, *(p.train_key for p in run.parts)}), 1):
        phase = tmp_path / key / "phase-1"
        phase.mkdir(parents=True)
        manifest = {"steps": 7, "trained": 5, "seconds": seconds, "final": "step-000007"}
        (phase / "manifest.json").write_text(json.dumps(manifest))
    model = SimpleNamespace(size=9, note=[])
    cost = Cost.of(model, tmp_path / run.train_key, run.parts)
    assert len(run.parts) == 3  # the start, French text, English text
    assert cost.seconds == 1 + 2 + 3 + 4
    assert (cost.step, cost.trained) == (7, 5)


def test_a_part_waits_for_who_trains_it(small: Task, tiny_xlmr: str, tmp_path: Path) -> None:
    store = Store(tmp_path)
    run = plan_study(study(tiny_xlmr)).cells[0].run
    setting = Setting(store, Machine(device="cpu", progress=False), {}, wait=False)
    with store.training(run.train_key), pytest.raises(Held):
        trained(run, access(run, setting), setting)
    trained(run, access(run, setting), setting)
    with store.training(run.train_key):  # who opens a complete one holds up nobody
        trained(run, access(run, setting), setting)
