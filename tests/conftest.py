"""One thread, no network, a home of its own: for every test."""

from __future__ import annotations

import gc
import os
import socket
import sys
from pathlib import Path
from typing import Any

import pytest

sys.path.insert(0, str(Path(__file__).parent))
os.environ.setdefault("OMP_WAIT_POLICY", "passive")
os.environ.update(OMP_NUM_THREADS="1", HF_HUB_OFFLINE="1", TOKENIZERS_PARALLELISM="false")

pytest_plugins = ["scored", "small_task"]
DATA = Path(os.environ.get("ISOGLOSS_DATA", Path(__file__).parents[2] / "shared" / "data"))


@pytest.fixture(autouse=True)
def _alone(monkeypatch: pytest.MonkeyPatch, tmp_path_factory: pytest.TempPathFactory) -> None:
    """Refuse connections to other hosts, keep the user's home out of it, and plug-ins within."""
    from isogloss import plugin

    added = {group: dict(found) for group, found in plugin._added.items()}
    monkeypatch.setattr(plugin, "_added", added)
    monkeypatch.setattr(plugin, "_files", dict(plugin._files))
    home = tmp_path_factory.getbasetemp() / "home"
    home.mkdir(exist_ok=True)
    monkeypatch.setenv("HOME", str(home))
    monkeypatch.setenv("HF_HOME", str(home / "hf"))
    connect = socket.socket.connect

    def local(self: socket.socket, address: object) -> None:
        if self.family == socket.AF_UNIX or (
            isinstance(address, tuple) and address[0] in ("127.0.0.1", "::1", "localhost")
        ):
            return connect(self, address)  # type: ignore[arg-type]
        raise OSError(f"a test reached for the network: {address}")

    monkeypatch.setattr(socket.socket, "connect", local)


@pytest.fixture(scope="session", autouse=True)
def _one_thread() -> None:
    import torch

    torch.set_num_threads(1)
    # What is imported lives on: looking through it for garbage takes a fifth of the time.
    gc.freeze()
    gc.set_threshold(50_000, 20, 20)


@pytest.fixture
def data() -> Path:
    """Give the folder of real data; the test is skipped without it."""
    if not DATA.is_dir():
        pytest.skip("no folder of real data; set ISOGLOSS_DATA")
    return DATA


@pytest.fixture(scope="session")
def tiny_xlmr(tmp_path_factory: pytest.TempPathFactory) -> str:
    """Give the path of a tiny random XLM-R."""
    import tiny

    return str(tiny.checkpoint("xlmr", tmp_path_factory.mktemp("tiny")))


@pytest.fixture(scope="session")
def made(tmp_path_factory: pytest.TempPathFactory) -> Any:
    """Give a store of made-up results; for reading alone."""
    import synthetic_store

    return synthetic_store.fill(tmp_path_factory.mktemp("made"))
