"""A backbone's tokenizer as a function."""

from __future__ import annotations

import pytest

from isogloss.core.errors import IsoglossError
from isogloss.models.pieces import UNKNOWN, pieces


def test_pieces_of_a_mini_backbone() -> None:
    split = pieces("mini/mt5")
    assert "".join(split("26 jours")).replace("▁", " ").strip() == "26 jours"
    assert UNKNOWN in split("𓀀")
    assert split("") == []


def test_no_such_backbone() -> None:
    with pytest.raises(IsoglossError):
        pieces("mini/nothing")
