from __future__ import annotations

import json
import os
import re
from dataclasses import replace
from pathlib import Path
from xml.etree import ElementTree

import pytest

import synthetic_store
from finding import main as command
from isogloss import plugin, report
from isogloss.analysis import recipe_ranking
from isogloss.analysis.archive import FILE, Packed, pack
from isogloss.analysis.select import Selection, choose_all
from isogloss.analysis.system import metric, systems
from isogloss.core.errors import IsoglossError
from isogloss.core.types import Row
from isogloss.report import curve
from isogloss.report.figure import Figure, Heat, HeatMap, Mark, Panel, Series
from isogloss.report.plot import alone, draw
from isogloss.store import Store
from page import finding

CLAIM = {
    "says": "A lower rate keeps the language | <b>",
    "cite": "2310.09917",
    "metric": "correct_language",
    "higher": {"recipe": "full", "lr": "selected"},
    "than": {"recipe": "full", "lr": 1e-2},
}
RECIPES = {arm.label: arm.recipe for arm in synthetic_store.ARMS} | {"lora": "lora(r=4)"}
NASTY = "<script>alert(1)</script>\u202e|`]"


@pytest.fixture(scope="module")
def study(tmp_path_factory: pytest.TempPathFactory) -> Store:
    """Give a small study with a claim."""
    arms = [
        *synthetic_store.ARMS,
        synthetic_store.Arm("adapter", "adapter(size=32)", 1e-2, 0.2, 0.6, trained=104_448),
        synthetic_store.Arm("adapter", "adapter(size=32)", 1e-4, 0.3, 0.95, trained=104_448),
        synthetic_store.Arm("lora", "lora(r=4)", 1e-4, 0.3, 0.95, trained=50_000),
    ]
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(os, "fsync", lambda handle: None)  # what is written is not tested here
        store = synthetic_store.fill(tmp_path_factory.mktemp("study"), arms, n=40)
    store.keep_study(
        {"name": "made", "select": {"lr": "source_dev"}, "claims": [CLAIM], "recipes": RECIPES}
    )
    return store


