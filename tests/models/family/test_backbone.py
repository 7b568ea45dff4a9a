"""Which names resolve to which backbone, and which are refused."""

from __future__ import annotations

import json
import logging
import shutil
import sys
from pathlib import Path
from typing import Any

import pytest

import tiny
from isogloss import plugin
from isogloss.core.errors import IsoglossError
from isogloss.language.backbone_language import RELEASED
from isogloss.models.family.backbone import _MADE, backbone, fetch


@pytest.fixture
def folder(checkpoints: Path, tmp_path: Path) -> Path:
    """Copy a checkpoint to a folder that a test may change."""
    return shutil.copytree(tiny.checkpoint("llama", checkpoints), tmp_path / "mine")


@pytest.mark.parametrize("name", tiny.NAMES)
def test_folder_gives_family(name: str, checkpoints: Path) -> None:
    found = backbone(str(tiny.checkpoint(name, checkpoints)))
    assert found.family == tiny.FAMILY[name]
    assert found.pinned
    assert found.architecture in plugin.family(found.family).architectures


def test_revision_follows_the_files(folder: Path) -> None:
    before = backbone(str(folder))
    assert backbone(str(folder)).revision == before.revision
    settings = json.loads((folder / "config.json").read_text())
    (folder / "config.json").write_text(json.dumps({**settings, "rms_norm_eps": 0.1}))
    assert backbone(str(folder)).revision != before.revision


def test_card_tells_the_languages(folder: Path) -> None:
    assert backbone(str(folder)).langs is None
    (folder / "card.json").write_text(json.dumps({"langs": ["en", "sw"], "steps": 3}))
    found = backbone(str(folder))
    assert found.langs == {"en", "sw"}
    assert found.card["steps"] == 3


@pytest.mark.parametrize(
    ("files", "message"),
    [
        (["tokenizer.json", "tokenizer_config.json"], "has no tokenizer.*save_pretrained"),
        (["model.safetensors"], "has no weights"),
        (["config.json"], "has no config.json"),
    ],
)
def test_incomplete_folder_is_refused(folder: Path, files: list[str], message: str) -> None:
    for file in files:
        (folder / file).unlink()
    with pytest.raises(IsoglossError, match=f"(?s){message}"):
        backbone(str(folder))


def test_pickled_weights_are_refused(folder: Path) -> None:
    (folder / "model.safetensors").rename(folder / "pytorch_model.bin")
    with pytest.raises(
        IsoglossError, match=r"(?s)pytorch_model.bin, which can run code.*safetensors"
    ):
        backbone(str(folder))


def test_unknown_architecture_names_the_nearest(folder: Path) -> None:
    (folder / "config.json").write_text('{"model_type": "lama"}')
    with pytest.raises(IsoglossError, match=r"(?s)'lama' is not supported.*did you mean 'llama'"):
        backbone(str(folder))


def test_broken_config_is_named(folder: Path) -> None:
    (folder / "config.json").write_text("{")
    with pytest.raises(IsoglossError, match=r"config\.json is broken"):
        backbone(str(folder))


def test_missing_folder_and_hub_out_of_reach() -> None:
    with pytest.raises(IsoglossError, match=r"no model folder"):
        backbone("./nothing")
    with pytest.raises(IsoglossError, match=r"(?s)hub is out of reach.*go online"):
        backbone("google/mt5-small")
    with pytest.raises(IsoglossError, match="unknown backbone 'mini/mt6'"):
        backbone("mini/mt6")


def test_well_known_models_have_a_family_without_the_hub() -> None:
    found = backbone("facebook/nllb-200-distilled-600M", away=True)
    assert (found.family, found.architecture) == ("encoder_decoder", "m2m_100")
    assert (found.path, found.revision, found.pinned) == (None, "", False)
    assert found.langs
    pinned = backbone("DKYoon/mt5-base-lm-adapt@" + "a" * 40, away=True)
    assert (pinned.name, pinned.pinned) == ("DKYoon/mt5-base-lm-adapt", True)
    assert (pinned.architecture, pinned.revision) == ("mt5", "a" * 40)
    for part, name in RELEASED.items():
        assert backbone(f"somebody/{part}", away=True).architecture == _MADE[name]
    with pytest.raises(IsoglossError, match="hub is out of reach"):
        backbone("somebody/model", away=True)


def test_hub_id_is_resolved_to_a_commit(
    folder: Path, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    import huggingface_hub

    commit = folder.rename(folder.with_name("a" * 40))
    asked: list[Any] = []

    def download(repo: str, file: str, revision: str | None) -> str:
        asked.append((repo, revision))
        return str(commit / file)

    monkeypatch.setattr(huggingface_hub, "hf_hub_download", download)
    monkeypatch.setattr(
        huggingface_hub, "snapshot_download", lambda repo, revision, **_: str(commit)
    )
    with caplog.at_level(logging.WARNING):
        found = backbone("google/mt5-small")
    assert (found.pinned, found.revision) == (False, "a" * 40)
    assert "Pin it: google/mt5-small@aaaa" in caplog.text
    caplog.clear()
    found = backbone("google/mt5-small@v1")
    assert (found.name, found.pinned, found.revision) == ("google/mt5-small", True, "a" * 40)
    assert asked == [("google/mt5-small", None), ("google/mt5-small", "v1")]
    assert not caplog.text
    assert found.langs is not None
    assert "sw" in found.langs
    assert fetch(found) == commit


def test_names_resolve_without_torch(checkpoints: Path) -> None:
    import subprocess

    code = (
        "import sys; from isogloss.models.family.backbone import backbone; "
        f"backbone({str(tiny.checkpoint('mt5', checkpoints))!r}); "
        "import isogloss.models; assert 'torch' not in sys.modules"
    )
    subprocess.run([sys.executable, "-c", code], check=True)
