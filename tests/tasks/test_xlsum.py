"""XL-Sum in its original files."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from isogloss.core.errors import IsoglossError
from isogloss.language.registry import canonical
from isogloss.tasks import xlsum
from isogloss.tasks.xlsum import TASK, load
from isogloss.testing import check_task


def write(folder: Path, name: str, *ids: str, **other: str) -> Path:
    path = folder / "xlsum" / f"{name}.jsonl"
    path.parent.mkdir(exist_ok=True)
    article = {"url": "https://www.bbc.com/x", "title": "t", "summary": "Maji.", "text": "Maji ni."}
    lines = [json.dumps({"id": one} | article | other, ensure_ascii=False) for one in ids]
    path.write_text("\n".join(lines) + "\n", encoding="utf-8")
    return path


def test_names_become_languages(tmp_path: Path) -> None:
    write(tmp_path, "serbian_latin_val", "habari-1")
    write(tmp_path, "swahili_test", "habari-1", "habari-2")
    (first, second) = load("sw", "test", tmp_path)
    assert (first.id, first.lang, second.id) == ("habari-1", "sw", "habari-2")
    assert (first.inputs, first.target) == ({"text": "Maji ni."}, "Maji.")
    assert load("sw", "train", tmp_path) == []
    assert TASK.available is not None
    assert TASK.available(tmp_path) == {"sr-Latn": ("dev",), "sw": ("test",)}


def test_dev_and_test_are_cropped(tmp_path: Path) -> None:
    many = [f"a-{n}" for n in range(2010)]
    for split in ("train", "val", "test"):
        write(tmp_path, f"welsh_{split}", *many)
    found = {split: [e.id for e in load("cy", split, tmp_path)] for split in ("train", "dev")}
    assert found == {"train": many, "dev": many[:2000]}
    assert len(load("cy", "test", tmp_path)) == 2000


def test_forty_five_languages() -> None:
    assert len(TASK.langs) == len(set(xlsum.NAMES.values())) == 45
    assert [canonical(lang) for lang in TASK.langs] == list(TASK.langs)
    assert TASK.available is not None
    assert set(TASK.available(None)) == set(TASK.langs)


def test_bad_input(tmp_path: Path) -> None:
    path = write(tmp_path, "french_test", "a", "a")
    with pytest.raises(IsoglossError, match=r"french_test\.jsonl:2: id 'a' is there already"):
        load("fr", "test", tmp_path)
    with pytest.raises(IsoglossError, match="unknown language of xlsum here: 'de'"):
        load("de", "test", tmp_path)
    path.write_text('{"id": "a", "text": "b", "sumary": "c"}\n', encoding="utf-8")
    with pytest.raises(IsoglossError, match=r"test\.jsonl:1: no column 'summary'\n.*'sumary'"):
        load("fr", "test", tmp_path)
    path.unlink()
    with pytest.raises(IsoglossError, match=r"no file of xlsum .*\n.*amharic_val\.jsonl"):
        load("fr", "test", tmp_path)


def test_it_keeps_to_the_rules(tmp_path: Path) -> None:
    for split in ("train", "val", "test"):
        write(tmp_path, f"swahili_{split}", "a", "b", text=split)
    check_task("xlsum", tmp_path)


def test_digest_follows_the_training_file(tmp_path: Path) -> None:
    assert TASK.digest is not None
    write(tmp_path, "french_train", "a")
    before = TASK.digest("fr", "train", tmp_path)
    write(tmp_path, "french_train", "a", "b")
    assert before != TASK.digest("fr", "train", tmp_path)
    pinned = TASK.digest("fr", "train", None)
    assert pinned.startswith("csebuetnlp/xlsum@refs/convert/parquet:")
