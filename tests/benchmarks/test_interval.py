"""The gate on intervals, ``benchmarks/interval.py``, on small made tables."""

from __future__ import annotations

import importlib.util
import json
import random
import sys
from pathlib import Path
from types import ModuleType

import pytest

LANGS = ("en", "de", "fr", "ru", "tr", "fi")


@pytest.fixture(scope="module")
def interval() -> ModuleType:
    path = Path(__file__).parents[2] / "benchmarks" / "interval.py"
    spec = importlib.util.spec_from_file_location("interval", path)
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    sys.modules["interval"] = module
    spec.loader.exec_module(module)
    return module


def table(interval: ModuleType, low: float, high: float) -> object:
    draw = random.Random(0)
    scores = {t: {s: draw.uniform(low, high) for s in LANGS if s != t} for t in LANGS}
    return interval.Table("made", "tag", scores)


def test_intervals_of_a_usual_table_hold(interval: ModuleType) -> None:
    found = interval.hold(table(interval, 0.5, 0.8), targets=1)
    assert {held.question for held in found} == {
        f"{what}, {when}" for what in ("scores", "gains") for when in ("before", "after")
    }
    assert all(held.share >= 0.9 and len(held.shares) == 1 for held in found)
    widths = {held.question: held.width for held in found}
    assert widths["scores, after"] < widths["scores, before"]


def test_a_language_is_left_out_as_target_and_as_source(interval: ModuleType) -> None:
    left = table(interval, 0.5, 0.8).runs("de")  # type: ignore[attr-defined]
    assert len(left) == 20
    assert not any("de" in (one.target, one.mix[0][0]) for one in left)


def test_what_does_not_hold_fails(interval: ModuleType) -> None:
    good = interval.Held("one", "scores, after", [0.95, 0.97])
    sure = interval.Held("two", "scores, after", [1.0, 1.0])
    bad = interval.Held("three", "scores, after", [0.8, 0.9])
    assert interval.failures([good, sure]) == []
    assert interval.failures([sure]) == ["all tables: scores, after: 100.0% of 95 % intervals hold"]
    assert interval.failures([good, bad])[0].startswith("three: scores, after: 85.0%")


def test_the_gate_is_the_exit_code(
    interval: ModuleType, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    folder = tmp_path / "sumeval" / "train"
    folder.mkdir(parents=True)
    draw = random.Random(1)
    rows = [
        {
            "train_config": {"en": size},
            "eval_results": {lang: draw.uniform(0.6, 0.7) for lang in LANGS},
        }
        for size in (100, 1000, 5000)
    ]
    (folder / "XNLI_XLMR.json").write_text(json.dumps(rows), encoding="utf-8")
    monkeypatch.setattr(interval, "own", lambda: ())
    monkeypatch.syspath_prepend(Path(__file__).parents[2] / "benchmarks")
    for least, code in ((0.5, 0), (1.01, 1)):
        monkeypatch.setattr(interval, "LEAST", least)
        monkeypatch.setattr(interval, "MOST", 1.0)
        monkeypatch.setattr(sys, "argv", ["x", "--data", str(tmp_path), "--targets", "2"])
        with pytest.raises(SystemExit) as stop:
            interval.main()
        assert int(stop.value.code or 0) == code


def test_own_runs(interval: ModuleType) -> None:
    made = {one.name: one for one in interval.own()}
    assert set(made) == {"verbalise", "tag_quantity", "same_quantity"}
    for one in made.values():
        assert len(one.scores) == 10
        assert all(len(row) == 9 and target not in row for target, row in one.scores.items())
        assert one.seen
