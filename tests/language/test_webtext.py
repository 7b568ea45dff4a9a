"""How much text there is of a language."""

from __future__ import annotations

import pytest

from isogloss.core.errors import IsoglossError
from isogloss.language.webtext import poorest, size, wealth


def test_sizes_are_those_listed() -> None:
    assert size("cc100", "sw") == size("cc100", "swh") == 1717986918
    assert size("wikipedia", "en") == 17477811775
    assert size("cc100", "ast") is None


def test_wealth_is_the_logarithm() -> None:
    found = {lang: wealth(lang) for lang in ("en", "ru", "sw", "wo")}
    assert found.pop("wo") is None
    english, russian, swahili = (value or 0.0 for value in found.values())
    assert english > russian > 0 > swahili > poorest()
    assert (wealth("ast") or 0) > poorest()  # listed by one corpus only


def test_unknown_language() -> None:
    with pytest.raises(IsoglossError, match="unknown language"):
        wealth("xx-nope")
