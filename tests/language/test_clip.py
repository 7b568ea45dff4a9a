"""Shown texts are cut between graphemes, wherever they are shown."""

from __future__ import annotations

import ast
import unicodedata
from pathlib import Path

import pytest
import regex

import isogloss
from isogloss.core.types import Example, Prediction
from isogloss.language.clip import clip, head
from isogloss.store.show import LONGEST, shown

TEXTS = (
    "เรือจะไปเมืองน้ำ", "हिन्दी में सप्ताह", "நாட்களில்", unicodedata.normalize("NFD", "돌아온다"),
    "👩\u200d👩\u200d👧🇩🇪🇫🇷 a", "السَّفِينَةُ", "e\u0301te\u0301 a\r\nb", "plain",
)  # fmt: skip


@pytest.mark.parametrize("text", TEXTS)
def test_a_cut_text_is_whole_graphemes(text: str) -> None:
    ends = [0, *(match.end() for match in regex.finditer(r"\X", text))]
    for most in range(len(text) + 2):
        assert head(text, most) == text[: max(end for end in ends if end <= most)]
    for most in range(1, len(text)):
        cut = clip(text, most)
        assert cut.endswith("…")
        assert len(cut) <= most
        assert cut[:-1] == head(text, most - 1)
    assert clip(text, len(text)) == text


def test_stored_texts_end_in_whole_graphemes() -> None:
    for offset in range(3):
        text = "a" * offset + "กี่" * LONGEST
        kept = shown(Example("0", "th", {"text": text}, text), Prediction("0", text))
        for value in kept.values():
            assert len(value) <= LONGEST
            assert len(value) == LONGEST - (LONGEST - 1 - offset) % 3


def test_nothing_else_cuts_a_text_with_an_ellipsis() -> None:
    """Whoever puts an ellipsis behind a slice should have called `clip`."""
    root = Path(isogloss.__file__).parent
    for path in root.rglob("*.py"):
        if path.name == "clip.py":
            continue
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            parts = [node.left, node.right] if isinstance(node, ast.BinOp) else []
            parts = node.values if isinstance(node, ast.JoinedStr) else parts
            inner = [part.value if isinstance(part, ast.FormattedValue) else part for part in parts]
            sliced = any(
                isinstance(part, ast.Subscript) and isinstance(part.slice, ast.Slice)
                for part in inner
            )
            ends = any(isinstance(part, ast.Constant) and part.value == "…" for part in inner)
            assert not (sliced and ends), f"{path}:{node.lineno}"
