"""How many parameters a backbone has, without loading it."""

from __future__ import annotations

import json
import re
from math import prod
from pathlib import Path
from typing import Annotated

from isogloss.core.disk import reaching
from isogloss.core.errors import IsoglossError
from isogloss.core.field import Range
from isogloss.models.family.backbone import Backbone, read_json

PUBLISHED = {
    "mt5-small": 300e6, "mt5-base": 580e6, "mt5-large": 1.2e9, "mt5-xl": 3.7e9, "mt5-xxl": 13e9,
    "mbart-large": 611e6, "xlm-roberta-base": 270e6, "xlm-roberta-large": 550e6,
    "bert-base-multilingual": 172e6,
}  # fmt: skip
"""Part of a hub id -> parameters: Xue et al. 2021, 2010.11934; Conneau et al. 2020,
1911.02116; for mBART the hub's count."""
LOOKED_UP = {
    "mt5-small": 256e6, "mt5-base": 384e6, "mt5-large": 512e6, "mt5-xl": 1.0e9, "mt5-xxl": 2.0e9,
    "mbart-large": 256e6, "xlm-roberta-base": 192e6, "xlm-roberta-large": 256e6,
    "bert-base-multilingual": 92e6,
}  # fmt: skip
"""The share of these that is tables of embeddings: vocabulary times width."""
WIDTHS = ("word_embed_proj_dim", "hidden_size", "d_model", "n_embd")
"""Names of an embedding's size in a config.json, the first that is there."""
CONFIG = dict.fromkeys(("vocab_size", *WIDTHS), Annotated[int, Range(least=0)] | None)
_EMBEDDINGS = re.compile(r"embed|shared|\bwte\b|\bwpe\b")
_NAMED = re.compile(r"[-_](\d+(?:\.\d+)?)([mb])(?![a-z0-9])", re.IGNORECASE)


def parameters(found: Backbone) -> int | None:
    """Count a backbone's parameters: in its files, else by its published size or its name.

    None where nothing tells.
    """
    if found.path is not None:
        return sum(_stored(path) for path in found.path.glob("*.safetensors"))
    name = found.name.lower()
    for part in sorted(PUBLISHED, key=len, reverse=True):
        if part in name:
            return int(PUBLISHED[part])
    named = _NAMED.search(name)
    return int(float(named[1]) * {"m": 1e6, "b": 1e9}[named[2]]) if named else None


def working(found: Backbone) -> int | None:
    """Count the parameters that every token is multiplied with: all but the embeddings.

    None where nothing tells; an upper bound where a name does and no config.json.
    """
    if found.path is not None:
        return sum(_stored(path, _EMBEDDINGS) for path in found.path.glob("*.safetensors"))
    whole, name = parameters(found), found.name.lower()
    if whole is None:
        return None
    part = next((part for part in sorted(LOOKED_UP, key=len, reverse=True) if part in name), None)
    table = int(LOOKED_UP[part]) if part else _table(found)
    return whole - table if table < whole else whole


def _table(found: Backbone) -> int:
    """Multiply vocabulary and width of a hub model, by the config.json that was read of it."""
    from huggingface_hub import try_to_load_from_cache

    path = try_to_load_from_cache(found.name, "config.json", revision=found.revision or None)
    if not isinstance(path, str):
        return 0
    config = read_json(Path(path), CONFIG)
    width = next((config[key] for key in WIDTHS if config.get(key)), 0)
    return (config.get("vocab_size") or 0) * width


def _stored(path: Path, without: re.Pattern[str] | None = None) -> int:
    """Add up the sizes of a safetensors file's tensors."""
    found = shapes(path)
    return sum(prod(found[name]) for name in found if not (without and without.search(name)))


def shapes(path: Path) -> dict[str, list[int]]:
    """Read the shapes of tensors in the head of a safetensors file.

    Raises:
        IsoglossError: it is broken.
    """
    with reaching(path), path.open("rb") as file:
        size = int.from_bytes(file.read(8), "little")
        data = file.read(min(size, path.stat().st_size))
    try:
        return {
            name: [int(number) for number in value["shape"]]
            for name, value in json.loads(data).items()
            if name != "__metadata__"
        }
    except (ValueError, KeyError, TypeError, AttributeError, RecursionError) as error:
        raise IsoglossError(f"{path} is broken: {error}", "save the model again") from None
