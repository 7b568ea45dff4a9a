"""Read benchmarks from the Hugging Face hub, through the extra `hub`."""

from __future__ import annotations

import hashlib
import json
import re
from collections.abc import Callable
from functools import lru_cache
from types import ModuleType
from typing import Any, TypeVar

from isogloss.core.errors import IsoglossError

T = TypeVar("T")
COMMIT = re.compile(r"[0-9a-f]{40}")
NAMES = {"train": "train", "dev": "validation", "test": "test"}


def _datasets(name: str) -> ModuleType:
    try:
        import datasets
    except ImportError:
        raise IsoglossError(
            f"'{name}' is on the hub, and reading from there needs the package datasets",
            "pip install isogloss[hub], or give a folder that has the data: --data DIR",
        ) from None
    module: ModuleType = datasets
    return module


def _ask(name: str, config: str | None, question: Callable[[], T]) -> T:
    try:
        return question()
    except Exception as error:  # the hub and its client raise dozens of kinds
        first = str(error).strip().splitlines()[:1]
        raise IsoglossError(
            f"'{name}'{f' ({config})' if config else ''} can't be loaded: "
            f"{first[0] if first else type(error).__name__}",
            "offline? give a folder that has the data: --data DIR",
        ) from error


@lru_cache(maxsize=32)
def rows(
    name: str,
    config: str | None,
    split: str,
    revision: str | None = None,
    folder: str | None = None,
) -> tuple[dict[str, Any], ...]:
    """Read one split of a data set; class labels come back as their names.

    Args:
        name: Id on the hub, or a local folder.
        config: Name of the configuration.
        split: train, dev or test.
        revision: Commit, tag or branch.
        folder: Folder inside the data set, where it has no configurations.
    """
    datasets = _datasets(name)

    def load() -> tuple[dict[str, Any], ...]:
        found = datasets.load_dataset(
            name, config, split=NAMES[split], revision=revision, data_dir=folder
        )
        return tuple(_named(row, found.features) for row in found)

    return _ask(name, config or folder, load)


def moving(name: str, revision: str | None) -> str:
    """Name a data set whose revision may move, as branches and tags do; empty for a commit."""
    return "" if COMMIT.fullmatch(revision or "") else f"{name}@{revision or 'main'}"


def fingerprint(
    name: str,
    config: str | None,
    split: str,
    revision: str | None = None,
    folder: str | None = None,
) -> str:
    """Tell one state of a split from another; arguments as ``rows`` takes.

    That is the commit, or what is read where the revision may move. Where that is
    out of reach, nobody can train on it either.
    """
    where = moving(name, revision)
    if not where:
        return f"{name}@{revision}"
    return f"{where}:{_content(name, config, split, revision, folder)}"


@lru_cache(maxsize=256)
def _content(*place: Any) -> str:
    try:
        found = rows(*place)
    except IsoglossError:
        return "unread"
    digest = hashlib.sha256()
    for row in found:
        digest.update(json.dumps(row, sort_keys=True, default=str).encode() + b"\n")
    return digest.hexdigest()[:12]


@lru_cache(maxsize=256)
def splits(name: str, config: str, revision: str | None = None) -> tuple[str, ...]:
    """List the splits that a configuration has, as train, dev and test."""
    datasets = _datasets(name)
    found = _ask(
        name, config, lambda: datasets.get_dataset_split_names(name, config, revision=revision)
    )
    return tuple(split for split, spelled in NAMES.items() if spelled in found)


def _named(row: dict[str, Any], features: Any) -> dict[str, Any]:
    return {key: _label(value, features[key]) for key, value in row.items()}


def _label(value: Any, feature: Any) -> Any:
    inner = getattr(feature, "feature", feature)
    names = getattr(inner, "names", None)
    if names is None:
        return value
    if isinstance(value, list):
        return [_label(item, inner) for item in value]
    # Data sets write -1 where a test item has no label.
    return None if value is None or value < 0 else names[value]
