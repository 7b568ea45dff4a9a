"""Few-shot ladders: found among systems, fitted, and bounded."""

from __future__ import annotations

import math
from dataclasses import replace
from pathlib import Path

import pytest

import synthetic_store
from isogloss.analysis.ladder import Ladder, ladders
from isogloss.analysis.system import metric, systems
from isogloss.core.recipe import parse
from isogloss.core.types import Row
from isogloss.report import ladder as shown
from isogloss.report.build import build
from isogloss.report.md import markdown
from isogloss.report.page import page
from isogloss.store import Store

A, B = 0.1, 0.08
SHOTS = (1, 4, 16, 64)
ARMS = [
    synthetic_store.Arm("full", "", 1e-4, A, 0.95),
    *(
        synthetic_store.Arm(
            f"few k={k} draw={draw}",
            str(parse(f"shots(k={k}, draw={draw})")),
            1e-4,
            A + B * math.log(k + 1),
            0.95,
            needs="target_labels",
        )
        for k in SHOTS
        for draw in (0, 1)
    ),
]
EXACT = metric("exact_match")


@pytest.fixture(scope="module")
def store(tmp_path_factory: pytest.TempPathFactory) -> Store:
    return synthetic_store.fill(tmp_path_factory.mktemp("ladder"), ARMS, seeds=(0, 1))


def lawful(row: Row, c: float = 1.0) -> Row:
    """Put a row exactly on the law, each language with an intercept of its own."""
    methods = parse(row.recipe).methods
    k = methods[0].k if methods else 0  # type: ignore[attr-defined]
    return replace(row, value=A + len(row.target) / 10 + B * math.log(k + c))


def one(store: Store, rows: list[Row], **settings: float | None) -> Ladder:
    (found,) = ladders(store, systems(rows), EXACT, **settings)
    return found


def test_the_law_is_found_again(store: Store, tmp_path: Path) -> None:
    found = one(Store(tmp_path), [lawful(row) for row in store.rows()])
    assert (found.draws, found.seeds, found.recipe) == ((0, 1), (0, 1), "shots()")
    assert {law.lang for law in found.laws} == set(synthetic_store.TEXTS) - {"en"}
    for law in (*found.laws, found.pooled):
        assert [k for k, _ in law.points] == [0, *SHOTS]
        assert law.b == pytest.approx(B)
        assert law.r2 == pytest.approx(1)
        assert law.error == pytest.approx(0, abs=1e-9)
        assert law.at(16) == pytest.approx(dict(law.points)[16])
        assert law.low is None  # no item statistics in this folder


def test_the_offset_is_looked_for(store: Store, tmp_path: Path) -> None:
    rows = [lawful(row, 5.0) for row in store.rows()]
    assert one(Store(tmp_path), rows, c=None).pooled.c == pytest.approx(5, rel=0.1)


def test_the_interval_holds_the_slope(store: Store) -> None:
    found = one(store, store.rows())
    for law in (*found.laws, found.pooled):
        assert law.low is not None
        assert law.high is not None
        assert law.low < law.b < law.high
    width = [law.high - law.low for law in found.laws]  # type: ignore[operator]
    assert min(width) > 0.005
    assert found.pooled.low > 0  # type: ignore[operator]
    assert found.pooled.r2 > 0.5  # type: ignore[operator]


def test_a_rung_without_score_is_left_out(store: Store) -> None:
    def gone(row: Row) -> Row:
        lost = row.target == "fr" and "k=64" in row.recipe
        return replace(row, value=None, low=None, high=None) if lost else row

    found = one(store, [gone(row) for row in store.rows()])
    (french,) = [law for law in found.laws if law.lang == "fr"]
    assert [k for k, _ in french.points] == [0, 1, 4, 16]
    assert [k for k, _ in found.pooled.points] == [0, 1, 4, 16]
    assert found.pooled.low is not None


def test_what_is_no_ladder(store: Store) -> None:
    rows = store.rows()
    few = [row for row in rows if row.recipe in ("", "shots(k=4)")]
    assert not ladders(store, systems(few), EXACT)
    rates = [replace(r, lr=2e-4, cell=r.cell + "x") if "k=4" in r.recipe else r for r in rows]
    (found,) = ladders(store, systems(rates), EXACT)
    assert [k for k, _ in found.pooled.points] == [0, 1, 16, 64]


def test_the_report_shows_it(store: Store) -> None:
    made = build(store)
    (section,) = made.sections
    (found,) = section.ladders
    text = markdown(made)
    assert "### Shots: shots on mini/mt5, lr 1e-4" in text
    assert "2 draws, 2 seeds. Intervals are over items, draws, seeds" in text
    figure = shown.figure(found, section.metric, section.scale)
    assert [label for _, label in figure.ticks] == ["0", "1", "4", "16", "64"]
    assert sum(len(row) for row in figure.panels) == len(synthetic_store.TEXTS)
    html = page(made)
    assert "labelled examples of the target language" in html
    assert html.count('<svg class="plot"') == 1
