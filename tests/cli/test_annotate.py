"""``isogloss annotate`` from a file and from a run, and back."""

from __future__ import annotations

import csv
import json
from pathlib import Path

import pytest

from command import call
from isogloss.core.types import Prediction
from isogloss.store import Store

SWAHILI = "Mto uliongezeka kwa mita tatu baada ya siku mbili za mvua kubwa sana."
ENGLISH = "The river rose by three metres after two days of very heavy rain."


def outputs(path: Path, swahili: int) -> Path:
    rows = [
        {"id": i, "lang": "sw", "text": f"{SWAHILI if i < swahili else ENGLISH} {i}"}
        for i in range(30)
    ]
    path.write_text("".join(json.dumps(row) + "\n" for row in rows))
    return path


def fill(sheet: Path, to: Path, quality: str) -> None:
    """Judge a sheet as a native speaker would."""
    with sheet.open(encoding="utf-8-sig", newline="") as file:
        rows = list(csv.DictReader(file))
    for row in rows:
        row["language"] = "right" if row["text"].startswith("Mto") else "wrong"
        row["quality"] = quality
    with to.open("w", encoding="utf-8", newline="") as file:
        writer = csv.DictWriter(file, rows[0])
        writer.writeheader()
        writer.writerows(rows)


def test_there_and_back(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.chdir(tmp_path)
    one, two = outputs(tmp_path / "one.jsonl", 25), outputs(tmp_path / "two.jsonl", 10)
    assert call("annotate", one, two, "--lang", "sw", "--n", 20) == 0
    assert "20 of 60 texts" in capsys.readouterr().out
    assert "Swahili" in Path("annotate-sw.html").read_text()
    for name, quality in (("ana", "4"), ("ben", "2")):
        fill(Path("annotate-sw.csv"), tmp_path / f"{name}.csv", quality)
    assert call("annotate", "--read", "ana.csv", "ben.csv", "--json", "found.json") == 0
    told = capsys.readouterr().out
    assert "Cohen's kappa          1.000" in told
    assert "one against two: 50.0% (0 better, 20 equal, 0 worse; sign test p=1)" in told
    found = json.loads(Path("found.json").read_text())
    rates = {one["system"]: one["rate"]["value"] for one in found["systems"]}
    assert rates == pytest.approx({"one": 25 / 30, "two": 10 / 30})
    assert found["annotators"] == ["ana", "ben"]
    assert call("annotate", one, "--lang", "sw") == 2
    assert "exists already" in capsys.readouterr().err


def test_from_a_run(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.chdir(tmp_path)
    store = Store(tmp_path / "out")
    answers = [Prediction(str(i), f"{SWAHILI} {i}") for i in range(5)]
    run = store.enter("mine", "verbalise", {"sw": answers}, [])
    assert call("annotate", run.id[:8], "--lang", "sw", "--to", "s.csv") == 0
    for spelled in ("swa", "swh", "swh_Latn", "SW", "sw-KE"):
        assert call("annotate", run.id, "--lang", spelled, "--to", f"{spelled}.csv") == 0
    assert call("annotate", run.id, "--lang", "hau") == 2
    assert "has no outputs for 'ha' (test)\n  it has some for: sw" in capsys.readouterr().err
    fill(Path("s.csv"), Path("s-ana.csv"), "3")
    assert call("annotate", "--read", "s-ana.csv") == 0
    told = capsys.readouterr().out
    assert f"{run.id}: 5 texts settled" in told
    assert "corrected              100.0%" in told


def test_a_bad_line_does_not_stop_the_rest(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    path = outputs(tmp_path / "one.jsonl", 30)
    bad = [
        {"id": "31", "lang": "sw", "text": {"a": 1}},
        {"id": "32", "lang": "swahilli", "text": "x"},
        {"id": "33", "lang": "sw"},
        {"id": "34\ud800", "lang": "sw", "text": f"{SWAHILI} \udfff"},
    ]
    path.write_text(path.read_text() + "".join(json.dumps(row) + "\n" for row in bad))
    assert call("annotate", path, "--lang", "sw", "--n", 50, "--to", "s.csv") == 0
    assert len(json.loads(Path("s.key.json").read_text("utf-8"))["lines"]) == 31
    assert f"{SWAHILI} \ufffd" in Path("s.csv").read_text("utf-8-sig")
    assert "\ufffd" in Path("s.html").read_text("utf-8")


@pytest.mark.parametrize(
    ("args", "what"),
    [
        (("none.csv", "--lang", "sw"), "no file"),
        (("abc123", "--lang", "sw"), "there are no runs"),
        (("one.jsonl",), "give it with --lang"),
        (("one.jsonl", "--lang", "sw", "--text-column", "txt"), "did you mean 'text'"),
        (("one.jsonl", "--lang", "sw", "--text-column", "txt"), "one with --text-column"),
        (("one.jsonl", "--lang", "sw", "--item-column", "nr"), "one with --item-column"),
        (("one.jsonl", "--lang", "sw", "--to", "s.html"), "the sheet is a CSV file"),
        (("one.jsonl", "--lang", "sw", "--to", "one.jsonl/s.csv"), "can't write one.jsonl/s.csv"),
        (("--read", "ana.csv"), "0 keys beside"),
    ],
)
def test_says_what_is_wrong(
    args: tuple[str, ...],
    what: str,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    monkeypatch.chdir(tmp_path)
    outputs(tmp_path / "one.jsonl", 3)
    assert call("annotate", *args) == 2
    assert what in capsys.readouterr().err
