"""Files of a results folder are broken one by one: each is named, and the rest goes on."""

from __future__ import annotations

import json
import shutil
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from isogloss import report
from isogloss.cli import main
from isogloss.core.errors import IsoglossError
from isogloss.store import Store, broken
from isogloss.study.grid import run_study
from isogloss.study.study import Study

STUDY = """
name = "two"
models = ["{model}"]
targets = ["fr"]
seeds = [0, 1]

[fit]
steps = 2
batch = 2

[task.news]
kind = "classify"
files = "{{lang}}-{{split}}.jsonl"
"""


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory, tiny_xlmr: str) -> Path:
    """Run a study of two runs once, from the command line."""
    home = tmp_path_factory.mktemp("made")
    for lang, split in (("en", "train"), ("fr", "test"), ("de", "test")):
        rows = [{"text": f"{lang} {n}", "target": "ab"[n % 2]} for n in range(4)]
        text = "\n".join(map(json.dumps, rows))
        (home / f"{lang}-{split}.jsonl").write_text(text + "\n")
    (home / "study.toml").write_text(STUDY.format(model=tiny_xlmr))
    main(["run", str(home / "study.toml"), "--out", str(home / "out")])
    return home


@pytest.fixture
def home(made: Path, tmp_path: Path) -> Path:
    """Give a copy of it, that may be broken."""
    return shutil.copytree(made, tmp_path / "home")


def isogloss(capsys: pytest.CaptureFixture[str], *args: Any) -> tuple[int, str]:
    code = 0
    try:
        main([str(arg) for arg in args])
    except SystemExit as stop:
        code = int(stop.code or 0)
    said = capsys.readouterr()
    assert "Traceback" not in said.err
    return code, said.out + said.err


def edit(path: Path, change: Callable[[Any], None]) -> None:
    lines = [json.loads(line) for line in path.read_text().splitlines()]
    change(lines[0])
    path.write_text("".join(json.dumps(line) + "\n" for line in lines))


def replace_with_folder(path: Path) -> None:
    path.unlink()
    path.mkdir()


