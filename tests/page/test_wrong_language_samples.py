"""What is written instead of the language asked for, in words and pictures."""

from __future__ import annotations

import pytest

from isogloss.analysis.recipe_ranking import Backbone, backbones
from isogloss.analysis.select import choose_all
from isogloss.analysis.select.selection import Selection
from isogloss.analysis.system import metric, systems
from isogloss.store import Store
from page import wrong_language_samples


@pytest.fixture(scope="module")
def backbone(made: Store) -> Backbone:
    rows = [row for row in made.rows() if row.target in ("en", "fr", "ru")]
    (one,) = backbones(made, choose_all(systems(rows), Selection()), metric("exact_match"))
    return one


def test_says_what_comes_at_which_rates(backbone: Backbone) -> None:
    arm = backbone.plain
    assert arm is not None
    text = wrong_language_samples.sentence(arm)
    assert text.startswith("What is not in the language is mostly English, whole or mixed in, at")
    assert "1e-3 to 1e-2 (up to " in text


def test_draws_shares_that_add_up(backbone: Backbone) -> None:
    (figure,) = wrong_language_samples.figures([backbone])
    ((panel,),) = figure.panels  # one recipe has several rates
    assert [series.name for series in panel.series] == [
        "right language",
        "source language",
        "copied input",
        "other",
    ]
    for marks in zip(*(series.marks for series in panel.series), strict=True):
        assert len({mark.x for mark in marks}) == 1
        assert sum(mark.y for mark in marks) == pytest.approx(1)
