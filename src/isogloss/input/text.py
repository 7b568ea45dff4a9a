"""Text, which heads cut and lay out by themselves."""

from __future__ import annotations

from isogloss.core.input import Input

INPUT = Input(
    auto="AutoTokenizer",
    files=(
        "tokenizer.json", "tokenizer_config.json", "spiece.model", "sentencepiece.bpe.model",
        "tokenizer.model", "vocab.txt", "vocab.json",
    ),
)  # fmt: skip