def halve(path: Path) -> None:
    path.write_bytes(path.read_bytes()[: path.stat().st_size // 2])


def spoil(path: Path) -> None:
    """Change one character in the middle of the predictions."""
    data = path.read_text()
    path.write_text(data.replace('"value":"a"', '"value":"b"', 1).replace("b", "c", 1))


BREAKS: dict[str, tuple[str, Callable[[Path], Any]]] = {
    "run.json is a list": ("run.json", lambda at: at.write_text("[]")),
    "run.json is cut": ("run.json", halve),
    "run.json is zeroed": ("run.json", lambda at: at.write_bytes(bytes(at.stat().st_size))),
    "run.json is a folder": ("run.json", replace_with_folder),
    "run.json nests": ("run.json", lambda at: at.write_text("[" * 100_000)),
    "run.json is another's": (
        "run.json",
        lambda at: at.write_text(next(
            p for p in at.parents[1].glob("*/run.json") if p != at
        ).read_text()),
    ),
    "predictions are gone": ("predictions.jsonl", Path.unlink),
    "predictions are a folder": ("predictions.jsonl", replace_with_folder),
    "predictions are cut": ("predictions.jsonl", halve),
    "predictions are empty": ("predictions.jsonl", lambda at: at.write_bytes(b"")),
    "predictions are zeroed": (
        "predictions.jsonl", lambda at: at.write_bytes(bytes(at.stat().st_size))
    ),
    "predictions have changed": ("predictions.jsonl", spoil),
    "rows nest": (
        "rows.jsonl", lambda at: edit(at, lambda one: one.update(rows=[[one["rows"]]]))
    ),
    "a row's value is text": (
        "rows.jsonl", lambda at: edit(at, lambda one: one["rows"][0].update(value="0.5"))
    ),
    "a row's target is a list": (
        "rows.jsonl", lambda at: edit(at, lambda one: one["rows"][0].update(target=["fr"]))
    ),
    "a row is another run's": (
        "rows.jsonl", lambda at: edit(at, lambda one: one["rows"][0].update(run="0123"))
    ),
    "a span is text": ("rows.jsonl", lambda at: edit(at, lambda one: one.update(span="ab"))),
    "a span is turned": ("rows.jsonl", lambda at: edit(at, lambda one: one["span"].reverse())),
    "a commit is a list": (
        "rows.jsonl", lambda at: at.write_text("[1, 2]\n" + at.read_text())
    ),
    "a commit nests": (
        "rows.jsonl", lambda at: at.write_text("[" * 100_000 + "\n" + at.read_text())
    ),
    "rows are a folder": ("rows.jsonl", replace_with_folder),
}  # fmt: skip


@pytest.mark.parametrize("how", BREAKS)
def test_a_broken_run_is_named_and_the_rest_is_shown(
    home: Path, capsys: pytest.CaptureFixture[str], caplog: pytest.LogCaptureFixture, how: str
) -> None:
    out = home / "out"
    first, second = sorted(path.parent for path in out.glob("runs/*/run.json"))
    name, spoiling = BREAKS[how]
    broken._found.clear()
    spoiling(first / name)
    code, said = isogloss(capsys, "report", out)
    assert code == 0
    assert "left out: " in caplog.text
    assert f"delete {first}" in caplog.text
    shown = json.loads((out / "report.json").read_text())
    assert second.name in str(shown)
    assert list(shown["errors"]) == [first.name]
    code, said = isogloss(capsys, "status", "--out", out)
    assert code == 0
    assert first.name in said
    assert f"{second.name}  full" in said


def test_a_broken_run_fails_alone_and_is_run_again_without_its_folder(
    home: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    out, study = home / "out", home / "study.toml"
    before = [row.value for row in Store(out).rows()]
    first, second = sorted(path.parent for path in out.glob("runs/*/run.json"))
    halve(first / "predictions.jsonl")
    shutil.rmtree(second)
    code, said = isogloss(capsys, "run", study, "--out", out)
    assert code == 1
    assert f"delete {first} to run it again" in said
    assert "1 of 2 runs failed" in said
    shutil.rmtree(first)
    code, said = isogloss(capsys, "run", study, "--out", out)
    assert code == 0
    assert [row.value for row in Store(out).rows()] == before


@pytest.mark.parametrize(
    "text", ["", "{", "[]", '{"error": 5}', '{"error": ["x"]}', "null", "[" * 100_000]
)
def test_a_broken_error_is_an_error(
    home: Path, capsys: pytest.CaptureFixture[str], text: str
) -> None:
    out = home / "out"
    first = sorted(path.parent for path in out.glob("runs/*/run.json"))[0]
    (first / "error.json").write_text(text)
    code, said = isogloss(capsys, "status", "--out", out)
    assert code == 0
    assert f"failed: {first.name}: {first / 'error.json'}" in said
    assert isogloss(capsys, "report", out)[0] == 0
    assert isogloss(capsys, "run", home / "study.toml", "--out", out)[0] == 0
    assert not (first / "error.json").exists()


@pytest.mark.parametrize("text", ["", "[]", '{"select": 5}', '{"claims": 1}', '{"recipes": []}'])
def test_a_broken_study_is_written_again(
    home: Path, capsys: pytest.CaptureFixture[str], text: str
) -> None:
    out = home / "out"
    (out / "study.json").write_text(text)
    code, said = isogloss(capsys, "report", out)
    assert code == 2
    assert f"{out / 'study.json'}" in said
    assert isogloss(capsys, "run", home / "study.toml", "--out", out)[0] == 0
    assert isogloss(capsys, "report", out)[0] == 0


@pytest.mark.parametrize("size", [0, 100])
def test_broken_weights_are_set_aside_and_trained_again(
    home: Path, capsys: pytest.CaptureFixture[str], size: int, caplog: pytest.LogCaptureFixture
) -> None:
    out, study = home / "out", home / "study.toml"
    shutil.copytree(home, home.with_name("whole"))
    for path in out.glob("weights/*/phase-1/step-*/model.safetensors"):
        path.write_bytes(path.read_bytes()[:size])
    for folder in (out, home.with_name("whole") / "out"):
        study.write_text(study.read_text().replace('["fr"]', '["fr", "de"]'))
        assert isogloss(capsys, "run", study, "--out", folder)[0] == 0
    told = [one.getMessage() for one in caplog.records if "set aside" in one.getMessage()]
    assert len(told) == 2  # once for each of the two trainings
    assert "model.safetensors is not what was written" in told[0]
    one, two = (
        [(row.target, row.metric, row.value) for row in Store(folder).rows()]
        for folder in (out, home.with_name("whole") / "out")
    )
    assert one == two
    assert len(list(out.glob("weights/*/broken-1-phase-1"))) == 2


def test_an_out_folder_deleted_under_way_is_named(
    home: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    out = home / "elsewhere"
    from isogloss.models.decode import predict as predicting

    plain = predicting.predict

    def deleting(*args: Any, **options: Any) -> Any:
        shutil.rmtree(out, ignore_errors=True)
        return plain(*args, **options)

    monkeypatch.setattr(predicting, "predict", deleting)
    code, said = isogloss(capsys, "run", home / "study.toml", "--out", out)
    assert code == 1
    assert f"can't write to {out}/runs/" in said
    assert "deleted meanwhile" in said


def test_a_disk_that_takes_nothing_is_named(home: Path, capsys: pytest.CaptureFixture[str]) -> None:
    wall = home / "file"
    wall.write_text("no folder")
    for command in (
        ("run", home / "study.toml", "--out", wall / "out"),
        ("annotate", home / "en-train.jsonl", "--lang", "en", "--to", wall / "sheet.csv"),
        (
            "start",
            home / "en-train.jsonl",
            "--from",
            "en",
            "--to",
            "fr",
            "--test",
            home / "{lang}-test.jsonl",
            "--model",
            "mini/xlmr",
            "--out",
            wall / "s.toml",
        ),
    ):
        code, said = isogloss(capsys, *command)
        assert code == 2
        assert str(wall) in said
    study = Study.load(home / "study.toml")
    with pytest.raises(IsoglossError, match=r"file/out: Not a directory"):
        run_study(study, wall / "out")
    with pytest.raises(IsoglossError, match=r"rows\.csv: Not a directory"):
        Store(home / "out").results().to_csv(wall / "rows.csv")
    with pytest.raises(IsoglossError, match="can't write"):
        Store(home / "out").results().sqlite(wall / "rows.sqlite")
    assert report.build(Store(home / "out"))
