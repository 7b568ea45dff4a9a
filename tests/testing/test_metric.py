"""The conformance of metrics catches what it is there for."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import Any

import numpy as np
import pytest

from isogloss import plugin
from isogloss.testing import check_metric

GOOD = plugin.metric("accuracy")


@pytest.fixture(autouse=True)
def _own_plugins(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(plugin, "_added", {group: {} for group in plugin.FOLDERS})


def stats(change: Callable[[Any], Any]) -> Any:
    """Take accuracy's statistics and change them."""
    return lambda gold, found, lang: change(GOOD.stats(gold, found, lang))


@pytest.mark.parametrize(
    ("change", "error"),
    [
        ({"scale": 100.0}, "perfect output scores"),
        ({"kinds": ()}, "scores no kind"),
        ({"version": ""}, "no version"),
        ({"scale": 0.5}, "beyond the scale"),
        ({"stats": stats(lambda s: s[:-1])}, "one row an item"),
        ({"stats": stats(lambda s: s[:, 0])}, r"\(items, k\)"),
        ({"stats": stats(lambda s: s.astype(np.float32))}, "float64"),
        ({"stats": stats(lambda s: np.ones_like(s))}, "no worse than right output"),
        ({"score": lambda totals: 1.0}, "scores"),
    ],
)
def test_a_bad_one_fails(change: dict[str, Any], error: str) -> None:
    plugin._added["metric"]["mine"] = replace(GOOD, name="mine", **change)
    with pytest.raises(AssertionError, match=error):
        check_metric("mine")


def test_disorder_has_to_be_refused() -> None:
    def careless(gold: Any, found: Any, lang: str) -> Any:
        right = [e.target == p.value for e, p in zip(gold, found, strict=True)]
        return np.array([[float(r), 1.0] for r in right])

    plugin._added["metric"]["mine"] = replace(GOOD, name="mine", stats=careless)
    with pytest.raises(AssertionError, match="not refused"):
        check_metric("mine")
