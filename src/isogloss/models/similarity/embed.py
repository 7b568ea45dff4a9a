"""Turn sentences into one vector a layer, by any family of backbones."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from isogloss.core.errors import IsoglossError, Uncovered
from isogloss.core.machine import Machine
from isogloss.core.run import Fit
from isogloss.core.task import Task
from isogloss.core.types import Example
from isogloss.models import devices, modes
from isogloss.models.decode.predict import ROWS
from isogloss.models.family import language_code
from isogloss.models.load import build
from isogloss.models.model import Model
from isogloss.models.train import buckets
from isogloss.models.train.progress import bar

FIT = Fit(max_source=512, max_target=0)
"""Texts are read up to this length."""


def opened(name: str, langs: Sequence[str]) -> Model:
    """Load a backbone without any head, and look up the tags of languages.

    Raises:
        IsoglossError: no such backbone, or it can't name one of the languages.
    """
    task = Task("1", "retrieve", tuple(langs), lambda *_: [], (), name="parallel text")
    model = build(name, task)
    missing = []
    for lang in langs:
        try:
            language_code.number(model, lang)
        except Uncovered:
            missing.append(lang)
    if missing:
        raise Uncovered(
            f"{model.name} has no tag for {', '.join(missing)}",
            "leave the language out, or take a backbone without tags, such as mini/xlmr or XLM-R",
        )
    return model


def embed(
    model: Model,
    texts: Mapping[str, Sequence[str]],
    *,
    pool: str,
    layers: Sequence[int],
    machine: Machine,
) -> tuple[NDArray[np.float32], int]:
    """Give each sentence's pooled states, of an encoder-decoder those of its encoder.

    Args:
        model: from ``opened``.
        texts: language -> sentences, as many in each.
        pool: one of ``data.likeness.POOLS``.
        layers: the layers that are kept.
        machine: settings that move no value.

    Returns:
        (layers, languages, sentences, width), and how many texts were cut.
    """
    device = devices.pick(machine)
    devices.move(model.net, device)
    flat = [(lang, text) for lang, each in texts.items() for text in each]
    examples = [
        Example(str(place), lang, {"text": text, "options": ()})
        for place, (lang, text) in enumerate(flat)
    ]
    items = model.head.encode(model, examples, FIT, train=False)
    _check_tokens(model, items)
    rows: NDArray[np.float32] = np.empty((len(layers), len(items), _width(model)), np.float32)
    run = model.family.reader(model.net)
    progress = bar("embed", len(items), machine, unit="text")
    with modes.threads(machine), modes.kept(model.net), torch.no_grad(), progress:
        model.net.eval()
        for chunk in buckets.chunks([item.source for item in items], machine.micro_tokens, ROWS):
            batch = model.head.collate(model, [items[i] for i in chunk], train=False)
            inputs = devices.to(batch, device).inputs
            with devices.autocast(machine, device):
                states = run(**inputs, output_hidden_states=True).hidden_states
            weights = _weights(inputs["attention_mask"], pool)
            for place, layer in enumerate(layers):
                pooled = torch.einsum("nl,nlw->nw", weights, states[layer].float())
                rows[place, chunk] = pooled.cpu().numpy()
            progress.update(len(chunk))
    count = len(flat) // len(texts)
    return rows.reshape(len(layers), len(texts), count, -1), sum(bool(i.flags) for i in items)


def depth(model: Model) -> int:
    """Give the number of layers; 0 is the embeddings, this one the top."""
    config = model.plain.config.get_text_config()
    for name in ("encoder_layers", "num_layers"):
        if getattr(config, name, None):
            return int(getattr(config, name))
    return int(config.num_hidden_layers)


def _width(model: Model) -> int:
    return int(model.plain.config.get_text_config().hidden_size)


def _check_tokens(model: Model, items: Sequence[Any]) -> None:
    empty = next((item for item in items if not item.source), None)
    if empty is not None:
        raise IsoglossError(
            f"{model.name} has no tokens for a text in '{empty.lang}'", "leave the text out"
        )


def _weights(mask: Tensor, pool: str) -> Tensor:
    """Give each position's share in its text's vector: (texts, length)."""
    mask = mask.float()
    place = mask.cumsum(1) * mask  # 1..L; padding stands behind the text
    length = mask.sum(1, keepdim=True)
    weights = {
        "mean": mask,
        "weighted_early": (length + 1 - place) * mask,
        "weighted_late": place,
        "last": (place == length).float() * mask,
    }[pool]
    return weights / weights.sum(1, keepdim=True)
