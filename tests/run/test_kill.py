"""Stopped at any moment and started again, a study ends with the same rows."""

from __future__ import annotations

import os
import random
import signal
import time
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from isogloss.core.machine import Machine
from isogloss.core.run import Fit
from isogloss.core.task import Task
from isogloss.store import Store
from isogloss.study.grid import run_study
from isogloss.study.plan import plan_study
from isogloss.study.study import RecipeEntry, Study

FREE = ("seconds", "created", "machine")


def rows(out: Path) -> list[str]:
    found = Store(out).results().rows
    return sorted(
        str({f: getattr(row, f) for f in row.__slots__ if f not in FREE}) for row in found
    )


def predictions(out: Path) -> dict[str, bytes]:
    return {p.parent.name: p.read_bytes() for p in (out / "runs").glob("*/predictions.jsonl")}


def start(study: Study, out: Path) -> int:
    """Run a study in a process of its own: this one, with torch loaded, copied."""
    child = os.fork()
    if child:
        return child
    try:
        run_study(study, out, machine=Machine(save_every=0.0))
    finally:
        os._exit(0)


@pytest.mark.timeout(300)
@pytest.mark.filterwarnings("ignore:This process:DeprecationWarning")
@pytest.mark.parametrize(
    ("by", "kills"), [(signal.SIGKILL, 5), (signal.SIGINT, 1), (signal.SIGTERM, 1)]
)
def test_kills_leave_no_trace(
    small: Task, tiny_xlmr: str, tmp_path: Path, by: signal.Signals, kills: int
) -> None:
    study = Study(
        name="kill",
        tasks=("small",),
        models=(tiny_xlmr,),
        fit=Fit(steps=12, batch=4, lr=1e-3, snapshots=3, dropout=0.1),
        recipes={
            "full": RecipeEntry(),
            "mean": RecipeEntry("average(last=2)"),
            "lora": RecipeEntry("lora(r=2)"),
            "shots": RecipeEntry("shots(k=4, steps=6)"),
        },
    )
    began = time.monotonic()
    run_study(study, tmp_path / "whole")
    whole = time.monotonic() - began
    rng = random.Random(0)
    out = tmp_path / "killed"
    killed = 0
    while killed < kills:
        child = start(study, out)
        time.sleep(rng.uniform(0.05, min(0.6 * whole, 3.0)))
        ended, _ = os.waitpid(child, os.WNOHANG)
        if ended:
            out = out.with_name(f"killed-{killed}")
            continue
        os.kill(child, by)
        os.waitpid(child, 0)
        killed += 1
    run_study(study, out)
    assert rows(out) == rows(tmp_path / "whole")
    assert predictions(out) == predictions(tmp_path / "whole")


def test_a_plan_knows_what_is_left(small: Task, tiny_xlmr: str, tmp_path: Path) -> None:
    study = Study(name="s", tasks=("small",), models=(tiny_xlmr,), fit=Fit(steps=2, batch=4))
    run_study(replace(study, targets=("fr",)), tmp_path)
    done: dict[str, Any] = Store(tmp_path).done()
    (cell,) = plan_study(study).cells
    assert [pair for pair in cell.pairs if pair not in done[cell.run.id]] == [("de", "test")]
