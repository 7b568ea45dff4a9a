"""A digest of contents tells values apart to the last bit."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
import torch

from isogloss.core.content import content_hash
from isogloss.core.errors import IsoglossError
from isogloss.core.types import Answer, Example

LONG = np.zeros(5000)
OTHER = np.where(np.arange(5000) == 2500, 1e-12, 0.0)
"""Shows itself as LONG does."""


@pytest.mark.parametrize(
    ("one", "two"),
    [
        (LONG, OTHER),
        (torch.from_numpy(LONG), torch.from_numpy(OTHER)),
        (np.zeros((2, 3)), np.zeros((3, 2))),
        (np.zeros(2, np.float32), np.zeros(2, np.int32)),
        (torch.zeros(2, dtype=torch.bfloat16), torch.zeros(2, dtype=torch.float16)),
        (0.1, np.nextafter(0.1, 1)),
        (1, True),
        (1, "1"),
        (["a", "b"], ["ab"]),
        (["a", ["b"]], [["a"], "b"]),
        ({"a": None}, {"a": "None"}),
        ((1,), [1]),
        (Example("1", "en", {"image": LONG}), Example("1", "en", {"image": OTHER})),
        (Answer("a", 1), Answer("a", 2)),
    ],
)  # fmt: skip
def test_other_contents(one: Any, two: Any) -> None:
    assert repr(LONG) == repr(OTHER)
    assert content_hash(one) != content_hash(two)


@pytest.mark.parametrize(
    ("one", "two"),
    [
        ({"a": 1, "b": 2}, {"b": 2, "a": 1}),
        (LONG, LONG.copy()),
        (torch.eye(3).t(), torch.eye(3)),
        (torch.zeros(0), torch.zeros(0)),
        ({1, 2}, {2, 1}),
        (np.float64(0.5), 0.5),
    ],
)
def test_equal_contents(one: Any, two: Any) -> None:
    assert content_hash(one) == content_hash(two)


@pytest.mark.parametrize("value", [object(), {"a": [lambda: 1]}, np.array([object()])])
def test_no_content(value: Any) -> None:
    with pytest.raises(IsoglossError, match="no content"):
        content_hash(value)
