"""A study file is read whole, and all that is wrong with it is shown at once."""

from __future__ import annotations

from pathlib import Path

import pytest

from isogloss import Study
from isogloss.core.errors import IsoglossError

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
two = { recipe = "lora(r=2) + average()", lr = 0.01 }
untouched = "untouched()"
"""


def load(tmp_path: Path, text: str) -> Study:
    path = tmp_path / "study.toml"
    path.write_text(text, encoding="utf-8")
    return Study.load(path)


def test_expands_rates_seeds_and_recipes(tmp_path: Path) -> None:
    plan = load(tmp_path, GOOD).plan()
    labels = [cell.label for cell in plan.cells]
    assert labels.count("plain") == 4
    assert labels.count("two") == 2
    assert labels.count("untouched") == 2
    assert ("en", "dev") in plan.cells[0].pairs
    assert ("fr", "test") in plan.cells[0].pairs


def test_targets_move_no_identity(tmp_path: Path) -> None:
    one = load(tmp_path, GOOD).plan()
    two = load(tmp_path, GOOD.replace('["fr", "tr"]', '["fr", "tr", "ru"]')).plan()
    assert [c.run.id for c in one.cells] == [c.run.id for c in two.cells]


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
        (("steps = 5", "steps = 0"), "at least 1"),
        (("name ", "name = 3\nname "), "not TOML"),
    ],
)
def test_bad_values_say_why(tmp_path: Path, change: tuple[str, str], says: str) -> None:
    with pytest.raises(IsoglossError) as error:
        load(tmp_path, GOOD.replace(*change, 1)).plan()
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
    plan = load(tmp_path, study).plan()
    assert [w for w in plan.warnings if "no dev data in 'en'" in w]
    assert [w for w in plan.warnings if "no test data in 'en'" in w]
    assert plan.cells[0].pairs == ()
