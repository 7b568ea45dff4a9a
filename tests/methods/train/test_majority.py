"""Every answer is the most frequent label."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from isogloss.core.recipe import parse
from isogloss.testing import toy

Open = Callable[..., Any]


def make(text: str) -> Any:
    (method,) = parse(text).methods
    return method


@pytest.mark.parametrize("kind", ["classify", "tag", "choose"])
def test_the_most_frequent_answer(kind: str, open_context: Open) -> None:
    method = make("majority()")
    test = toy.load(kind, "sw", "test")
    ctx = open_context(method, kind, "xlm-roberta")
    found = method.predict(None, "sw", ctx)(test)
    targets = [e.target for e in toy.load(kind, "en", "train")]
    if kind == "tag":
        every = [tag for each in targets for tag in each]
        assert found[0].value == (max(set(every), key=every.count),) * 4
    else:
        assert targets.count(found[0].value) == max(map(targets.count, targets))
    assert len({p.value for p in found}) == 1
    assert [p.id for p in found] == [e.id for e in test]