@pytest.fixture(scope="module")
def page(study: Store, tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("findings") / "made.md"
    finding.write(study, path)
    return path


def backbones(store: Store, rows: list[Row]) -> list[recipe_ranking.Backbone]:
    return recipe_ranking.backbones(
        store, choose_all(systems(rows), Selection()), metric("exact_match")
    )


def test_names_checkpoints_and_data_first(page: Path) -> None:
    first = page.read_text("utf-8").split("\n")[0]
    assert first.startswith("Measured with the checkpoints mini/mt5")
    assert "40 test items in each of 12 target languages: Arabic" in first
    assert "trained on English; seeds 0, 1" in first


def test_says_in_one_minute_what_to_try(page: Path) -> None:
    text = page.read_text("utf-8")
    minute = text.split("## In one minute")[1].split("\n## ")[0]
    assert "| **full** | best from source labels alone | 1e-4 | 0.49 (0.46–0.53) |" in minute
    assert re.search(r"\*\*full\*\* \|.* 0.49 at 1e-4 \| 1e-4 \| 1e-2 \|\n", minute)
    assert "| **adapter** | best of all rates, in hindsight | 1e-4 |" in minute
    assert "better than that, with target text" in minute
    assert "The English dev set can't tell 1e-4, 1e-3 and 1e-2 apart" in minute
    assert "supported on mini/mt5" in text
    assert "A lower rate keeps the language \\| &lt;b&gt;" in text


def test_pictures_are_there_and_well_formed(page: Path) -> None:
    shown = set(re.findall(r"\]\(made/([\w-]+\.svg)\)", page.read_text("utf-8")))
    found = {path.name for path in (page.parent / "made").glob("*.svg")}
    assert shown == found
    assert {"rates.svg", "heat-mini-mt5.svg", "cost-parameters.svg"} < found
    for name in found:
        text = (page.parent / "made" / name).read_text("utf-8")
        assert ElementTree.fromstring(text).tag.endswith("svg")
        assert "var(" not in text
        assert "nan" not in text


def test_comes_from_the_evidence_alone(page: Path, tmp_path: Path) -> None:
    packed = Packed(page.parent / "made" / FILE)
    for name, text in finding.pages(packed, "made").items():
        assert (page.parent / name).read_text("utf-8") == text, name
    main_again = tmp_path / "made.md"
    finding.write(packed, main_again)
    assert main_again.read_bytes() == page.read_bytes()


def test_evidence_holds_what_the_folder_holds(study: Store, tmp_path: Path) -> None:
    packed = pack(study, tmp_path / "a" / FILE)
    assert packed.out.read_bytes() == pack(study, tmp_path / "b" / FILE).out.read_bytes()
    kept = {row.metric for row in packed.rows()}
    assert kept == {"exact_match", "correct_language"}
    blank = {"signature": "", "machine": "", "created": "", "version": ""}
    assert packed.rows() == [replace(r, **blank) for r in study.rows() if r.metric in kept]
    assert packed.runs() == study.runs()
    run = next(iter(study.runs()))
    for name in kept:
        assert packed.stats(run, "fr", name) == study.stats(run, "fr", name)
    assert packed.items(run, "fr") == study.items(run, "fr") != ""
    assert packed.stats(run, "fr", "chrf") == packed.stats(run, "xx", "exact_match") == []
    assert packed.shown(run, "fr") == packed.outputs(run, "fr") == []
    assert packed.study() == study.study()


def test_bad_evidence_is_told(tmp_path: Path) -> None:
    (tmp_path / "x").write_text("no archive")
    with pytest.raises(IsoglossError, match="no packed evidence"):
        Packed(tmp_path / "x").rows()
    with pytest.raises(IsoglossError, match="no results yet"):
        pack(Store(tmp_path / "empty"), tmp_path / FILE)


def test_another_format_is_refused(
    study: Store, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    packed = pack(study, tmp_path / FILE)
    monkeypatch.setattr("isogloss.analysis.archive.FORMAT", 99)
    with pytest.raises(IsoglossError, match="format 2"):
        packed.rows()


def test_command(study: Store, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert command(str(study.out), str(tmp_path / "made.md")) == 0
    assert "evidence.tar.xz" in capsys.readouterr().out
    evidence = tmp_path / "made" / FILE
    assert command(str(evidence), str(tmp_path / "again" / "made.md")) == 0
    assert command(str(study.out), str(tmp_path / "made.html")) == 2
    assert command(str(tmp_path / "none"), str(tmp_path / "made.md")) == 2
    assert command() == 2
    assert "name it NAME.md" in capsys.readouterr().err


def test_a_rate_worth_searching_is_near_the_best_and_keeps_the_language(study: Store) -> None:
    (one,) = backbones(study, study.rows())
    arms = {arm.name: arm for arm in one.arms}
    assert arms["full"].lost_from == 1e-2
    assert arms["full"].search == (1e-4,)
    assert arms["adapter"].lost_from is None
    assert one.best is arms["full"]
    assert one.hindsight is arms["adapter"]
    assert [arm.name for arm in one.helped] == ["mixed in"]
    assert arms["lora"] not in one.equals


def test_watched_steps_end_in_the_result(tmp_path: Path) -> None:
    store = synthetic_store.fill(tmp_path, synthetic_store.ARMS[3:5], seeds=[0], n=8)
    rows = store.rows()
    final = [r for r in rows if r.target == "fr" and r.lr == 1e-3 and not r.condition]
    on_the_way = [
        replace(row, step=step, value=0.5, n=8)
        for row in final
        for step in (100, 200, 300)
        if row.metric in ("exact_match", "correct_language")
    ]
    watched = [*on_the_way, *rows]  # the last step was watched too, before it was scored
    (one,) = backbones(store, watched)
    (arm,) = (arm for arm in one.arms)
    tried = next(tried for tried in arm.tried if tried.system.lr == 1e-3)
    value = tried.system.value("fr", "exact_match")
    assert value == next(s.value("fr", "exact_match") for s in systems(rows) if s.lr == 1e-3)
    points = list(recipe_ranking.watched(watched, arm, "exact_match"))
    assert points == [
        ("fr", 1e-3, 100, 0.5),
        ("fr", 1e-3, 200, 0.5),
        ("fr", 1e-3, 300, pytest.approx(value)),
    ]
    (figure,) = curve.steps(watched, [one])
    assert [panel.title for panel in figure.panels[0]] == ["French"]
    assert 'class="line r0"' in draw(figure)


def test_a_small_study_has_no_pictures(made: Store, study: Store) -> None:
    assert report.build(made).sections[0].pictures == ()
    names = [one.name for one in report.build(study).sections[0].pictures]
    assert names == ["cost-parameters", "cost-search"]


def test_a_study_that_trained_nothing(tmp_path: Path) -> None:
    store = synthetic_store.fill(tmp_path, synthetic_store.ARMS[:1], seeds=[0], n=5)
    text = finding.pages(pack(store, tmp_path / "f" / FILE), "f")["f.md"]
    assert "5 test items in each of 12 target languages" in text
    assert "Nothing was trained" in text
    assert "| untouched | 0." in text


def test_texts_from_outside_are_tame(tmp_path: Path) -> None:
    plugin.offer(synthetic_store.TASK)
    store = synthetic_store.fill(tmp_path, [synthetic_store.Arm(NASTY, "", 1e-4, 0.5, 0.9)], n=5)
    store.keep_study({"name": NASTY, "claims": []})
    for text in finding.pages(pack(store, tmp_path / "f" / FILE), "f").values():
        assert "<script" not in text
        assert "\u202e" not in text
        if text.startswith("<svg"):
            ElementTree.fromstring(text)


def test_labels_do_not_touch_and_numbers_stand_in_cells() -> None:
    marks = tuple(Mark(1.0 + i % 2, 0.5, text=f"name {i}") for i in range(30))
    panel = Panel("p", "y", 1.0, (Series("", "k1", marks, joined=False),))
    figure = Figure("f", "t", "n", ((panel,),), "x", False, ((1.0, "1"), (2.0, "2")))
    texts = [t for t in re.findall(r'class="label"[^>]*>([^<]*)<', alone(figure))]
    assert 4 <= len(texts) < 30
    heat = Heat("h", ("mean", "fr"), (("a very long name " * 5, (0.501, None)),), 1.0)
    drawn = draw(HeatMap("h", "t", "n", (heat, heat)))
    assert drawn.count(">.50<") == 2
    assert drawn.count(">–<") == 2
    assert "…" in drawn


def test_figures_are_in_the_json(study: Store, tmp_path: Path) -> None:
    report.write(report.build(study), tmp_path)
    value = json.loads((tmp_path / "report.json").read_text("utf-8"))
    cost, _ = value["sections"][0]["pictures"]
    assert cost["x"] == "trained parameters"
