"""Several backbones in one report: a block each, and every alarm once."""

from __future__ import annotations

import re
from dataclasses import replace
from pathlib import Path

import pytest

import synthetic_store
from isogloss import report
from isogloss.analysis.format import short_model
from isogloss.report.md import markdown
from isogloss.report.page import page
from isogloss.store import Store

MODELS = ("/data/models/run-1/checkpoint-500", "/data/models/run-2/checkpoint-500", "mini/mt5")
SHORT = ("run-1/checkpoint-500", "run-2/checkpoint-500", "mini/mt5")


@pytest.fixture(scope="module")
def three(tmp_path_factory: pytest.TempPathFactory) -> Store:
    arms = [replace(arm, model=model) for model in MODELS for arm in synthetic_store.ARMS]
    return synthetic_store.fill(tmp_path_factory.mktemp("three"), arms, n=20)


@pytest.fixture(scope="module")
def built(three: Store) -> report.Report:
    return report.build(three)


def test_a_block_a_backbone(built: report.Report) -> None:
    assert [section.backbone for section in built.sections] == list(SHORT)
    for section in built.sections:
        assert [column.name for column in section.columns[:2]] == ["untouched", "full"]
        assert len({column.model for column in section.columns}) == 1
        assert section.baseline == "full"
    assert len({section.anchor for section in built.sections}) == 3
    assert built.runs == 42
    text = page(built)
    assert len(re.findall(r"<h1>made up on ", text)) == 3
    for written in (text, markdown(built), report.summary(built), report.table(built, "latex")):
        assert "/data/models" not in written
        assert SHORT[1] in written


def test_every_alarm_is_said_once_a_block(built: report.Report) -> None:
    for section in built.sections:
        said = [(alarm.kind, alarm.text) for alarm in section.alarms]
        assert len(said) == len(set(said))
        assert sum(alarm.grave for alarm in section.alarms) <= 3
    collapsed = [a for a in built.sections[0].alarms if a.kind == "collapsed"]
    assert [about.system for about in collapsed[0].about] == ["full, 1e-2"]
    assert page(built).count('class="alarm grave"') <= 9


def test_what_is_taken_is_warned_of_first(tmp_path: Path) -> None:
    arms = [
        synthetic_store.Arm("full", "", 1e-2, 0.0, 0.01, 0.5),
        *(synthetic_store.Arm(f"r{r}", f"lora(r={r})", 1e-2, 0.0, 0.01, 0.9) for r in range(1, 7)),
        synthetic_store.Arm("full", "", 1e-4, 0.0, 0.01, 0.99),
    ]
    built = report.build(synthetic_store.fill(tmp_path, arms, n=20))
    (collapsed,) = [a for a in built.sections[0].alarms if a.kind == "collapsed"]
    assert len(collapsed.about) == 8
    assert collapsed.about[-1].system == "full, 1e-2"
    assert all(about.langs == ("all 12 targets",) for about in collapsed.about)
    assert "and 4 more" in page(built)
    assert "and 4 more" in markdown(built)


def test_short_names() -> None:
    assert [short_model(model, MODELS) for model in MODELS] == list(SHORT)
    assert short_model("google/mt5-base", ["google/mt5-small"]) == "google/mt5-base"
    assert short_model("../out/weights/abc/model") == "model"
    assert short_model("/a", ["/b"]) == "a"
    assert short_model("/m/a", ["/m/a", "/n/a"]) == "m/a"
