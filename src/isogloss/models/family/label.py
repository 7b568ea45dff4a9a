"""Which labels a backbone can't serve, told by its files, without torch."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from isogloss import plugin
from isogloss.core.errors import IsoglossError
from isogloss.core.task import Task
from isogloss.models.family.backbone import Backbone, read_json
from isogloss.models.family.size import shapes

SHOWN = 12
"""Labels of a set that a message names."""
LAST = ("classifier.out_proj.weight", "classifier.weight")
"""Names of such a head's last layer, the first that is there."""


def check(found: Backbone, task: Task) -> None:
    """Refuse labels that a run on a backbone would refuse, as far as its files are here.

    Raises:
        IsoglossError: labels that are the same to its tokenizer, or another number of
            labels than its finetuned head has.
    """
    if found.path is None or not task.labels:
        return
    head = plugin.kind(task.kind).class_of
    if plugin.family(found.family).writes:
        _distinct(found.path, found.name, task.labels)
    elif head:
        old = _old(found.path, head)
        if old:
            compare(old, task.labels, found.name)


def same(one: str, other: str, name: str) -> IsoglossError:
    """Say that a tokenizer can't tell two labels apart."""
    return IsoglossError(
        f"the labels {one!r} and {other!r} are the same to the tokenizer of {name}",
        "write them in letters that it knows, or take another backbone",
    )


def compare(old: Sequence[str], new: Sequence[str], name: str) -> str:
    """Refuse a finetuned head with another number of labels; say what it has and what is asked."""
    told = f"{name} was finetuned for {_shown(old)}, and the task has {_shown(new)}"
    if len(old) != len(new):
        raise IsoglossError(
            told,
            "give the task those labels; or save the network without its head and start from "
            "there: AutoModel.from_pretrained(MODEL).save_pretrained(FOLDER)",
        )
    return told


def names(config: Mapping[str, Any], rows: int) -> list[str]:
    """List the labels of a head's rows, by the checkpoint's config.json."""
    known = config.get("id2label") or {}
    return [str(known.get(str(row), f"LABEL_{row}")) for row in range(rows)]


def bare(label: str) -> str:
    """Spell a label without its case and with one kind of joint: `B_Per` is `b-per`."""
    return re.sub(r"[\s_-]+", "-", label.strip()).casefold()


def _distinct(folder: Path, name: str, labels: Sequence[str]) -> None:
    """Encode all labels; a tokenizer without tokenizer.json is asked by the run alone."""
    file = folder / "tokenizer.json"
    if not file.is_file():
        return
    from tokenizers import Tokenizer

    try:
        tokenizer = Tokenizer.from_file(str(file))
    except Exception:  # of Rust; opening the backbone tells it better
        return
    tokenizer.encode_special_tokens = True
    tokenizer.no_truncation()
    known: dict[tuple[int, ...], str] = {}
    for label in labels:
        ids = tuple(tokenizer.encode(label, add_special_tokens=False).ids)
        other = known.setdefault(ids, label)
        if other != label:
            raise same(other, label, name)


def _old(folder: Path, kind: str) -> list[str]:
    """List the labels of the head that a checkpoint brings; none where it brings no such head."""
    config = read_json(folder / "config.json")
    made = {each.partition("For")[2] for each in config.get("architectures") or ()} - {""}
    if made and kind not in made:
        return []
    tensors: dict[str, Sequence[int]] = {}
    for path in folder.glob("*.safetensors"):
        tensors |= shapes(path)
    last = next((name for name in LAST if name in tensors), None)
    return names(config, tensors[last][0]) if last else []


def _shown(labels: Sequence[str]) -> str:
    more = ", …" if len(labels) > SHOWN else ""
    count = f"{len(labels)} label{'s' * (len(labels) != 1)}"
    return f"{count} ({', '.join(labels[:SHOWN])}{more})"
