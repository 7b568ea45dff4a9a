"""The command `isogloss similarity`, and its function in Python."""

from __future__ import annotations

import csv
import json
import subprocess
import sys
from functools import partial
from pathlib import Path

import pytest

import isogloss
from command import call as command
from isogloss.core.errors import IsoglossError

call = partial(command, "similarity")


@pytest.fixture
def texts(tmp_path: Path) -> Path:
    folder = tmp_path / "texts"
    folder.mkdir()
    for lang, text in [("fr", "26 jours"), ("de", "26 Tage"), ("tr", "26 gün")]:
        rows = [text.replace("26", str(n)) for n in range(2, 62)]
        (folder / f"{lang}.txt").write_text("\n".join(rows), encoding="utf-8")
    return folder


def test_tables(capsys: pytest.CaptureFixture[str]) -> None:
    assert call("--langs", "es, pt,ja", "--kind", "syntactic", "--kind", "inventory") == 0
    out = capsys.readouterr().out
    assert out.startswith("syntactic (distance, 0 is the same): angle between")
    assert "es    0.00 0.27 0.72\n" in out
    assert "tree of syntactic 0.50, inventory 0.50: (ja (es pt))\n" in out


def test_missing_stays_empty(capsys: pytest.CaptureFixture[str], tmp_path: Path) -> None:
    assert call("--langs", "es,pt,sk", "--kind", "syntactic", "--out", tmp_path / "a") == 0
    assert "sk       ·    ·    ·\n" in capsys.readouterr().out
    with (tmp_path / "a/syntactic.csv").open(encoding="utf-8") as file:
        rows = list(csv.reader(file))
    assert rows[0] == ["", "es", "pt", "sk"]
    assert rows[3] == ["sk", "", "", ""]
    found = json.loads((tmp_path / "a/similarity.json").read_text("utf-8"))
    assert found["matrices"]["syntactic"]["values"][2] == [None, None, None]
    assert found["typology"]["licence"] == "CC-BY-SA-4.0"
    assert "<svg" in (tmp_path / "a/similarity.html").read_text("utf-8")


def test_many_languages_show_their_nearest(capsys: pytest.CaptureFixture[str]) -> None:
    langs = "es,pt,fr,it,ro,de,nl,sv,ru,pl,tr,fi,ja,zh,sw,ha,yo,hi,ta,id,eu"
    assert call("--langs", langs, "--kind", "genetic") == 0
    assert "\npt   nearest: es 0.41," in capsys.readouterr().out


def test_corpus_and_tokenizer(capsys: pytest.CaptureFixture[str], texts: Path) -> None:
    assert call("--corpus", texts, "--backbone", "mini/mt5", "--kind", "genetic", "--json") == 0
    found = json.loads(capsys.readouterr().out)
    assert found["langs"] == ["de", "fr", "tr"]
    assert set(found["matrices"]) == {"genetic", "word_overlap", "subword_overlap"}
    assert found["corpus"]["fr"]["texts"] == 60
    assert found["corpus"]["fr"]["fertility"] > 0.5


def test_model(texts: Path) -> None:
    found = isogloss.similarity(["fr", "de", "sw"], ["genetic"], model="mini/xlmr", texts=texts)
    values = found.matrix("model").values
    assert values[0][0] == pytest.approx(1)
    assert values[0][1] is not None
    assert values[2] == (None, None, None)
    assert "model: nothing is known of sw" in found.notes


@pytest.mark.parametrize(
    ("args", "said"),
    [
        ([], "no language is named"),
        (["--langs", "sw"], "only 'sw' is named"),
        (["--langs", "sw,swh"], "twice"),
        (["--langs", "sw,qqq"], "unknown language 'qqq'"),
        (["--langs", "sw,de", "--kind", "syntax"], "did you mean 'syntactic'"),
        (["--langs", "sw,de", "--backbone", "mini/mt5"], "give a corpus"),
        (["--langs", "sw,de", "--model", "mini/mt5"], "--texts DIR"),
        (["--langs", "sw,de", "--corpus", "nowhere"], "no folder 'nowhere'"),
    ],
)
def test_errors(args: list[str], said: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert call(*args) == 2
    assert said in capsys.readouterr().err


def test_corpus_of_other_languages(texts: Path, tmp_path: Path) -> None:
    with pytest.raises(IsoglossError, match=r"is in sw, en\n  it is in de, fr, tr"):
        isogloss.similarity(["sw", "en"], corpus=texts)
    (tmp_path / "file").write_text("x")
    assert call("--langs", "es,pt", "--out", tmp_path / "file" / "out") == 2


def test_typology_needs_no_torch(tmp_path: Path) -> None:
    code = (
        "import sys, isogloss.cli as c\n"
        "try: c.main(['similarity', '--langs', 'sw,de', '--out', sys.argv[1]])\n"
        "except SystemExit as e: assert not e.code\n"
        "assert not {'torch', 'transformers'} & set(sys.modules)\n"
    )
    command = [sys.executable, "-c", code, str(tmp_path / "page")]
    subprocess.run(command, check=True, timeout=60, capture_output=True)


def test_a_model_by_other_measures(
    texts: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    asked = ("--model", "mini/xlmr", "--texts", texts, "--kind", "genetic", "--most", 30)
    out = tmp_path / "a"
    assert call(*asked, "--measure", "cka", "--layer", 1, "--memory", "--out", out) == 0
    said = capsys.readouterr().out
    assert "cka in layer 1 of mini/xlmr, 30 sentences" in said
    assert "lmem" in said
    kept = json.loads((out / "likeness.json").read_text("utf-8"))
    assert (kept["measure"], kept["layers"], kept["n"]) == ("cka", [1], 30)
    assert set(json.loads((out / "similarity.json").read_text("utf-8"))["memory"]) == {
        "fr", "de", "tr",
    }  # fmt: skip
    assert call(*asked, "--measure", "cca") == 2
    assert call("--langs", "fr,de", "--memory") == 2
