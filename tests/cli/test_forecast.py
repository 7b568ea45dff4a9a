"""The command `isogloss forecast`."""

from __future__ import annotations

import json
from functools import partial
from pathlib import Path

import pytest

from command import call as command
from isogloss.cli import main

STUDY = """
name = "small"
tasks = ["verbalise"]
models = ["mini/mt5"]
targets = ["fr", "tr"]
"""


@pytest.fixture
def study(tmp_path: Path) -> Path:
    path = tmp_path / "study.toml"
    path.write_text(STUDY, encoding="utf-8")
    return path


call = partial(command, "forecast")


def test_tables(study: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert call(study, "--out", tmp_path, "--price-label", 0.5, "--price-word", 0.1) == 0
    out = capsys.readouterr().out
    assert out.startswith("verbalise: 0 scores on 0 languages, 3 cells to go\n")
    for part in (
        "note: no scores of verbalise: from the prior alone",
        "label next: ",
        "run first: en to ",
        "of the errors of all that is to go",
        "is labelling worth it? ",
        "better buy, with a probability of ",
    ):
        assert part in out


def test_json(study: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert call(study, "--out", tmp_path, "--aim", "worst", "--budget", 30, "--json") == 0
    (found,) = json.loads(capsys.readouterr().out)
    assert found["advice"]["aim"] == "worst"
    assert sum(count for _, count in found["advice"]["labels"]) == 30
    first = found["cells"][0]["forecast"]
    assert first["low"] < first["score"] < first["high"]
    assert first["cell"]["target"] == "en"


def test_bad_input(study: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert call(study, "--out", tmp_path, "--lang", "sw") == 2
    error = capsys.readouterr().err
    assert "unknown target of the study: 'sw'" in error
    assert "Traceback" not in error
    assert call(tmp_path / "no.toml") == 2


@pytest.mark.parametrize("value", ["nan", "inf"])
@pytest.mark.parametrize("name", ["--price-label", "--price-word", "--chance"])
def test_a_price_is_a_finite_number(
    capsys: pytest.CaptureFixture[str], name: str, value: str
) -> None:
    with pytest.raises(SystemExit) as stop:
        main(["forecast", "study.toml", name, value])
    said = capsys.readouterr().err
    assert stop.value.code == 2
    assert name in said
