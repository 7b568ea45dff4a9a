"""The page of a study over source languages."""

from __future__ import annotations

import json
import os
import re
from collections.abc import Mapping
from dataclasses import replace
from itertools import combinations
from pathlib import Path
from typing import Any
from xml.etree import ElementTree

import pytest

import synthetic_store
from isogloss.analysis.archive import FILE, Packed
from isogloss.core.errors import IsoglossError
from isogloss.core.run import Fit, Run
from isogloss.relation.transfer.feature import features
from isogloss.store import RunFolder, Store
from page import finding

LANGS = ("de", "es", "fr", "ru", "uk", "tr", "fi", "ja", "ko")
PAGE = ["answers", "matrix", "number", "kin", "features", "published"]
FEATURES = ("syntactic", "morphological", "phonological", "inventory", "genetic", "geographic")


def score(sources: tuple[str, ...], target: str, seed: int) -> float:
    """Transfer by syntactic nearness, and a little more from more sources."""
    if target in sources:
        return 0.95
    near = max(1 - features(one, target)["syntactic"] for one in sources)
    return 0.2 + 0.8 * near + 0.02 * len(sources) + 0.01 * seed


def study(out: Path) -> Store:
    pattern = synthetic_store.fill(
        out / "pattern", synthetic_store.ARMS[2:3], seeds=(0,), n=4
    ).rows()
    row = next(r for r in pattern if (r.metric, r.split) == ("exact_match", "test"))
    store = Store(out / "study")
    groups: list[tuple[str, ...]] = [(lang,) for lang in LANGS]
    groups += [*zip(LANGS, (*LANGS[1:], LANGS[0]), strict=True), *combinations(LANGS, 8)]
    for seed, sources in [(seed, group) for seed in (0, 1) for group in groups]:
        run = Run("made_up", "mini/mt5", sources, "", seed, Fit(lr=1e-4, steps=300), revision="abc")
        with RunFolder(store.out / "runs" / run.train_key, run) as folder:
            for lang in LANGS:
                value = score(sources, lang, seed)
                made = replace(
                    row, run=run.train_key, cell="+".join(sources), sources=",".join(sources),
                    target=lang, seed=seed, value=value, low=value, high=value, label="full",
                    settings="+".join(sources),
                )  # fmt: skip
                folder.commit(lang, "test", [], [made])
    store.keep_study({"name": "made", "page": PAGE, "recipes": {"full": ""}})
    return store


def pairs() -> dict[str, Any]:
    made = {
        f"{a}-{b}": features(a, b) | {"word_overlap": 0.1 * (len({a, b} & {"de", "ja"}))}
        for a in LANGS
        for b in LANGS
        if a != b
    }
    names = (*FEATURES, "same_script", "word_overlap")
    known: dict[str, Any] = {
        name: {p: None if v[name] != v[name] else v[name] for p, v in made.items()}
        for name in names
    }
    return {"mini/mt5": known | {"likeness": {p: 1 - v["syntactic"] for p, v in made.items()}}}


@pytest.fixture(scope="module")
def page(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("sources")
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(os, "fsync", lambda handle: None)  # what is written is not tested here
        store = study(folder)
    beside = folder / "made"
    beside.mkdir()
    committed = Path(__file__).parents[2] / "docs" / "findings" / "sources" / "published.json"
    (beside / "published.json").write_bytes(committed.read_bytes())
    (beside / "pairs.json").write_text(json.dumps(pairs()))
    finding.write(store, folder / "made.md")
    return folder / "made.md"


def section(page: Path, title: str) -> str:
    return page.read_text("utf-8").split(f"## {title}")[1].split("\n## ")[0]


def test_names_checkpoints_and_data_first(page: Path) -> None:
    first = page.read_text("utf-8").split("\n")[0]
    assert first.startswith("Measured with the checkpoints mini/mt5 (`abc`)")
    assert "in 9 languages: German, Spanish" in first
    assert "trained on 27 groups of 1, 2 and 8 of them; seeds 0, 1" in first


def test_judges_the_claims(page: Path) -> None:
    claims = section(page, "Claims")
    assert re.search(r"Several sources beat one.*\*\*supported\*\* on mini/mt5", claims)
    assert re.search(r"Related sources beat.*\*\*supported\*\* on mini/mt5", claims)
    assert "on the mini world" not in page.read_text("utf-8")
    for paper in ("2212.01757", "2305.13684"):
        assert paper in claims
    assert "LangRank" in claims
    assert "SumEval" in claims


def test_shows_every_part(page: Path) -> None:
    assert "| made up | 8 | " in section(page, "Several sources")
    assert "the syntactically nearest third" in section(page, "Near and far")
    here = section(page, "What goes with transfer here")
    assert re.search(r"\| made up \| syntactic \| −1\.00", here)
    assert "<0.01" in here
    assert "\n## Run it again" in page.read_text("utf-8")


def test_pictures_are_there_and_well_formed(page: Path) -> None:
    shown = set(re.findall(r"\]\(made/([\w-]+\.svg)\)", page.read_text("utf-8")))
    found = {path.name for path in (page.parent / "made").glob("*.svg")}
    assert shown == found == {
        f"{name}.svg" for name in ("matrix", "number", "distance", "features", "published", "shots")
    }  # fmt: skip
    for name in found:
        text = (page.parent / "made" / name).read_text("utf-8")
        assert ElementTree.fromstring(text).tag.endswith("svg")
        assert "nan" not in text


def test_comes_from_the_evidence_alone(page: Path) -> None:
    packed = Packed(page.parent / "made" / FILE)
    for name, text in finding.pages(packed, "made").items():
        assert (page.parent / name).read_text("utf-8") == text, name


def asked(path: Path, *sections: str) -> Packed:
    packed = Packed(path.parent / "made" / FILE)
    about: Mapping[str, Any] = {**packed._about, "study": {**packed.study(), "page": [*sections]}}
    packed.__dict__["_about"] = about
    return packed


def test_a_study_says_which_sections(page: Path) -> None:
    text = finding.pages(asked(page, "matrix"), "made")["made.md"]
    assert "## One source" in text
    assert "## Claims" not in text
    with pytest.raises(IsoglossError, match="did you mean 'matrix'"):
        finding.pages(asked(page, "matrix", "matrx"), "made")


def test_what_stands_beside_is_asked_for(page: Path, tmp_path: Path) -> None:
    bare = tmp_path / FILE
    bare.write_bytes((page.parent / "made" / FILE).read_bytes())
    with pytest.raises(IsoglossError, match=r"no pairs\.json beside"):
        finding.pages(Packed(bare), "made")
    (tmp_path / "published.json").write_bytes(
        (page.parent / "made" / "published.json").read_bytes()
    )
    (tmp_path / "pairs.json").write_text("{}")
    with pytest.raises(IsoglossError, match="says nothing of mini/mt5"):
        finding.pages(Packed(bare), "made")
