"""Draw a few labelled examples: the same for every method, and listed on disk."""

from __future__ import annotations

import json
import logging
import random
from collections.abc import Sequence
from hashlib import sha256
from pathlib import Path

from isogloss.core.disk import reaching, unreached
from isogloss.core.errors import IsoglossError
from isogloss.core.types import Example
from isogloss.store.disk import replace_file

log = logging.getLogger("isogloss")

LISTED = 256
"""Examples that a list names at least: who asks for fewer writes the same list."""


def shots(
    examples: Sequence[Example],
    n: int,
    task: str,
    lang: str,
    split: str = "train",
    draw: int = 0,
    *,
    folder: Path | None = None,
) -> list[Example]:
    """Give the first n examples of a draw.

    A draw is an order of the examples that depends on task, language, split and
    its number alone; so the first 4 of 16 are those of 4, whoever asks.

    Args:
        examples: all there are; their own order plays no part.
        n: how many.
        task: its name.
        lang: their language.
        split: where they are from.
        draw: number of the draw.
        folder: the ids are listed in ``TASK/LANG-DRAW.json`` below it.

    Raises:
        IsoglossError: the list on disk begins with other examples.
    """
    order = sorted(examples, key=lambda example: example.id)
    seed = sha256(f"{task} {lang} {split} {draw}".encode()).digest()
    random.Random(seed).shuffle(order)
    if folder is not None:
        name = f"{lang}-{draw}.json" if split == "train" else f"{lang}-{split}-{draw}.json"
        _list([example.id for example in order], n, folder / task / name)
    return order[:n]


def _list(ids: list[str], n: int, path: Path) -> None:
    try:
        known = json.loads(path.read_bytes()) if path.exists() else []
    except OSError as error:
        raise unreached(error, path, "read") from error
    except (ValueError, RecursionError):  # it is made of the data, which is at hand
        log.warning("%s is broken; it is written again", path)
        known = []
    if not isinstance(known, list) or ids[: len(known)] != known:
        raise IsoglossError(
            f"{path} lists other examples than this data gives",
            "bring the old data back, or write to another folder",
        )
    if len(known) < min(n, len(ids)) or not known:
        with reaching(path.parent, "write to"):
            path.parent.mkdir(parents=True, exist_ok=True)
        replace_file(path, json.dumps(ids[: max(n, LISTED)], ensure_ascii=False, indent=0).encode())
