"""What a run keeps of its task, and the task made again from it."""

from __future__ import annotations

import json
import shutil
from pathlib import Path
from typing import Any

import pytest

from isogloss.core.errors import IsoglossError
from isogloss.core.run import Run
from isogloss.core.task import Task
from isogloss.run.definition import define, folder_of_data, restore
from isogloss.study.study import Study


@pytest.fixture
def study(tmp_path: Path) -> Path:
    for name in ("d/en/train", "d/sw/test"):
        path = tmp_path / f"{name}.jsonl"
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text('{"body": "a", "topic": "x"}\n{"body": "b", "topic": "y"}\n')
    (tmp_path / "sw.txt").write_text("moja\nmbili\n")
    path = tmp_path / "s.toml"
    path.write_text(
        'tasks = ["mine", "measure_kind"]\nmodels = ["mini/xlmr"]\n'
        '[supply]\ntext = "{lang}.txt"\n'
        '[task.mine]\nkind = "classify"\nfiles = "d/{lang}/{split}.jsonl"\nlicence = "CC0"\n'
        'columns = { text = "body", target = "topic" }\n'
    )
    return path


def kept(task: Task, out: Path, **more: Any) -> tuple[Run, dict[str, Any]]:
    """Give a run of a task, and what its folder keeps, as it comes from the disk."""
    run = Run(task.name, "mini/xlmr", ("en",), task_version=task.version, **more)
    return run, json.loads(json.dumps(define(task, out)))


def test_an_own_task_is_the_same_again(study: Path, tmp_path: Path) -> None:
    task = Study.load(study).tasks_by_name()["mine"]
    run, values = kept(task, tmp_path / "out")
    again = restore(run, values, tmp_path / "out")
    for name in ("name", "version", "kind", "labels", "metrics", "fields", "langs", "licence"):
        assert getattr(again, name) == getattr(task, name)
    assert again.load("sw", "test", None) == task.load("sw", "test", None)
    assert again.digest is not None
    assert task.digest is not None
    assert again.digest("en", "train", None) == task.digest("en", "train", None)
    assert [*again.supply.gives["text"]("sw")] == ["moja", "mbili"]
    assert define(again, tmp_path / "out") == define(task, tmp_path / "out")


def test_supply_is_kept_of_catalogue_tasks_too_and_missed_where_it_is_needed(
    study: Path, tmp_path: Path
) -> None:
    task = Study.load(study).tasks_by_name()["measure_kind"]
    run, values = kept(task, tmp_path / "out")
    assert [*values] == ["supply"]
    (tmp_path / "elsewhere").mkdir()
    shutil.move(tmp_path / "sw.txt", tmp_path / "elsewhere")
    assert "text" in restore(run, values, tmp_path / "elsewhere/out").supply.gives
    assert restore(run, values, tmp_path / "out").name == "measure_kind"
    needy, values = kept(task, tmp_path / "out", recipe="intermediate(langs=['sw'])")
    with pytest.raises(IsoglossError, match="no file fits text"):
        restore(needy, values, tmp_path / "out")


def test_a_task_of_the_package_keeps_nothing_but_its_folder_of_data(tmp_path: Path) -> None:
    from isogloss import plugin

    assert define(plugin.task("uner"), tmp_path / "out") == {}
    values = define(plugin.task("uner"), tmp_path / "out", tmp_path / "real")
    assert folder_of_data(values, tmp_path / "out") is None
    (tmp_path / "real").mkdir()
    found = folder_of_data(values, tmp_path / "out")
    assert found is not None
    assert found.samefile(tmp_path / "real")
