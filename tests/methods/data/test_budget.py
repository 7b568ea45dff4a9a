"""A fixed number of labels, whatever the number of sources."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable
from dataclasses import replace
from typing import Any

import pytest

from isogloss.core.errors import IsoglossError
from isogloss.core.recipe import parse
from isogloss.core.run import Run

Open = Callable[..., Any]


def drawn(open_context: Open, sources: tuple[str, ...], recipe: str) -> list[Any]:
    (method,) = parse(recipe).methods
    ctx = open_context(method, "classify")
    ctx.run = replace(ctx.run, sources=sources)
    found: list[Any] = method.data([], ctx)
    return found


def test_sources_share_the_examples(open_context: Open) -> None:
    one = drawn(open_context, ("en",), "budget(examples=4)")
    two = drawn(open_context, ("en", "de"), "budget(examples=4)")
    assert Counter(e.lang for e in one) == {"en": 4}
    assert Counter(e.lang for e in two) == {"en": 2, "de": 2}
    assert {e.id for e in two if e.lang == "en"} < {e.id for e in one}
    other = drawn(open_context, ("en",), "budget(examples=4, draw=1)")
    assert [e.id for e in other] != [e.id for e in one]


@pytest.mark.parametrize("count", [1, 3])
def test_what_can_not_be_shared_is_refused(count: int) -> None:
    with pytest.raises(IsoglossError, match="multiple of 2"):
        Run("verbalise", "m", ("en", "de"), f"budget(examples={count})").check()


def test_too_many_are_refused(open_context: Open) -> None:
    with pytest.raises(IsoglossError, match="labelled examples in 'en'"):
        drawn(open_context, ("en",), "budget(examples=100000)")
