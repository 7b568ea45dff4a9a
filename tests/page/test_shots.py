"""The page of a study of few-shot ladders."""

from __future__ import annotations

import math
import os
from pathlib import Path
from xml.etree import ElementTree

import pytest

import synthetic_store
from page import finding

ARMS = [
    synthetic_store.Arm("full", "", lr, 0.05 if lr > 1e-3 else 0.4, 0.1 if lr > 1e-3 else 0.99)
    for lr in (1e-4, 1e-2)
]
ARMS += [
    synthetic_store.Arm(
        f"few k={k} draw={draw}",
        f"shots(k={k}, draw={draw})",
        arm.lr,
        arm.skill + 0.08 * math.log(k + 1),
        min(1.0, arm.fidelity + k),
        needs="target_labels",
    )
    for arm in ARMS
    for k in (4, 16)
    for draw in (0, 1)
]


@pytest.fixture(scope="module")
def page(tmp_path_factory: pytest.TempPathFactory) -> Path:
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(os, "fsync", lambda handle: None)  # what is written is not tested here
        store = synthetic_store.fill(tmp_path_factory.mktemp("ladders"), ARMS, seeds=[0], n=30)
    store.keep_study({"name": "shots", "page": ["shots"], "claims": []})
    path = tmp_path_factory.mktemp("findings") / "shots.md"
    finding.write(store, path)
    return path


def test_says_how_many_examples_bring_the_language_back(page: Path) -> None:
    text = page.read_text("utf-8")
    lines = text.split("\n")
    assert "| backbone | trained | rate | 0 | 4 | 16 | gain per tenfold | 95 % | R² |" in lines
    assert "plain finetuning 1e-4 keeps the language without examples" in text
    assert "From plain finetuning 1e-2, whose correct-language rate is" in text
    assert "4 examples bring it to" in text
    assert "nan" not in text.lower()


def test_shows_the_laws_and_their_pictures(page: Path) -> None:
    text = page.read_text("utf-8")
    assert "| backbone | trained | rate | with fewest | with most |" in text
    assert "Score = a + b log(shots + 1), 2 draws, 1 seed" in text
    pictures = {path.name for path in page.with_suffix("").glob("*.svg")}
    assert pictures == {
        "shots.svg",
        "law-mini-mt5-plain-finetuning-1e-4.svg",
        "law-mini-mt5-plain-finetuning-1e-2.svg",
    }
    for name in pictures:
        assert f"(shots/{name})" in text
        ElementTree.parse(page.with_suffix("") / name)


def test_a_study_without_ladders_says_so(tmp_path: Path) -> None:
    store = synthetic_store.fill(tmp_path / "out", synthetic_store.ARMS[1:3], seeds=[0], n=5)
    store.keep_study({"name": "shots", "page": ["shots"]})
    finding.write(store, tmp_path / "shots.md")
    assert "No recipe has the shots of a ladder." in (tmp_path / "shots.md").read_text("utf-8")


def test_pictures_of_names_in_any_script_have_files_of_their_own() -> None:
    from isogloss.report.curve import slug

    names = ("ไทย", "हिन्दी", "हन्दी", "plain", "a_b c")
    assert len({slug("steps", name) for name in names}) == len(names)
    assert slug("steps", "google/mT5_base") == "steps-google-mt5-base"
