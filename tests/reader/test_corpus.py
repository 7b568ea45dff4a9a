"""A folder of texts, however its files are named and whatever they hold."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from isogloss.core.errors import IsoglossError
from isogloss.reader.corpus import corpus, texts


def put(path: Path, text: str) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text, encoding="utf-8")


@pytest.mark.parametrize(
    "name",
    ["sw.txt", "swh_Latn.txt", "train.sw.txt", "sw.train.txt", "news-1.swa.txt", "sw/train.txt",
     "swa/anything.txt", "sw/all.txt"],
)  # fmt: skip
def test_names(name: str, tmp_path: Path) -> None:
    put(tmp_path / name, "Mto uliongezeka.\n\nMvua kubwa.\n")
    put(tmp_path / "README.txt", "no language")
    assert corpus(tmp_path) == {"sw": ["Mto uliongezeka.", "Mvua kubwa."]}


def test_training_data_come_first(tmp_path: Path) -> None:
    for split in ("train", "dev", "test"):
        put(tmp_path / f"sw/{split}.txt", f"{split}\n")
    put(tmp_path / "de/dev.txt", "dev\n")
    put(tmp_path / "de/test.txt", "test\n")
    assert corpus(tmp_path) == {"de": ["dev", "test"], "sw": ["train"]}


def test_treebanks(tmp_path: Path) -> None:
    put(tmp_path / "wo_wtb-ud-train.conllu", "1\tNdax\t_\tPRON\t_\t_\t0\troot\t_\t_\n")
    put(tmp_path / "wo_wtb-ud-test.conllu", "1\tdem\t_\tVERB\t_\t_\t0\troot\t_\t_\n")
    assert corpus(tmp_path) == {"wo": ["Ndax"]}


def test_tables_and_columns(tmp_path: Path) -> None:
    rows = [{"id": n, "body": f"a long text {n}", "topic": "ab"[n % 2]} for n in range(6)]
    put(tmp_path / "en.jsonl", "".join(json.dumps(row) + "\n" for row in rows))
    assert texts(tmp_path / "en.jsonl")[1] == "a long text 1"
    put(tmp_path / "de.csv", "nr,text\n1,ein Satz\n2,noch einer\n")
    assert texts(tmp_path / "de.csv") == ["ein Satz", "noch einer"]
    put(tmp_path / "fr.txt", "le\tO\nfleuve\tO\n\nParis\tB-LOC\n")
    assert texts(tmp_path / "fr.txt") == ["le fleuve", "Paris"]
    put(tmp_path / "ha.txt", "Ya O\nkuma O\n\nAnn B-PER\n")
    assert texts(tmp_path / "ha.txt") == ["Ya kuma", "Ann"]
    put(tmp_path / "sw.txt", "Habari yako?\nNzuri sana.\n")
    assert texts(tmp_path / "sw.txt") == ["Habari yako?", "Nzuri sana."]


@pytest.mark.parametrize(
    ("files", "said"),
    [
        ({}, "named by a language"),
        ({"notes.txt": "x"}, "named by a language"),
        ({"sw.txt": "x", "swh.txt": "y"}, "both in 'sw'"),
        ({"sw.txt": " \n"}, "the file is empty"),
        ({"sw.jsonl": "{"}, "broken JSON"),
        ({"sw.json": "[]"}, "sw.json"),
    ],
)
def test_bad_folders(files: dict[str, str], said: str, tmp_path: Path) -> None:
    for name, text in files.items():
        put(tmp_path / name, text)
    with pytest.raises(IsoglossError, match=said):
        corpus(tmp_path)


def test_no_folder(tmp_path: Path) -> None:
    (tmp_path / "texts").mkdir()
    with pytest.raises(IsoglossError, match="did you mean 'texts'"):
        corpus(tmp_path / "text")
