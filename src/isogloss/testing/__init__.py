"""The conformance suite: what every method, task, metric and identifier has to keep to.

Run it over a plug-in of your own in a test::

    from isogloss.testing import check_method

    def test_it() -> None:
        check_method("my_method")
"""

from __future__ import annotations

from isogloss.testing.identifier import check_identifier
from isogloss.testing.method import check_method
from isogloss.testing.metric import check_metric
from isogloss.testing.task import check_task

__all__ = ["check_identifier", "check_method", "check_metric", "check_task"]
