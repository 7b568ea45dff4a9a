"""Decoders, which go on from the input with the answer: GPT-2, Llama, XGLM."""

from __future__ import annotations

from typing import Any

from isogloss.core.family import Family
from isogloss.models.family.encoder_decoder import top


def learner() -> Any:
    """Give causal language modelling of whole texts."""
    from isogloss.models.head.objective import Whole

    return Whole


FAMILY = Family(
    architectures=(
        "bloom", "gemma", "gemma2", "gemma3_text", "gpt2", "llama", "mistral", "olmo2", "phi3",
        "qwen2", "qwen3", "xglm",
    ),
    auto="AutoModel",
    reader=lambda net: net,
    stacks=lambda path: ("decoder",),
    top=top,
    learner=learner,
    in_line=True,
    peft="CAUSAL_LM",
    example="mini/gpt",
)  # fmt: skip
