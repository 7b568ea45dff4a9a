"""What a backbone has seen."""

from __future__ import annotations

from pathlib import Path

import pytest

from isogloss.core.errors import IsoglossError
from isogloss.language.backbone_language import seen


def test_a_folder_says_it_in_its_card(tmp_path: Path) -> None:
    (tmp_path / "card.json").write_text('{"langs": ["en", "sw"]}')
    assert seen(str(tmp_path)) == {"en", "sw"}
    (tmp_path / "card.json").write_text("{}")
    assert seen(str(tmp_path)) is None


@pytest.mark.parametrize("card", ["[", "[1]", "1", '{"langs": 1}', '{"langs": [1]}', "[" * 100_000])
def test_a_broken_card_is_named(tmp_path: Path, card: str) -> None:
    (tmp_path / "card.json").write_text(card)
    with pytest.raises(IsoglossError, match=r"card\.json"):
        seen(str(tmp_path))
