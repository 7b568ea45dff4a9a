"""Dual encoders, whose two towers bring texts and pictures into one space: CLIP."""

from __future__ import annotations

from isogloss.core.family import Family
from isogloss.models.family.encoder import top

FAMILY = Family(
    architectures=("clip", "vision-text-dual-encoder"),
    auto="AutoModel",
    reads=("text", "image"),
    reader=lambda net: net.text_model,
    stacks=lambda path: ("encoder",) if "encoder" in path else (),
    towers={
        "text_model": "text_tower", "text_projection": "text_tower",
        "vision_model": "image_tower", "visual_projection": "image_tower",
        "patch_embedding": "embeddings",
    },
    top=top,
    writes=False,
)  # fmt: skip
