"""Turn sentences into one vector a layer, by any family of backbones."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np
from numpy.typing import NDArray

from isogloss.core.errors import Uncovered
from isogloss.core.machine import Machine
from isogloss.core.task import Task
from isogloss.models import states
from isogloss.models.family import language_code
from isogloss.models.load import build
from isogloss.models.model import Model


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
        pool: one of ``states.POOLS``.
        layers: the layers that are kept.
        machine: settings that move no value.

    Returns:
        (layers, languages, sentences, width), and how many texts were cut.
    """
    flat = [(lang, text) for lang, each in texts.items() for text in each]
    items = states.encode(model, [text for _, text in flat], [lang for lang, _ in flat])
    width = states.widths(model)[-1]
    rows: NDArray[np.float32] = np.empty((len(layers), len(items), width), np.float32)
    for chunk, mask, every in states.passes(model, items, machine):
        for place, layer in enumerate(layers):
            rows[place, chunk] = states.pooled(every[layer], mask, pool).cpu().numpy()
    count = len(flat) // len(texts)
    return rows.reshape(len(layers), len(texts), count, -1), sum(bool(i.flags) for i in items)
