"""The functions of ``benchmarks/ranking.py`` on small made tables."""

from __future__ import annotations

import importlib.util
import random
from pathlib import Path
from types import ModuleType

import numpy as np
import pytest


@pytest.fixture(scope="module")
def ranking() -> ModuleType:
    path = Path(__file__).parents[2] / "benchmarks" / "ranking.py"
    spec = importlib.util.spec_from_file_location("ranking", path)
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


@pytest.fixture
def table(tmp_path: Path) -> Path:
    langs = ["en", "de", "fr", "ru", "tr", "fi", "hu"]
    draw = random.Random(0)
    lines = ["Target lang, Source lang,Transfer lang,BLEU,Rank,Overlap,Same"]
    for target in langs:
        for source in langs:
            near = draw.random()
            if source != target:
                lines.append(f"eng,{target},{source},{near / 2},1,{near},1.0")
    lines[1] = lines[1].replace(lines[1].split(",")[3], "")
    path = tmp_path / "data_tsfmt.csv"
    path.write_text("\n".join(lines) + "\n", encoding="utf-8")
    return path


def test_read(ranking: ModuleType, table: Path) -> None:
    pairs = ranking.read(table)
    assert pairs.names == ("Overlap",)
    assert len(pairs.members) == 7
    assert np.isnan(pairs.scores).sum() == 1


def test_relevance(ranking: ModuleType) -> None:
    found = ranking.relevance(np.array([0.5, 0.9, 0.5, np.nan, *np.linspace(0, 0.4, 9)]))
    assert found[:4].tolist() == [9, 10, 9, 0]
    assert sorted(found)[:4] == [0, 0, 0, 1]


def test_ndcg_and_regret(ranking: ModuleType) -> None:
    relevant = np.array([10, 9, 8, 0])
    assert ranking.ndcg(relevant, np.array([4.0, 3, 2, 1])) == 1
    assert ranking.ndcg(relevant, np.array([1.0, 2, 3, 4])) < 0.5
    assert 0.5 < ranking.ndcg(relevant, np.zeros(4)) < 1
    scores = np.array([0.1, 0.2, 0.3])
    assert ranking.regret(scores, scores, 1) == 0
    assert ranking.regret(scores, -scores, 1) == 2
    assert ranking.regret(scores, np.zeros(3), 1) == pytest.approx(1, abs=0.2)


def test_left_out_language_is_no_source(ranking: ModuleType, table: Path) -> None:
    pairs = ranking.read(table)
    seen = []

    def spy(train: object, test: object) -> np.ndarray:
        seen.append((set(train.targets) | set(train.sources), set(test.targets)))  # type: ignore[attr-defined]
        return np.zeros(len(test))  # type: ignore[arg-type]

    ranking.leave_out(pairs, {"spy": spy}, {"": lambda scores, values: 0.0})
    assert len(seen) == 7
    assert all(not known & left for known, left in seen)


def test_section(ranking: ModuleType, table: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    pytest.importorskip("lightgbm")
    monkeypatch.setattr(ranking, "TIES", 5)
    monkeypatch.setattr(ranking, "DRAWS", 100)
    said = ranking.langrank_section(table.parent, {})
    assert "7 targets, 42 pairs" in said
    assert "average of ours less LangRank" in said
