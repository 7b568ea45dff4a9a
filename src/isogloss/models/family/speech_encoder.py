"""Encoders of speech, whose answers are read off a new head: wav2vec 2.0, XLS-R."""

from __future__ import annotations

from isogloss.core.family import Family
from isogloss.models.family.encoder import top

FAMILY = Family(
    architectures=("hubert", "wav2vec2", "wavlm"),
    auto="AutoModel",
    reads=("sound",),
    reader=lambda net: net,
    stacks=lambda path: ("encoder",) if "encoder" in path else (),
    towers={"feature_extractor": "embeddings", "feature_projection": "embeddings"},
    top=top,
    writes=False,
)
