"""A study of what is too long runs to its end, and says what it lost."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

import tiny
from isogloss.cli import main
from isogloss.store import Store

STUDY = """
name = "long"
tasks = ["mine"]
models = ["{model}"]
targets = ["de"]
[fit]
steps = 1
batch = 2
[recipes]
full = ""
prompt = "prompt_tuning(length=6)"
{more}
[task.mine]
kind = "{kind}"
files = "{{lang}}.{{split}}.jsonl"
"""
LONG = " ".join([tiny._WORDS["en"]] * 3)


def write(
    folder: Path, kind: str, name: str, targets: tuple[str, ...], more: str = ""
) -> list[str]:
    """Write a study over texts longer than the positions; give the command that runs it."""
    model = tiny.checkpoint(name, folder / "model", positions=32)
    for lang, split in (("en", "train"), ("en", "test"), ("de", "test")):
        lines = [json.dumps({"text": f"{LONG} {split}", "target": target}) for target in targets]
        (folder / f"{lang}.{split}.jsonl").write_text("\n".join(lines), encoding="utf-8")
    (folder / "study.toml").write_text(
        STUDY.format(model=model, kind=kind, more=more), encoding="utf-8"
    )
    return ["run", str(folder / "study.toml"), "--out", str(folder / "out")]


@pytest.mark.parametrize("name", ["gpt2", "mbart"])
def test_inputs_and_targets_beyond_the_positions(name: str, tmp_path: Path) -> None:
    more = "[generate]\nmax_tokens = 1000\n" if name == "gpt2" else ""
    main(write(tmp_path, "generate", name, (LONG, LONG, "in"), more))
    found = Store(tmp_path / "out").results()
    notes = "training inputs cut: en 3 of 3; training targets cut: en 2 of 3"
    assert {row.note for row in found.rows} == {notes}
    for metric in ("cut", "limit"):
        shares = found.select(metric=metric, target="de", condition="").rows
        assert [row.value for row in shares] == [1.0, 1.0]
    main(["report", str(tmp_path / "out")])
    page = (tmp_path / "out" / "report.html").read_text(encoding="utf-8")
    assert "training targets cut: en 2 of 3" in page


@pytest.mark.parametrize(
    ("labels", "said"),
    [
        ((f"{LONG} two", f"{LONG} city"), "room for 16 tokens of a label, its end included"),
        (("☀", "☁"), "are the same to the tokenizer of"),
    ],
)
def test_labels_that_cannot_be_compared(
    labels: tuple[str, ...], said: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    name = "xglm" if "☀" in labels else "gpt2"
    command = write(tmp_path, "classify", name, labels)
    with pytest.raises(SystemExit) as stopped:
        main(command)
    assert stopped.value.code
    told = capsys.readouterr().err
    assert said in told
    assert all(repr(label) in told for label in labels)
    assert "Traceback" not in told
    assert not list((tmp_path / "out").glob("weights/*/phase-1/step-*"))
