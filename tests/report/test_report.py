from __future__ import annotations

import json
import os
import re
import subprocess
import sys
from dataclasses import replace
from html.parser import HTMLParser
from pathlib import Path

import pytest

import synthetic_store
from calls import growth
from isogloss import plugin, report
from isogloss.core.errors import IsoglossError
from isogloss.core.run import Run
from isogloss.core.types import Example, Prediction
from isogloss.report import plain
from isogloss.report.md import markdown
from isogloss.report.page import page
from isogloss.store import Results, RunFolder, Store

NASTY = "<script>alert(1)</script>\u202egnp.exe|&\"'`*_\x1b[31m{{7*7}}"


class Page(HTMLParser):
    """Collect a page's tags and their text."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.tags: list[str] = []
        self.open: list[str] = []
        self.links: list[str] = []
        self.feed(text)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append(tag)
        self.links += [value or "" for name, value in attrs if name in ("src", "href")]
        if tag not in ("meta", "br", "line", "circle", "rect", "polyline", "polygon"):
            self.open.append(tag)

    def handle_endtag(self, tag: str) -> None:
        if tag not in ("line", "circle", "rect", "polyline", "polygon"):
            assert self.open.pop() == tag, tag


@pytest.fixture(scope="module")
def built(made: Store) -> report.Report:
    return report.build(made.results())


def test_says_what_the_rows_say(built: report.Report) -> None:
    (section,) = built.sections
    assert built.rows == 1764
    assert built.runs == 14
    assert section.metric == "exact_match"
    names = [(column.name, column.rate, column.chosen) for column in section.columns]
    assert names[:3] == [("untouched", "", True), ("full", "3e-5", True), ("full", "1e-4", False)]
    assert section.columns[-1].needs == ("target_text",)
    assert section.matrix.lines[0].lang == "en"
    levels = [line.cells[-1].value for line in section.matrix.lines[1:] if line.cells[-1]]
    assert levels[0] > levels[-1]
    assert section.fidelity is not None
    assert section.fidelity.own == pytest.approx(0.95)
    assert {matrix.metric for matrix in section.others} == {"chrf"}
    assert [point.rate for point in section.curves[0].points] == ["3e-5", "1e-4", "1e-3", "1e-2"]
    assert [rate.metric for rate in section.rates] == ["copied"]
    assert {alarm.kind for alarm in section.alarms} >= {"collapsed", "untouched", "selection"}
    outputs = [o for group in section.examples for item in group.items for o in item.outputs]
    assert any(output.wrong_language == "English" for output in outputs)
    assert any(output.right for output in outputs)
    mean, low = section.summaries[-1].mean, section.summaries[4]
    assert mean is not None
    assert mean.low is not None
    assert low.mean is not None
    assert low.mean.collapsed


def test_writes_three_files(built: report.Report, tmp_path: Path) -> None:
    paths = report.write(built, tmp_path)
    assert [path.name for path in paths] == ["report.html", "report.md", "report.json"]
    value = json.loads(paths[2].read_text())
    assert value["sections"][0]["summaries"][1]["mean"]["value"] == pytest.approx(0.43, abs=0.05)
    text = paths[1].read_text()
    assert "“full” answers in English" in text
    assert "| Japanese | " in text
    assert "✗ 0.0" in text


def test_the_page_is_well_formed_and_needs_nothing(built: report.Report) -> None:
    text = page(built)
    found = Page(text)
    assert found.open == []
    assert "script" not in found.tags
    assert all(link.startswith("#") for link in found.links)
    assert "default-src 'none'" in text
    assert not re.search(r"url\(|@import|https?://", text)
    assert text.count("<svg") > 8


def test_ties_and_the_cost_of_the_search_stand_beside_the_choice(tmp_path: Path) -> None:
    arms = [
        synthetic_store.Arm("full", "", 1e-4, 0.3, 0.9, source=1.0),
        synthetic_store.Arm("full", "", 1e-3, 0.6, 0.9, source=1.0),
        synthetic_store.Arm("full", "", 1e-2, 0.5, 0.9, source=0.2),
        synthetic_store.Arm("lora", "lora()", 1e-3, 0.6, 0.9),
    ]
    store = synthetic_store.fill(tmp_path, arms, seeds=[0, 1], n=60)
    built = report.build(store)
    (section,) = built.sections
    (low, high) = section.summaries[0].tied or pytest.fail("no ties")
    assert (low[0], high[0]) == ("1e-4", "1e-3")
    assert low[1] < high[1]
    assert [column.search is not None for column in section.columns] == [True, False, False, True]
    search = section.columns[0].search
    assert search is not None
    assert (search.rates, search.trainings, search.updates, search.seconds) == (3, 6, 1800, 249.0)
    assert [point.tied for point in section.curves[0].points] == [True, True, False]
    for text in (page(built), markdown(built)):
        assert f"{low[1]:.2f} (1e-4) to {high[1]:.2f} (1e-3)" in text
        assert "6 trainings, 1,800 updates, 4 min" in text
    assert "= 1e-3" in page(built)
    assert "| 1e-3 tied |" in markdown(built)
    bound = page(report.build(store, select="oracle"))
    assert "an upper bound and no result" in bound
    assert "full (oracle)" in bound
    with pytest.raises(IsoglossError, match="did you mean 'oracle'"):
        report.build(store, select="oracel")


def nasty(out: Path) -> Store:
    """Fill a store in which every text that comes from outside is hostile."""
    plugin.offer(synthetic_store.TASK)
    arm = synthetic_store.Arm(NASTY, "", 1e-4, 0.5, 0.9, note=NASTY)
    store = synthetic_store.fill(out, [arm], seeds=[0], n=5)
    like = next(row for row in store.rows() if row.split == "test")
    with RunFolder(out / "runs" / "nasty", Run("made_up", NASTY, ())) as folder:
        items = [Example("1", "ar", {"text": NASTY}, NASTY)]
        answers = [Prediction("1", NASTY * 5000, flags=("limit",))]
        rows = [
            replace(like, run="nasty", cell="nasty", model=NASTY, note=f"outside; {NASTY}"),
            replace(like, run="nasty", cell="nasty", model=NASTY, target=NASTY, note="outside"),
        ]
        folder.commit("ar", "test", answers, rows, examples=items)
        folder.fail(ValueError(NASTY))
    return store


def test_escapes_what_comes_from_outside(tmp_path: Path) -> None:
    built = report.build(nasty(tmp_path))
    text = page(built)
    found = Page(text)
    assert found.open == []
    assert "script" not in found.tags
    assert "&lt;script&gt;" in text
    assert "{{7*7}}" in text
    assert len(text) < 1_000_000
    for written in (text, markdown(built), report.table(built, "latex")):
        assert "\u202e" not in written
        assert "\x1b" not in written
    assert "<script" not in markdown(built)
    assert "⟨U+202E⟩" in markdown(built)
    latex = report.table(built, "latex")
    assert r"\{\{7*7\}\}" in latex
    json.loads(report.write(built, tmp_path)[2].read_text())


def test_texts_find_their_own_direction(built: report.Report) -> None:
    text = page(built)
    assert '<bdi dir="auto" lang="ar">' in text
    assert plain.tame("می\u200cخواهم") == "می\u200cخواهم"  # joiners belong to the script


def test_an_outside_system_stands_beside(made: Store, tmp_path: Path) -> None:
    rows = made.rows()
    like = [r for r in rows if r.label == "full" and r.split == "test" and r.seed == 0]
    other = [
        replace(r, run="o", cell="o", model="some llm", recipe="", sources="", label="",
                lr=0.0, note="outside", trained=0)
        for r in like if r.lr == 1e-4 and r.target != "ja"
    ]  # fmt: skip
    built = report.build(Results([*rows, *other], made.out))
    section = built.sections[0]
    assert section.columns[-1].kind == "outside"
    assert section.columns[-1].name == "some llm"
    assert section.matrix.left_out == ("ja",)
    assert len(section.matrix.shared) == 11
    assert any(alarm.kind == "missing" for alarm in section.alarms)
    assert "Not in the means" in page(built)


def test_a_rate_over_few_outputs_says_of_how_many(made: Store) -> None:
    rows = made.rows()
    told = [
        replace(r, metric="language_coverage", value=0.48 if r.target == "ja" else 0.95)
        for r in rows
        if r.metric == "correct_language" and not r.condition
    ]
    covered = page(report.build(Results([*rows, *told], made.out)))
    assert covered.count('<span class="part">of 48 %</span>') == 2 * 7
    assert covered.count('class="part"') == 2 * 7
    assert "over the 48 % of outputs whose language could be told" in covered
    assert "only that share of the outputs could be judged" in covered
    kin = [replace(r, metric="language_sibling", value=0.3) for r in told if r.target == "ja"]
    akin = page(report.build(Results([*rows, *kin], made.out)))
    assert akin.count('<span class="part">30 % or sibling</span>') == 2 * 7
    plainly = page(report.build(made.results()))
    assert 'class="part"' not in plainly
    assert "only that share" not in plainly


def test_a_language_without_labels_is_shown_without_numbers(tmp_path: Path) -> None:
    store = synthetic_store.fill(tmp_path, synthetic_store.ARMS[1:2], seeds=[0], n=4)
    rows = [replace(r, value=None, low=None, high=None, note="no labels") for r in store.rows()]
    built = report.build(Results(rows, tmp_path))
    assert "no labels" in page(built) or built.sections[0].matrix.shared == ()
    assert markdown(built)
    for form in ("latex", "csv", "markdown"):
        assert report.table(built, form)


def test_empty_and_unknown(tmp_path: Path, made: Store) -> None:
    with pytest.raises(IsoglossError, match="no results yet"):
        report.build(Store(tmp_path))
    with pytest.raises(IsoglossError, match="did you mean 'made_up'"):
        report.build(made, task="madeup")
    with pytest.raises(IsoglossError, match="did you mean 'latex'"):
        report.table(report.build(made, task="made_up"), "latx")


@pytest.mark.parametrize(
    ("call", "text"),
    [
        (plain.count(104_448), "104k"),
        (plain.count(1_812_480), "1.81M"),
        (plain.duration(41.5), "42 s"),
        (plain.duration(9000), "2.5 h"),
        (plain.interval(-0.1, 0.2), "−0.10 to +0.20"),
        (plain.interval(None, 0.2), ""),
        (plain.chance(0.2), "p = 0.20"),
        (plain.some(("a", "b", "c"), 2), "a, b and 1 more"),
    ],
)
def test_spells(call: str, text: str) -> None:
    assert call == text


@pytest.mark.parametrize("known", [True, False])
def test_the_work_grows_with_the_runs(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, known: bool
) -> None:
    monkeypatch.setattr(os, "fsync", lambda handle: None)
    arms = [
        synthetic_store.Arm(f"arm {arm}", f"mix_in(share=0.{arm:03})", 10**-rate, 0.4, 0.9)
        for arm in range(4)
        for rate in range(2, 4)
    ]
    stores = {
        count: synthetic_store.fill(tmp_path / str(count), arms[:count], seeds=[0], n=5)
        for count in (4, 8)
    }

    if not known:  # what its runs keep of the task is looked for
        plugin._added["task"].pop("made_up")

    def write(count: int) -> None:
        report.write(report.build(stores[count].results()), tmp_path)

    assert growth(write, 4) < 2.3


def test_imports_nothing_heavy() -> None:
    code = (
        "import sys, isogloss.report, isogloss.store\n"
        "heavy = {'torch', 'transformers', 'peft', 'scipy', 'pandas', 'babel'} & set(sys.modules)\n"
        "assert not heavy, heavy"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, timeout=60)
    assert done.returncode == 0, done.stderr


def test_summary_fits_a_terminal(built: report.Report) -> None:
    text = report.summary(built)
    assert "“full” answers in English" in text.replace("\n  ", " ")
    assert re.search(r"^full +3e-5\* +0\.43", text, re.M)
    assert re.search(r"^Japanese +0\.13 \(0\.97\)", text, re.M)
    assert max(map(len, text.splitlines())) <= 120
