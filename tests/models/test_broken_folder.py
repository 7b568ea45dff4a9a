"""A model folder whose files are broken is named; nothing else comes out."""

from __future__ import annotations

import json
import shutil
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

import tiny
from isogloss.cli import main
from isogloss.core.errors import IsoglossError
from isogloss.core.task import Task
from isogloss.language.backbone_language import seen
from isogloss.models.family.backbone import backbone
from isogloss.models.family.size import parameters
from isogloss.models.load import build
from isogloss.models.save import load

TASK = Task("1", "classify", ("en",), lambda *_: [], ("accuracy",), labels=("a", "b"), name="t")
HOW: dict[str, Callable[[Path], Any]] = {
    "empty": lambda at: at.write_bytes(b""),
    "cut": lambda at: at.write_bytes(at.read_bytes()[: at.stat().st_size // 2]),
    "zeroed": lambda at: at.write_bytes(bytes(at.stat().st_size)),
    "list": lambda at: at.write_text("[]"),
    "number": lambda at: at.write_text("1"),
    "nested": lambda at: at.write_text("[" * 100_000),
    "gone": Path.unlink,
    "folder": lambda at: (at.unlink(), at.mkdir())[0],
}
CONFIG: list[dict[str, Any]] = [
    {"model_type": 1}, {"model_type": None}, {"model_type": ["xlm-roberta"]}, {"model_type": {}},
    {"model_type": "xlm"}, {"num_hidden_layers": 10**30}, {"num_hidden_layers": "2"},
    {"num_hidden_layers": 10**6}, {"hidden_size": 16}, {"hidden_size": 10**30},
    {"vocab_size": 7}, {"vocab_size": -1}, {"max_position_embeddings": 0}, {"hidden_act": "x"},
    {"num_attention_heads": 0}, {"layer_norm_eps": "x"}, {"type_vocab_size": []},
]  # fmt: skip
CARDS = ["", "[]", "{", "1", '{"langs": 5}', '{"langs": [5]}', '{"langs": "en"}', '{"langs": {}}']


@pytest.fixture
def folder(checkpoints: Path, tmp_path: Path) -> Path:
    """Give a copy of a whole model folder."""
    return shutil.copytree(tiny.checkpoint("xlmr", checkpoints), tmp_path / "model")


@pytest.mark.parametrize("how", HOW)
@pytest.mark.parametrize("name", ["config.json", "model.safetensors", "tokenizer.json"])
def test_a_broken_file_is_an_error_that_names_the_model(folder: Path, name: str, how: str) -> None:
    HOW[how](folder / name)
    with pytest.raises(IsoglossError) as error:
        build(str(folder), TASK)
    assert str(folder) in str(error.value)
    assert error.value.hint


@pytest.mark.parametrize("change", CONFIG, ids=str)
def test_a_wrong_config_is_an_error_that_names_the_model(
    folder: Path, change: dict[str, Any]
) -> None:
    path = folder / "config.json"
    path.write_text(json.dumps(json.loads(path.read_text()) | change))
    with pytest.raises(IsoglossError) as error:
        build(str(folder), TASK)
    assert str(folder) in str(error.value)


@pytest.mark.parametrize("how", ["empty", "cut", "zeroed", "list", "nested", "folder"])
def test_broken_weights_have_no_size(folder: Path, how: str) -> None:
    found = backbone(str(folder))
    HOW[how](folder / "model.safetensors")
    if how == "cut":  # its head is whole
        assert parameters(found)
        return
    with pytest.raises(IsoglossError, match=r"model\.safetensors"):
        parameters(found)


@pytest.mark.parametrize("text", CARDS)
def test_a_wrong_card_is_named(folder: Path, text: str) -> None:
    (folder / "card.json").write_text(text)
    for read in (backbone, seen):
        with pytest.raises(IsoglossError, match=r"card\.json"):
            read(str(folder))


def test_a_card_needs_no_languages(folder: Path) -> None:
    (folder / "card.json").write_text('{"langs": null, "data": 1}')
    assert backbone(str(folder)).langs is None


@pytest.mark.parametrize("text", ["", "[]", "1", "{", "{}", '{"format": 1}', '{"format": []}'])
def test_a_broken_export_is_named(folder: Path, text: str) -> None:
    (folder / "isogloss.json").write_text(text)
    with pytest.raises(IsoglossError) as error:
        load(folder)
    assert str(folder) in str(error.value)


@pytest.mark.parametrize(
    "name", ["~nobody-here/model", "x" * 3000, "./" + "y" * 300, "/dev/null/x"]
)
def test_odd_names_are_errors(name: str) -> None:
    with pytest.raises(IsoglossError):
        backbone(name, away=True)


def test_from_the_command_line(
    folder: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    path = folder / "config.json"
    path.write_text(json.dumps(json.loads(path.read_text()) | {"model_type": 1}))
    (tmp_path / "study.toml").write_text(
        f"tasks = ['tag_quantity']\nmodels = ['{folder}']\ntargets = ['fr']\n"
    )
    with pytest.raises(SystemExit) as stop:
        main(["plan", str(tmp_path / "study.toml")])
    said = capsys.readouterr().err
    assert stop.value.code == 2
    assert f"{path}: model_type must be a string or nothing, got 1" in said


PLAIN = st.recursive(
    st.none() | st.booleans() | st.integers(-3, 9) | st.floats() | st.text(max_size=5),
    lambda inner: st.lists(inner, max_size=2) | st.dictionaries(st.text(max_size=3), inner),
    max_leaves=4,
)


@settings(
    max_examples=25, derandomize=True, deadline=None, database=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture],
)  # fmt: skip
@given(data=st.data())
def test_no_config_raises_anything_else(folder: Path, data: st.DataObject) -> None:
    path = folder / "config.json"
    whole = path.read_text()
    config = json.loads(whole)
    keys = st.sampled_from(sorted(config))
    change = data.draw(st.dictionaries(keys, PLAIN, min_size=1, max_size=2))
    path.write_text(json.dumps(config | change))
    try:
        with suppress(IsoglossError):
            backbone(str(folder))
            build(str(folder), TASK)
    finally:
        path.write_text(whole)
