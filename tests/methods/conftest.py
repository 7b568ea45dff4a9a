"""A run of a toy task on a tiny backbone, for the hooks of one method."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import ExitStack
from typing import Any

import pytest

from isogloss.core.method import Method
from isogloss.run.context import Access
from isogloss.testing import tiny, toy
from isogloss.testing.trace import MACHINE, context, results


@pytest.fixture
def open_context() -> Iterator[Callable[..., Access]]:
    """Give the context of a method: (method, kind, architecture) -> context."""
    with ExitStack() as stack:

        def opened(
            method: Method | None = None, kind: str = "generate", architecture: str = "mt5"
        ) -> Access:
            return context(method, kind, architecture, stack.enter_context(results()))

        yield opened


@pytest.fixture
def build() -> Callable[..., Any]:
    """Build a tiny model: (kind, architecture) -> model."""
    from isogloss.models.load import build as load

    def built(kind: str = "generate", architecture: str = "mt5") -> Any:
        return load(str(tiny.backbone(architecture)), toy.task(kind), machine=MACHINE)

    return built
