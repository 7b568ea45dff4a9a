from __future__ import annotations

import os
import random
import resource
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest
from tests_writer import predictions, rows, toy_run

from isogloss.store import Held, Lease, Store, lease

WRITER = Path(__file__).with_name("writer.py")


def start(out: Path, pause: float = 0.01, **options: object) -> subprocess.Popen[str]:
    command = [sys.executable, str(WRITER), str(out), str(pause)]
    return subprocess.Popen(
        command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, **options
    )  # type: ignore[call-overload]


def everything(out: Path) -> tuple[list, list]:
    store = Store(out)
    (run,) = store.runs()
    langs = sorted(lang for lang, _ in store.done()[run])
    return store.rows(), [store.shown(run, lang) for lang in langs]


@pytest.fixture(scope="module")
def undisturbed(tmp_path_factory: pytest.TempPathFactory) -> tuple[list, list]:
    out = tmp_path_factory.mktemp("undisturbed")
    assert start(out, 0).communicate()[0] == "open\ndone\n"
    return everything(out)


def test_killed_six_times_nothing_is_lost_or_doubled(
    tmp_path: Path, undisturbed: tuple[list, list]
) -> None:
    rng = random.Random(5)
    for _ in range(6):
        process = start(tmp_path, 0.02)
        assert process.stdout is not None
        process.stdout.readline()
        time.sleep(rng.uniform(0, 0.08))
        process.kill()
        process.communicate()
    assert Store(tmp_path).rows(), "killed before it wrote anything"
    assert start(tmp_path, 0).communicate()[0] == "open\ndone\n"
    assert everything(tmp_path) == undisturbed


def test_readers_see_whole_languages_while_one_writes(tmp_path: Path) -> None:
    process = start(tmp_path)
    seen = set()
    while process.poll() is None:
        rows = Store(tmp_path).rows()
        assert len(rows) % 2 == 0
        seen.add(len(rows))
    process.communicate()
    assert max(seen) <= len(Store(tmp_path).rows()) == 80
    assert len(seen) > 2


def test_one_writer_at_a_time(tmp_path: Path) -> None:
    process = start(tmp_path, 0.2)
    assert process.stdout is not None
    process.stdout.readline()
    other = start(tmp_path)
    _, errors = other.communicate()
    assert other.returncode != 0
    assert "is being written by process" in errors
    process.kill()
    process.communicate()


def test_a_full_disk_is_a_clear_error(tmp_path: Path, undisturbed: tuple[list, list]) -> None:
    def small() -> None:
        resource.setrlimit(resource.RLIMIT_FSIZE, (60_000, 60_000))

    process = start(tmp_path, 0, preexec_fn=small)
    _, errors = process.communicate()
    assert process.returncode != 0
    assert "can't write to" in errors
    assert "make room and run again" in errors
    done = len(Store(tmp_path).rows())
    assert 0 < done < 80
    assert start(tmp_path, 0).communicate()[0] == "open\ndone\n"
    assert everything(tmp_path) == undisturbed


def test_a_writer_that_slept_through_a_takeover_is_fenced(
    tmp_path: Path, undisturbed: tuple[list, list], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(lease, "PATIENCE", 0.3)
    process = start(tmp_path, 0.05)
    assert process.stdout is not None
    process.stdout.readline()
    time.sleep(0.3)
    os.kill(process.pid, signal.SIGSTOP)
    (path,) = (tmp_path / "runs").iterdir()
    # judged by the counter alone: the process is there, and its clock says nothing
    os.utime(next(path.glob("lease.*")), (2**31, 2**31))
    with Lease(path).take() as taken:
        assert taken.taken_over
        os.kill(process.pid, signal.SIGCONT)
        _, errors = process.communicate()
        assert "has taken over" in errors
    assert start(tmp_path, 0).communicate()[0] == "open\ndone\n"
    assert everything(tmp_path) == undisturbed


def test_what_a_fenced_writer_still_writes_goes_nowhere(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    run = toy_run()
    monkeypatch.setattr(lease, "PATIENCE", 0.1)
    monkeypatch.setattr(lease, "BEAT", 60)
    store = Store(tmp_path)
    old = store.folder(run).__enter__()
    old.commit("qab", "test", predictions("qab"), rows(run, "qab"))
    with store.folder(run) as new:
        # the worst moment: asleep between looking at the lease and writing
        monkeypatch.setattr(old._lease, "check", lambda: None)
        old.commit("qac", "test", predictions("qac"), rows(run, "qac"))
        new.commit("qad", "test", predictions("qad"), rows(run, "qad"))
        with pytest.raises(Held):
            Lease.check(old._lease)
    old.__exit__(None, None, None)
    assert store.done()[run.id] == {("qab", "test"), ("qad", "test")}
    assert store.predictions(run.id, "qad") == predictions("qad")


def test_a_dead_writer_is_taken_over_at_once(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    process = start(tmp_path, 0.2)
    assert process.stdout is not None
    process.stdout.readline()
    process.kill()
    process.communicate()
    (path,) = (tmp_path / "runs").iterdir()
    waited: list[float] = []
    monkeypatch.setattr(lease.time, "sleep", waited.append)
    Lease(path).take().release()
    assert not waited


def test_a_writer_on_another_host_is_judged_by_its_counter(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(lease, "BEAT", 0.05)
    monkeypatch.setattr(lease, "PATIENCE", 0.4)
    with monkeypatch.context() as there:
        there.setattr(lease, "_host", lambda: "elsewhere")
        held = Lease(tmp_path).take()
        with pytest.raises(Held, match="on elsewhere"):
            Lease(tmp_path).take()
        held._stop.set()
    taken = Lease(tmp_path).take()
    assert taken.taken_over
    assert not held.held()
    taken.release()
    with Lease(tmp_path) as after:
        assert not after.taken_over
