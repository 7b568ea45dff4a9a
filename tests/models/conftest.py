"""Small models and examples for the tests of the loops."""

from __future__ import annotations

import random
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

import tiny
from isogloss.core.machine import Machine
from isogloss.core.task import Task
from isogloss.core.types import Example

TASK = Task("1", "generate", ("en", "de", "th"), lambda *_: [], ("exact_match",), name="echo")
CPU = Machine(device="cpu")


@pytest.fixture(scope="session")
def checkpoints(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Give the folder that tiny checkpoints are kept in for the whole session."""
    return tmp_path_factory.mktemp("checkpoints")


@pytest.fixture
def fresh(checkpoints: Path) -> Callable[..., Any]:
    """Build a tiny model anew, the same each time."""
    from isogloss.models.load import build

    return lambda name="mt5": build(str(tiny.checkpoint(name, checkpoints)), TASK)


@pytest.fixture(scope="session")
def examples() -> list[Example]:
    """Give examples of varied length: the answer is every other word."""
    rng = random.Random(0)
    words = tiny._WORDS["en"].split()
    found = []
    for i in range(120):
        text = rng.choices(words, k=max(1, min(20, int(rng.lognormvariate(1.5, 0.7)))))
        found.append(Example(str(i), "en", {"text": " ".join(text)}, " ".join(text[::2])))
    return found
