"""The command line: lists, shows, runs, and says clearly what is wrong."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from isogloss.cli import COMMANDS, main

STUDY = """
name = "cli"
tasks = ["mine"]
models = ["{model}"]
targets = ["fr"]
[fit]
steps = 4
batch = 4
lr = 1e-3
[recipes]
full = ""
majority = "majority()"
[task.mine]
kind = "classify"
files = "data/{{lang}}/{{split}}.jsonl"
"""
LINES = [("red green", "colour"), ("one two", "number"), ("blue", "colour"), ("three", "number")]


def call(*args: object) -> int:
    """Run a command in this process and give its exit code."""
    try:
        main([str(arg) for arg in args])
    except SystemExit as stop:
        return int(stop.code or 0)
    return 0


@pytest.fixture
def study(tmp_path: Path, tiny_xlmr: str) -> Path:
    """A study over data of its own."""
    for lang, split in (("en", "train"), ("en", "dev"), ("en", "test"), ("fr", "test")):
        path = tmp_path / "data" / lang / f"{split}.jsonl"
        path.parent.mkdir(parents=True, exist_ok=True)
        lines = [{"text": f"{text} {split}", "target": label} for text, label in LINES]
        path.write_text("".join(json.dumps(line) + "\n" for line in lines))
    path = tmp_path / "study.toml"
    path.write_text(STUDY.format(model=tiny_xlmr))
    return path


def test_the_main_job(study: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    out = tmp_path / "out"
    assert call("plan", study, "--out", out) == 0
    assert "2 runs" in capsys.readouterr().out
    assert call("run", study, "--out", out) == 0
    table = capsys.readouterr().out
    assert "fr" in table
    assert call("status", study, "--out", out) == 0
    told = capsys.readouterr().out
    assert "0 scores missing" in told
    assert "weights: 2 trainings, 0." in told
    assert call("report", out) == 0
    assert (out / "report.html").is_file()
    for form in ("latex", "csv", "markdown"):
        assert call("report", out, "--table", form) == 0
    capsys.readouterr()
    run = next(p.parent.name for p in (out / "runs").glob("*/rows.jsonl"))
    assert call("show", run, "--out", out) == 0
    assert "accuracy" in capsys.readouterr().out


def test_predict_export_and_evaluate(
    study: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    out = tmp_path / "out"
    call("run", study, "--out", out)
    run = next(
        p.name
        for p in (out / "runs").iterdir()
        if json.loads((p / "run.json").read_text())["run"]["recipe"] == ""
    )
    asked = tmp_path / "asked.jsonl"
    asked.write_text('{"text": "rouge"}\n{"text": "un deux"}\n')
    capsys.readouterr()
    assert call("predict", run, asked, "--lang", "fr", "--out", out) == 0
    answers = [json.loads(line) for line in capsys.readouterr().out.splitlines()]
    assert {a["prediction"] for a in answers} <= {"colour", "number"}
    assert call("export", run, tmp_path / "model", "--out", out) == 0
    assert "fr" in (tmp_path / "model" / "README.md").read_text()
    assert call("export", run, tmp_path / "model", "--out", out) == 2


@pytest.mark.parametrize(
    ("args", "says"),
    [
        (["lst"], "did you mean 'list'"),
        (["list", "metods"], "metods"),
        (["show", "lorra"], "did you mean 'lora'"),
        (["show", "jp"], "ja"),
        (["show", "als"], "Tosk Albanian in ISO 639-3, Alemannic in Wikipedia"),
        (["run", "none.toml"], "no study file"),
        (["plan", "none.toml"], "no study file"),
        (["report", "nowhere"], "no results in"),
        (["status", "--out", "nowhere"], "no results folder"),
        (["predict", "none", "f.jsonl", "--lang", "fr", "--out", "nowhere"], "unknown run"),
        (["evaluate", "none.jsonl", "--task", "uner", "--lang", "de"], "no file"),
        (["evaluate", "none.jsonl", "--task", "unre", "--lang", "de"], "did you mean 'uner'"),
        (["start", "none.jsonl", "--from", "en", "--to", "sw"], "none.jsonl"),
        (["start", "none.jsonl", "--from", "en", "--to", "swahilli"], "unknown language"),
        (["--plugin", "none.py", "list"], "no plug-in file"),
        (["--plugin", "none", "list"], "give the path of a .py file"),
        (["run"], "Missing argument"),
        (["mini", "pretrain", "mt6"], "mt5"),
    ],
)
def test_bad_calls_exit_with_two_and_say_why(
    args: list[str],
    says: str,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    monkeypatch.chdir(tmp_path)
    assert call(*args) == 2
    error = capsys.readouterr().err
    assert says in error
    assert "Traceback" not in error
    assert not list(tmp_path.iterdir())


def test_a_plugin_with_an_unknown_hook_is_refused(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    lines = [
        "from dataclasses import dataclass",
        "from isogloss import Method",
        "@dataclass(frozen=True)",
        "class Odd(Method):",
        "    def dta(self, train, ctx): return train",
    ]
    (tmp_path / "odd.py").write_text("\n".join(lines))
    assert call("--plugin", tmp_path / "odd.py", "list", "methods") == 2
    error = capsys.readouterr().err
    assert "Odd defines 'dta', which is no hook of a method" in error
    assert "did you mean 'data'?" in error
    assert call("--plugin", tmp_path / "odd", "list", "methods") == 2
    assert "did you mean" in capsys.readouterr().err


@pytest.mark.parametrize("name", COMMANDS)
def test_every_command_has_a_help(name: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert call(name, "--help") == 0
    assert "Usage" in capsys.readouterr().out


@pytest.mark.parametrize("what", ["methods", "tasks", "metrics", "models", "languages"])
def test_lists(what: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert call("list", what, "--json") == 0
    assert len(json.loads(capsys.readouterr().out)[what]) > 4


@pytest.mark.parametrize("name", ["sw", "lora", "uner", "chrf", "mini/mt5"])
def test_shows(name: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert call("show", name) == 0
    assert len(capsys.readouterr().out.splitlines()) > 3


def test_settings_are_shown_with_what_they_may_be(capsys: pytest.CaptureFixture[str]) -> None:
    assert call("show", "lora") == 0
    said = capsys.readouterr().out
    assert "an integer, at least 1; default 8. Rank" in said
    assert "one of query_value, attention, all_linear; default 'query_value'" in said
