"""`isogloss start` writes a study that reads."""

from __future__ import annotations

import json
import tomllib
from pathlib import Path

import pytest

from isogloss.core import plugin
from isogloss.core.errors import IsoglossError
from isogloss.run.start import study_text
from isogloss.run.study import Study


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr(plugin, "_added", {group: {} for group in plugin.FOLDERS})
    rows = [{"body": f"some text {n}", "topic": "ab"[n % 2]} for n in range(20)]
    for name in ("news/en/train.jsonl", "news/en/dev.jsonl", "news/sw/test.jsonl"):
        path = tmp_path / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text("".join(json.dumps(row) + "\n" for row in rows), encoding="utf-8")
    return tmp_path


def load(text: str, folder: Path) -> Study:
    (folder / "study.toml").write_text(text, encoding="utf-8")
    return Study.load(folder / "study.toml")


def test_splits_beside_the_training_data_are_found(folder: Path) -> None:
    text = study_text(Path("news/en/train.jsonl"), source="eng", targets=["swh"])
    study = load(text, folder)
    task = study.own["news"]
    assert (study.targets, study.sources, study.lrs) == (("sw",), (("en",),), (1e-3, 3e-4))
    assert list(study.recipes) == ["majority", "untouched", "full"]
    assert study.select == {"lr": "source_dev"}
    assert task.available is not None
    assert task.available(None) == {"en": ("train", "dev"), "sw": ("test",)}
    assert "taken for test: news/{lang}/test.jsonl" in text
    assert "Cost: 6 trainings" in text


def test_references_that_translate_where_there_is_a_translator(folder: Path) -> None:
    text = study_text(
        Path("news/en/train.jsonl"),
        source="en",
        targets=["sw", "eu"],
        translator="some/nllb",
        model="some/xlmr-large",
    )
    study = load(text, folder)
    assert study.recipes["translate_train"].recipe == "translate_train(langs=['sw', 'eu'])"
    assert study.recipes["translate_test"].recipe == "translate_test()"
    assert study.supply is not None
    assert study.supply.translator == "some/nllb"
    assert study.models == ("some/xlmr-large",)
    assert "Cost: 12 trainings" in text


def test_what_is_missing_is_named_and_not_invented(folder: Path) -> None:
    (folder / "news/en/dev.jsonl").unlink()
    (folder / "news/sw/test.jsonl").unlink()
    text = study_text(Path("news/en/train.jsonl"), source="en", targets=["sw"])
    study = load(text, folder)
    assert "TO DO: no test data yet" in text
    assert '# test  = "test.{lang}.jsonl"' in text
    assert (study.select, len(study.lrs)) == ({}, 1)
    assert study.own["news"].available is not None
    assert study.own["news"].available(None) == {"en": ("train",)}


def test_a_study_elsewhere_finds_the_data(folder: Path) -> None:
    (folder / "studies").mkdir()
    test = Path("news/{lang}/test.jsonl")
    text = study_text(
        Path("news/en/train.jsonl"), source="en", targets=["sw"], test=test, base=Path("studies")
    )
    assert tomllib.loads(text)["task"]["news"]["files"]["test"] == "../news/{lang}/test.jsonl"
    assert load(text, folder / "studies").own["news"].langs == ("en", "sw")


def test_generation_has_no_majority(folder: Path) -> None:
    rows = [{"document": f"long text {n}", "summary": f"text {n}"} for n in range(20)]
    path = folder / "data.jsonl"
    path.write_text("".join(json.dumps(row) + "\n" for row in rows), encoding="utf-8")
    text = study_text(path, source="en", targets=["sw"])
    study = load(text, folder)
    assert (list(study.recipes), study.models) == (["untouched", "full"], ("mini/mt5",))
    assert "freeze(what=['embeddings', 'decoder'])" in text


def test_bad_input(folder: Path) -> None:
    train = Path("news/en/train.jsonl")
    with pytest.raises(IsoglossError, match="no test file fits 'nowhere"):
        study_text(train, source="en", targets=["sw"], test=Path("nowhere/{lang}.jsonl"))
    with pytest.raises(IsoglossError, match="unknown language 'xx9'"):
        study_text(train, source="en", targets=["xx9"])
