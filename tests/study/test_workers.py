"""Several processes share a study, whatever happens to one of them."""

from __future__ import annotations

import dataclasses
import json
import multiprocessing
import os
import signal
import subprocess
import sys
import threading
import time
from pathlib import Path

import pytest

from isogloss import plugin
from isogloss.core.errors import Failed, IsoglossError
from isogloss.core.task import Task
from isogloss.store import Store
from isogloss.study.grid import run_study
from isogloss.study.plan import plan_study
from isogloss.study.study import Study

STUDY = """
name = "shared"
tasks = ["ours"]
models = ["{model}"]
[fit]
steps = {steps}
batch = 4
lr = [1e-3, 1e-4]
[recipes]
full = ""
lora = "lora(r=2) + fatal()"
bad = "spoilt()"
[task.ours]
kind = "classify"
files = "data/{{lang}}/{{split}}.jsonl"
"""
SPOILT = '''"""Stops in the middle."""
from dataclasses import dataclass

from isogloss.core.errors import IsoglossError
from isogloss.core.method import Method


@dataclass(frozen=True)
class Spoilt(Method):
    """Stop in the middle."""

    def data(self, train, ctx):
        """Stop."""
        raise IsoglossError("spoilt", "leave it out")
'''
FATAL = '''"""Kills its process, the first time that this is a worker."""
import multiprocessing
import os
import signal
from dataclasses import dataclass
from pathlib import Path

from isogloss.core.method import Method


@dataclass(frozen=True)
class Fatal(Method):
    """Die, once."""

    def data(self, train, ctx):
        """Die."""
        if multiprocessing.parent_process() is not None:
            try:
                Path(__file__).with_name("died").touch(exist_ok=False)
            except FileExistsError:
                return train
            os.kill(os.getpid(), signal.SIGKILL)
        return train
'''
LINES = [("red green", "colour"), ("one two", "number"), ("blue", "colour"), ("three", "number")]
FREE = ("seconds", "created", "machine")


def write(folder: Path, model: str, steps: int) -> Path:
    for lang, split in (("en", "train"), ("en", "dev"), ("en", "test"), ("fr", "test")):
        path = folder / "data" / lang / f"{split}.jsonl"
        path.parent.mkdir(parents=True, exist_ok=True)
        lines = [{"text": f"{text} {split}", "target": label} for text, label in LINES]
        path.write_text("".join(json.dumps(line) + "\n" for line in lines))
    (folder / "spoilt.py").write_text(SPOILT)
    (folder / "fatal.py").write_text(FATAL)
    path = folder / "study.toml"
    path.write_text(STUDY.format(model=model, steps=steps))
    return path


@pytest.fixture
def study(tmp_path: Path, tiny_xlmr: str) -> Study:
    """Six short runs on a task of its own; two fail, and two may kill a worker."""
    path = write(tmp_path, tiny_xlmr, 4)
    plugin.add(tmp_path / "spoilt.py")
    plugin.add(tmp_path / "fatal.py")
    return Study.load(path)


def rows(out: Path) -> list[str]:
    return sorted(
        str([getattr(row, f) for f in row.__slots__ if f not in FREE]) for row in Store(out).rows()
    )


def predictions(out: Path) -> dict[str, bytes]:
    return {p.parent.name: p.read_bytes() for p in (out / "runs").glob("*/predictions.jsonl")}


@pytest.mark.timeout(300)
def test_workers_end_like_one_process(
    study: Study, tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level("INFO", logger="isogloss")
    with pytest.raises(Failed, match="2 of 6 runs failed") as one:
        run_study(study, tmp_path / "one")
    with pytest.raises(Failed) as two:
        run_study(study, tmp_path / "two", workers=2)
    assert sorted(str(one.value).splitlines()) == sorted(str(two.value).splitlines())
    assert "ended by itself, code -9; it goes on from there" in caplog.text
    assert caplog.text.count("6/6 ") == 2
    assert rows(tmp_path / "one") == rows(tmp_path / "two")
    assert predictions(tmp_path / "one") == predictions(tmp_path / "two")
    assert not multiprocessing.active_children()


def test_what_another_process_holds_comes_later(
    study: Study, tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level("INFO", logger="isogloss")
    study = dataclasses.replace(study, recipes={k: study.recipes[k] for k in ("full", "lora")})
    first, second, *_ = plan_study(study).cells
    store = Store(tmp_path / "out")
    worker = threading.Thread(target=run_study, args=[study, store.out])
    with store.training(second.run.train_key), store.folder(first.run):
        worker.start()
        while len(ended := [m for m in caplog.messages if "/4 " in m]) < 2:
            assert worker.is_alive()
            time.sleep(0.05)
    worker.join()
    assert len([m for m in caplog.messages if "later, as" in m]) == 2
    assert ended[0].startswith("1/4 lora")
    assert len(store.done()) == 4
    assert not store.errors()


def test_what_only_this_session_knows_is_refused(
    small: Task, tiny_xlmr: str, tmp_path: Path
) -> None:
    plugin.offer(dataclasses.replace(small, load=lambda lang, split, data: []))
    study = Study(name="s", tasks=("small",), models=(tiny_xlmr,), lrs=(1e-3, 1e-4))
    with pytest.raises(IsoglossError, match="other processes can't get"):
        run_study(study, tmp_path, workers=2)


@pytest.mark.slow
@pytest.mark.parametrize("by", [signal.SIGINT, signal.SIGTERM])
def test_a_stop_stops_all(tiny_xlmr: str, tmp_path: Path, by: signal.Signals) -> None:
    path, out = write(tmp_path, tiny_xlmr, 3000), tmp_path / "out"
    command = [
        sys.executable,
        "-m",
        "isogloss",
        "--plugin",
        str(tmp_path / "spoilt.py"),
        "--plugin",
        str(tmp_path / "fatal.py"),
        "run",
        str(path),
    ]
    run = subprocess.Popen(
        [*command, "--out", str(out), "--workers", "2"], stderr=subprocess.PIPE, text=True
    )
    while len(leases := list((out / "weights").glob("*/lease.*"))) < 2:
        time.sleep(0.1)
    time.sleep(2)
    pids = {json.loads(lease.read_text())["pid"] for lease in leases}
    run.send_signal(by)
    _, said = run.communicate(timeout=60)
    assert run.returncode == (130 if by == signal.SIGINT else 75), said
    assert "Traceback" not in said
    for pid in pids:
        with pytest.raises(ProcessLookupError):
            os.kill(pid, 0)
    assert list((out / "weights").glob("*/phase-1/resume/state-*.pt")), "the state is saved"
