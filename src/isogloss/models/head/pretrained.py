"""Load a network, with the guards that transformers 5 needs."""

from __future__ import annotations

import contextlib
import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import torch
from torch import nn

from isogloss import plugin
from isogloss.core.errors import IsoglossError
from isogloss.models.family.backbone import T5, Backbone, fetch, read_json
from isogloss.models.head import tuned


def load(
    auto: str, backbone: Backbone, seed: int, *, trust: bool = False, **settings: Any
) -> tuple[nn.Module, tuple[str, ...]]:
    """Load a network in 32 bits by one of transformers' Auto classes.

    Args:
        auto: the Auto class's name.
        seed: of the weights that the checkpoint lacks.
        trust: run code that the checkpoint brings.
        settings: fields of the config.

    Returns:
        The network, and the names of the modules whose weights are new.

    Raises:
        IsoglossError: it can't be loaded, lacks weights, or has a head for other labels.
    """
    import transformers

    folder = fetch(backbone, trust=trust)
    with quiet(), torch.random.fork_rng(devices=[]):
        torch.manual_seed(seed)
        try:
            net, info = getattr(transformers, auto).from_pretrained(
                folder,
                dtype=torch.float32,
                use_safetensors=True,
                trust_remote_code=trust,
                output_loading_info=True,
                ignore_mismatched_sizes=True,
                **settings,
            )
        except (OSError, ValueError, RuntimeError) as error:
            raise IsoglossError(
                f"{backbone.name} can't be loaded as {auto}: {error}", "save the model again"
            ) from error
        labels = list(settings.get("id2label", {}).values())
        new = tuned.settle(net, info, read_json(folder / "config.json"), labels, backbone.name)
    if untied(folder, backbone.architecture):
        # The configs of T5, mT5 and umT5 force True, and then resizing or tying overwrites
        # the checkpoint's own output layer. Given to from_pretrained, False would leave
        # the two stacks' embeddings random.
        net.config.tie_word_embeddings = False
    return net, _fresh(net, {*info["missing_keys"], *new}, backbone)


def untied(folder: Path, architecture: str) -> bool:
    """Say whether a T5-like checkpoint has an output layer of its own."""
    if architecture not in T5:
        return False
    from safetensors import safe_open

    names = ("lm_head.weight", "shared.weight")
    places: dict[str, str] = {}
    index = folder / "model.safetensors.index.json"
    if index.is_file():
        places = json.loads(index.read_text(encoding="utf-8"))["weight_map"]
    else:
        with safe_open(folder / "model.safetensors", "pt") as file:
            places = dict.fromkeys(file.keys(), "model.safetensors")
    if any(name not in places for name in names):
        return False
    tensors = []
    for name in names:
        with safe_open(folder / places[name], "pt") as file:
            tensors.append(file.get_tensor(name))
    return not torch.equal(*tensors)


def _fresh(net: Any, names: set[str], backbone: Backbone) -> tuple[str, ...]:
    """Name the new modules; only a head may be new."""
    missing = sorted(names)
    body = net.base_model_prefix
    lost = [
        name
        for name in missing
        if (name.startswith(f"{body}.") or net is net.base_model) and "pooler" not in name
    ]
    if plugin.family(backbone.family).writes:
        lost = missing
    if lost:
        raise IsoglossError(
            f"{backbone.name} lacks weights: {', '.join(lost[:3])}",
            "its files are incomplete, or made for another class; save the whole model",
        )
    return tuple(sorted({name.rpartition(".")[0] for name in missing}))


@contextlib.contextmanager
def quiet() -> Iterator[None]:
    """Keep transformers from reporting what is meant to be so."""
    import transformers

    logging: Any = transformers.utils.logging
    level = logging.get_verbosity()
    bars = logging.is_progress_bar_enabled()
    logging.set_verbosity_error()
    logging.disable_progress_bar()
    try:
        yield
    finally:
        logging.set_verbosity(level)
        if bars:
            logging.enable_progress_bar()
