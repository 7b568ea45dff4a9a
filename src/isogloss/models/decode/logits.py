"""Logits where they are needed only: the vocabulary is the widest product of a step."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from torch import Tensor


def logits_at(net: Any, inputs: Mapping[str, Tensor], kept: Tensor) -> Tensor:
    """Run a language model, and its output layer at some positions alone.

    Args:
        net: A network of transformers, PEFT-wrapped or not.
        inputs: Its keyword arguments, without labels.
        kept: (rows, length), true where logits are wanted; a prompt that PEFT
            puts before the sequence is not counted.

    Returns:
        Logits (true positions, vocabulary), row by row.
    """

    def select(_: Any, states: tuple[Tensor]) -> tuple[Tensor]:
        return (states[0][:, -kept.shape[1] :][kept],)

    handle = net.get_output_embeddings().register_forward_pre_hook(select)
    try:
        logits: Tensor = net(**inputs, use_cache=False).logits
        return logits
    finally:
        handle.remove()
