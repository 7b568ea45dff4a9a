"""Encoder-decoders, which read and write in two stacks: mT5, mBART, NLLB."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from isogloss.core.family import Family


def top(net: Any) -> Iterable[Any]:
    """List the parameters of the layer that writes words."""
    output = net.get_output_embeddings()
    return [] if output is None else output.parameters()


def learner() -> Any:
    """Give denoising: T5's spans, BART's masks."""
    from isogloss.models.head.objective import Denoised

    return Denoised


FAMILY = Family(
    architectures=("m2m_100", "mbart", "mt5", "t5", "umt5"),
    auto="AutoModelForSeq2SeqLM",
    reader=lambda net: net.get_encoder(),
    stacks=lambda path: [stack for stack in ("encoder", "decoder") if stack in path],
    top=top,
    learner=learner,
    peft="SEQ_2_SEQ_LM",
    example="mini/mt5",
)
