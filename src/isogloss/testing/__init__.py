"""The conformance suite: what every method, task, metric and identifier has to keep to.

Run it over a plug-in of your own in a test::

    from isogloss.testing import check_method

    def test_it() -> None:
        check_method("my_method")

or by ``pytest --isogloss dist.my_method``; see ``pytest_plugin``.
"""

from __future__ import annotations

import importlib
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from isogloss.testing.identifier import check_identifier
    from isogloss.testing.method import check_method
    from isogloss.testing.metric import check_metric
    from isogloss.testing.task import check_task

__all__ = ["check_identifier", "check_method", "check_metric", "check_task"]


def __getattr__(name: str) -> Any:
    """Import a check when it is asked for: pytest loads this package at every start."""
    if name not in __all__:
        raise AttributeError(f"module '{__name__}' has no attribute '{name}'")
    return getattr(importlib.import_module(f"{__name__}.{name.removeprefix('check_')}"), name)
