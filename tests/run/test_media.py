"""Studies of pictures and of sounds, from a user's files to an export in plain transformers."""

from __future__ import annotations

import json
import shutil
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

import media
from isogloss import load, plugin
from isogloss.core.errors import IsoglossError
from isogloss.core.machine import Machine
from isogloss.run.export import export
from isogloss.run.use import answers, plain
from isogloss.study.grid import run_study
from isogloss.study.plan import plan_study
from isogloss.study.study import Study
from isogloss.testing import tiny

CPU = Machine(device="cpu", progress=False)
WRITE: dict[str, Callable[[Path], None]] = {
    "image_text": media.write_pictures,
    "sound": media.write_sounds,
}
ARCHITECTURE = {"image_text": "clip", "sound": "wav2vec2"}
needs_pillow = pytest.mark.skipif(not plugin.input("image").usable, reason="no Pillow")
KINDS = [pytest.param("image_text", marks=needs_pillow), "sound"]


def study(folder: Path, kind: str, recipe: str = "") -> Study:
    """Write data and a study on a tiny backbone."""
    folder.mkdir()
    WRITE[kind](folder)
    (folder / "study.toml").write_text(
        f"""
name = "media"
tasks = ["mine"]
models = ["{tiny.backbone(ARCHITECTURE[kind])}"]
sources = [["en"]]
seeds = [0]
fit = {{ steps = 60, lr = 0.01, batch = 9 }}
recipes = {{ it = "{recipe}" }}

[task.mine]
kind = "{kind}"
files = "{{lang}}-{{split}}.jsonl"
""",
        encoding="utf-8",
    )
    return Study.load(folder / "study.toml")


def test_another_sound_in_a_file_is_another_run(tmp_path: Path) -> None:
    planned = study(tmp_path / "data", "sound")
    (first,) = plan_study(planned).cells
    changed = tmp_path / "data" / "en" / "3.wav"
    before = changed.read_bytes()
    media.write_wav(changed, media.tone(True, 0.2))
    (second,) = plan_study(Study.load(tmp_path / "data" / "study.toml")).cells
    media.write_wav(tmp_path / "data" / "de" / "3.wav", media.tone(True, 0.2))
    (third,) = plan_study(Study.load(tmp_path / "data" / "study.toml")).cells
    changed.write_bytes(before)
    assert first.run.train_key != second.run.train_key == third.run.train_key


def test_a_file_that_is_not_there_is_told_with_its_line(tmp_path: Path) -> None:
    data = tmp_path / "data"
    study(data, "sound")
    (data / "en" / "3.wav").unlink()
    with pytest.raises(IsoglossError, match=r"en-train\.jsonl:4: no file 'en/3\.wav'"):
        Study.load(data / "study.toml")


def test_a_method_of_text_is_skipped_with_the_reason(tmp_path: Path) -> None:
    found = plan_study(study(tmp_path / "data", "sound", "adapter()"))
    assert not found.cells
    ((_, reason),) = found.skipped
    assert reason == "adapter is for tasks of text, and sound has sound"


def test_a_backbone_without_its_processor_is_refused(tmp_path: Path) -> None:
    from isogloss.models.family.backbone import backbone

    folder = tmp_path / "model"
    shutil.copytree(tiny.backbone("wav2vec2"), folder)
    (folder / "preprocessor_config.json").unlink()
    with pytest.raises(IsoglossError, match="has no feature extractor"):
        backbone(str(folder))


@pytest.mark.parametrize(
    "recipe", ["", pytest.param("lora(r=4, targets='all_linear')", marks=pytest.mark.slow)]
)
@pytest.mark.parametrize("kind", KINDS)
def test_a_study_learns_answers_and_exports(
    kind: str, recipe: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    data, out = tmp_path / "data", tmp_path / "out"
    results = run_study(study(data, kind, recipe), out, machine=CPU)
    rows = [row for row in results if row.split == "test" and row.metric == "accuracy"]
    scores = {row.target: row.value for row in rows}
    assert set(scores) == {"en", "de"}
    assert recipe or scores["en"] == 1.0
    task, pairs = answers(rows[0].run, data / "en-test.jsonl", "en", out=out, machine=CPU)
    told = [plain(task, example, prediction) for example, prediction in pairs]
    assert json.loads(json.dumps(told)) == told
    folder = export(rows[0].run, tmp_path / "export", out=out, machine=CPU)
    code = (folder / "README.md").read_text().split("```python\n")[1].split("```")[0]
    monkeypatch.chdir(folder)
    space: dict[str, Any] = {}
    exec(code.rpartition("print(")[0], space)
    model = load(folder)
    for example, prediction in pairs:
        inputs = {name: _given(value, data) for name, value in example.inputs.items()}
        assert model.answer([inputs], "en")[0].value == prediction.value
        assert space["answer"](*inputs.values()) == prediction.value


def _given(value: Any, data: Path) -> Any:
    """Give what a user would: a text, a path, or several."""
    if isinstance(value, tuple):
        return [_given(each, data) for each in value]
    return value if isinstance(value, str) else str(data / str(value))
